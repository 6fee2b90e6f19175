import type { Context } from '../../kernel/context.ts'
import { invalidInput } from './errors.ts'

/** The paging members of every listing's request. */
export interface PageRequest {
  readonly NextToken?: string | undefined
  readonly MaxResults?: number | undefined
}

const defaultResults = 20
const purpose = 'organizations-page'

/** One page of a list; tokens are sealed and good for the same list alone. */
export function pageOf<T>(
  ctx: Context,
  list: { readonly name: string; readonly items: readonly T[] },
  { NextToken, MaxResults = defaultResults }: PageRequest,
): { readonly items: T[]; readonly NextToken?: string } {
  const prefix = `${ctx.account}/${list.name}/`
  let start = 0
  if (NextToken !== undefined) {
    const opened = ctx.secrets.open(purpose, NextToken)
    if (!opened?.startsWith(prefix)) throw invalidInput('INVALID_NEXT_TOKEN')
    start = Number(opened.slice(prefix.length))
  }
  const end = start + MaxResults
  const items = list.items.slice(start, end)
  if (end >= list.items.length) return { items }
  return { items, NextToken: ctx.secrets.seal(purpose, `${prefix}${end}`) }
}
