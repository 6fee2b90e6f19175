import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { invalidInput } from './errors.ts'

/** The paging members of every listing's request. */
export interface PageRequest {
  readonly NextToken?: string | undefined
  readonly MaxResults?: number | undefined
}

const defaultResults = 20
const pages = sealedPages('organizations-page', () => invalidInput('INVALID_NEXT_TOKEN'))

/** One page of a list; tokens are sealed and good for the same list alone. */
export function pageOf<T>(
  ctx: Context,
  list: { readonly name: string; readonly items: readonly T[] },
  { NextToken, MaxResults = defaultResults }: PageRequest,
): { readonly items: T[]; readonly NextToken?: string } {
  const { items, next } = pages.slice(ctx, { ...list, limit: MaxResults }, NextToken)
  return { items, ...(next !== undefined && { NextToken: next }) }
}
