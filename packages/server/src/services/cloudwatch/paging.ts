import type { Context } from '../../kernel/context.ts'
import { invalidToken } from './errors.ts'

const purpose = 'cloudwatch-page'

/** A token that only `openToken` of the same listing, account and Region opens. */
export function sealToken(ctx: Context, listing: string, text: string): string {
  return ctx.secrets.seal(purpose, JSON.stringify([ctx.account, ctx.region, listing, text]))
}

/** What a token says. Throws InvalidNextToken. */
export function openToken(ctx: Context, listing: string, token: string): string {
  const opened = ctx.secrets.open(purpose, token)
  const [account, region, name, text]: unknown[] = opened === undefined ? [] : JSON.parse(opened)
  if (account === ctx.account && region === ctx.region && name === listing) return String(text)
  throw invalidToken()
}

/** What a listing pages over. */
export interface Listing<T> {
  readonly name: string
  readonly limit: number
  readonly keep?: (value: T) => boolean
  /** Up to `limit` rows after a key, in order. */
  readonly fetch: (page: {
    after?: string
    limit: number
  }) => Promise<readonly { readonly key: string; readonly value: T }[]>
}

/** One page of a listing. */
export async function pageOf<T>(
  ctx: Context,
  { name, limit, keep = () => true, fetch }: Listing<T>,
  token: string | undefined,
): Promise<{ readonly items: readonly T[]; readonly NextToken?: string }> {
  const found: { readonly key: string; readonly value: T }[] = []
  let after = token === undefined ? undefined : openToken(ctx, name, token)
  while (found.length <= limit) {
    const most = limit + 1
    const rows = await fetch({ limit: most, ...(after !== undefined && { after }) })
    found.push(...rows.filter(({ value }) => keep(value)))
    if (rows.length < most) break
    after = rows.at(-1)?.key
  }
  const items = found.slice(0, limit).map(({ value }) => value)
  const last = found[limit - 1]
  if (found.length <= limit || !last) return { items }
  return { items, NextToken: sealToken(ctx, name, last.key) }
}
