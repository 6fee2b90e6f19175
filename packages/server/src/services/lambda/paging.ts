import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
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

const pages = sealedPages('lambda-marker', () => invalid('Invalid marker.'))

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
  const { items, next } = await pages.page(ctx, { name, limit, fetch }, Marker)
  return { items, ...(next !== undefined && { NextMarker: next }) }
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
