import type { Context } from '../../kernel/context.ts'
import { invalid } from './errors.ts'

const purpose = 'logs-page'

/** A page of a listing that is read in key order until it is full. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextToken?: string
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

/** One page; the token is good for the same listing of the same account and Region only. */
export async function pageOf<T>(
  ctx: Context,
  { name, limit, keep = () => true, fetch }: Listing<T>,
  token: string | undefined,
): Promise<Page<T>> {
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
  return { items, nextToken: sealToken(ctx, name, last.key) }
}

/** A token that only `openToken` of the same listing, account and Region opens. */
export function sealToken(ctx: Context, name: string, text: string): string {
  return ctx.secrets.seal(purpose, JSON.stringify([ctx.account, ctx.region, name, text]))
}

/** What a token says. Throws InvalidParameterException. */
export function openToken(ctx: Context, name: string, token: string): string {
  const opened = ctx.secrets.open(purpose, token)
  const [account, region, listing, text]: unknown[] = opened === undefined ? [] : JSON.parse(opened)
  if (account === ctx.account && region === ctx.region && listing === name) return String(text)
  throw invalid('The specified nextToken is invalid.')
}
