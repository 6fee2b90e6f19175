import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { validation } from './errors.ts'

const pages = sealedPages('events-next-token', () =>
  validation('Parameter NextToken is not valid. Reason: Invalid token.'),
)
const defaultLimit = 100
/** Names tell where to go on in whichever listing. */
const listing = 'names'

/** One page of a list sorted by name; tokens are sealed, so that nobody makes one up. */
export function pageOf<T extends { readonly name: string }>(
  ctx: Context,
  request: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
  items: readonly T[],
): { readonly page: readonly T[]; readonly NextToken?: string } {
  const limit = request.Limit ?? defaultLimit
  const after =
    request.NextToken === undefined ? undefined : pages.open(ctx, listing, request.NextToken)
  const left = after === undefined ? items : items.filter(({ name }) => name > after)
  const page = left.slice(0, limit)
  const last = page.at(-1)
  if (left.length <= limit || !last) return { page }
  return { page, NextToken: pages.seal(ctx, listing, last.name) }
}

/** All rows of a table whose names start so, in order of their names. */
export function byName<T extends { readonly name: string }>(
  rows: readonly { readonly value: T }[],
  prefix = '',
): T[] {
  return rows
    .map(({ value }) => value)
    .filter(({ name }) => name.startsWith(prefix))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
