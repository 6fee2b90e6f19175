import type { Context } from '../../kernel/context.ts'
import { invalid } from './errors.ts'

/** The paging members of Lambda's List requests. */
export interface PageRequest {
  readonly MaxItems?: number | undefined
  readonly Marker?: string | undefined
}

/** What a listing pages over; a marker of one listing is no use in another. */
export interface Listing {
  readonly ctx: Context
  readonly name: string
  readonly defaultLimit: number
  readonly maxLimit: number
}

const purpose = 'lambda-marker'

/** One page of a listing: `fetch` returns up to `limit` rows after a key, in key order. Markers are sealed. */
export async function pageOf<T>(
  { ctx, name, defaultLimit, maxLimit }: Listing,
  { MaxItems, Marker }: PageRequest,
  fetch: (page: {
    after?: string
    limit: number
  }) => Promise<readonly { readonly key: string; readonly value: T }[]>,
): Promise<{ readonly items: readonly T[]; readonly NextMarker?: string }> {
  const limit = Math.min(MaxItems ?? defaultLimit, maxLimit)
  const prefix = `${ctx.account}/${ctx.region}/${name}/`
  const opened = Marker === undefined ? undefined : ctx.secrets.open(purpose, Marker)
  if (Marker !== undefined && !opened?.startsWith(prefix)) throw invalid('Invalid marker.')
  const after = opened?.slice(prefix.length)
  const rows = await fetch({ limit: limit + 1, ...(after !== undefined && { after }) })
  const items = rows.slice(0, limit).map(({ value }) => value)
  const last = rows[limit - 1]
  if (rows.length <= limit || !last) return { items }
  return { items, NextMarker: ctx.secrets.seal(purpose, `${prefix}${last.key}`) }
}

/** One page of the rows whose keys start with a prefix. */
export function pageUnder<T>(
  listing: Listing,
  request: PageRequest,
  prefix: string,
  list: (query: {
    prefix: string
    after?: string
    limit: number
  }) => Promise<readonly { readonly key: string; readonly value: T }[]>,
): ReturnType<typeof pageOf<T>> {
  return pageOf(listing, request, (page) => list({ prefix, ...page }))
}
