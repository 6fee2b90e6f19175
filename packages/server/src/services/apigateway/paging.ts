import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { badRequest } from './errors.ts'

const defaultLimit = 25
const maxLimit = 500

/** Paging by `position`. */
export const pages = sealedPages('apigateway-page', () =>
  badRequest('Invalid position parameter specified'),
)

/** How many items a page has: 25, and 500 at most. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? defaultLimit, 1), maxLimit)
}

/** An id as API Gateway makes them: ten characters of a to z and 0 to 9. */
export function newId(ctx: Context): string {
  return ctx.ids.unique('', 10).toLowerCase()
}
