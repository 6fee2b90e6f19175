import type { Context } from './context.ts'
import type { AwsError } from './errors.ts'

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

/** A service's paging by tokens that nobody makes up: each is good for one listing of one account and Region. */
export interface SealedPages {
  seal(ctx: Context, listing: string, text: string): string
  /** What a token says. Throws the service's error for one that is none. */
  open(ctx: Context, listing: string, token: string): string
  /** One page; the listing is read in key order until the page is full. */
  page<T>(
    ctx: Context,
    listing: Listing<T>,
    token: string | undefined,
  ): Promise<{ readonly items: readonly T[]; readonly next?: string }>
  /** One page of a list that is at hand, by place. */
  slice<T>(
    ctx: Context,
    list: { readonly name: string; readonly limit: number; readonly items: readonly T[] },
    token: string | undefined,
  ): { readonly items: T[]; readonly next?: string }
}

/** Paging under a purpose of its own; `invalid` makes the error of a token that is none. */
export function sealedPages(purpose: string, invalid: (token: string) => AwsError): SealedPages {
  const pages: SealedPages = {
    seal: (ctx, listing, text) =>
      ctx.secrets.seal(purpose, JSON.stringify([ctx.account, ctx.region, listing, text])),
    open(ctx, listing, token) {
      const opened = ctx.secrets.open(purpose, token)
      const [account, region, name, text]: unknown[] =
        opened === undefined ? [] : JSON.parse(opened)
      if (account === ctx.account && region === ctx.region && name === listing) return String(text)
      throw invalid(token)
    },
    async page(ctx, { name, limit, keep = () => true, fetch }, token) {
      const found: Awaited<ReturnType<typeof fetch>>[number][] = []
      let after = token === undefined ? undefined : pages.open(ctx, name, token)
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
      return { items, next: pages.seal(ctx, name, last.key) }
    },
    slice(ctx, { name, limit, items }, token) {
      const start = token === undefined ? 0 : Number(pages.open(ctx, name, token))
      const end = start + limit
      const page = items.slice(start, end)
      return end < items.length
        ? { items: page, next: pages.seal(ctx, name, String(end)) }
        : { items: page }
    },
  }
  return pages
}
