import type { Context } from '../../kernel/context.ts'
import { validation } from './errors.ts'

const purpose = 'events-next-token'
const defaultLimit = 100

/** One page of a list sorted by name; tokens are sealed, so that nobody makes one up. */
export function pageOf<T extends { readonly name: string }>(
  ctx: Context,
  request: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
  items: readonly T[],
): { readonly page: readonly T[]; readonly NextToken?: string } {
  const limit = request.Limit ?? defaultLimit
  const after = request.NextToken === undefined ? undefined : lastName(ctx, request.NextToken)
  const left = after === undefined ? items : items.filter(({ name }) => name > after)
  const page = left.slice(0, limit)
  const last = page.at(-1)
  if (left.length <= limit || !last) return { page }
  const text = `${ctx.account}/${ctx.region}/${last.name}`
  return { page, NextToken: ctx.secrets.seal(purpose, text) }
}

function lastName(ctx: Context, token: string): string {
  const opened = ctx.secrets.open(purpose, token)
  const prefix = `${ctx.account}/${ctx.region}/`
  if (!opened?.startsWith(prefix)) {
    throw validation('Parameter NextToken is not valid. Reason: Invalid token.')
  }
  return opened.slice(prefix.length)
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
