import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { invalidParameter } from './errors.ts'

/** Every listing of SNS has pages of this size. */
const pageSize = 100

const pages = sealedPages('sns-list', () => invalidParameter('NextToken'))

/** One page of a listing; `kind` says which, as a token of one is no use in another. */
export async function pageOf<T>(
  ctx: Context,
  kind: string,
  token: string | undefined,
  fetch: (page: { after?: string; limit: number }) => Promise<readonly { key: string; value: T }[]>,
): Promise<{ readonly items: readonly T[]; readonly NextToken?: string }> {
  const { items, next } = await pages.page(ctx, { name: kind, limit: pageSize, fetch }, token)
  return { items, ...(next !== undefined && { NextToken: next }) }
}
