import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { validation } from './errors.ts'

const pages = sealedPages('cloudformation-page', () => validation('Invalid token'))
const pageSize = 100

/** One page of a list that is at hand; tokens are good for the same list alone. */
export function pageOf<T>(
  ctx: Context,
  list: { readonly name: string; readonly items: readonly T[]; readonly limit?: number },
  token: string | undefined,
): { readonly items: T[]; readonly NextToken?: string } {
  const { items, next } = pages.slice(ctx, { limit: pageSize, ...list }, token)
  return { items, ...(next !== undefined && { NextToken: next }) }
}
