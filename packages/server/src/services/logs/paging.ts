import type { Context } from '../../kernel/context.ts'
import { sealedPages, type Listing } from '../../kernel/sealed-pages.ts'
import { invalid } from './errors.ts'

/** Tokens and pages of CloudWatch Logs' listings. Throws InvalidParameterException. */
export const pages = sealedPages('logs-page', () => invalid('The specified nextToken is invalid.'))

/** One page of a listing. */
export async function pageOf<T>(
  ctx: Context,
  listing: Listing<T>,
  token: string | undefined,
): Promise<{ readonly items: readonly T[]; readonly nextToken?: string }> {
  const { items, next } = await pages.page(ctx, listing, token)
  return { items, ...(next !== undefined && { nextToken: next }) }
}
