import type { Context } from '../../kernel/context.ts'
import { sealedPages, type Listing } from '../../kernel/sealed-pages.ts'
import { invalidToken } from './errors.ts'

/** Tokens and pages of CloudWatch's listings. Throws InvalidNextToken. */
export const pages = sealedPages('cloudwatch-page', invalidToken)

/** One page of a listing. */
export async function pageOf<T>(
  ctx: Context,
  listing: Listing<T>,
  token: string | undefined,
): Promise<{ readonly items: readonly T[]; readonly NextToken?: string }> {
  const { items, next } = await pages.page(ctx, listing, token)
  return { items, ...(next !== undefined && { NextToken: next }) }
}
