import { InvalidMarkerException$ } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { validation } from './errors.ts'

/** The paging members of KMS's List and Describe requests. */
export interface PageRequest {
  readonly Limit?: number | undefined
  readonly Marker?: string | undefined
}

/** The paging members of their answers. */
export interface PageAnswer {
  readonly Truncated: boolean
  readonly NextMarker?: string
}

/** What a listing pages over; a marker of one listing is no use in another. */
export interface Listing {
  readonly ctx: Context
  readonly name: string
  readonly defaultLimit: number
  /** Where KMS documents a lower maximum than its model has. */
  readonly maxLimit?: number
}

const pages = sealedPages('kms-marker', (marker) =>
  awsError(InvalidMarkerException$, `Invalid marker: ${marker}`),
)

/**
 * One page of a listing. `fetch` returns up to `limit` rows after a key, in key order; markers are
 * sealed, so that nobody learns or makes one up.
 */
export async function pageOf<T>(
  listing: Listing,
  request: PageRequest,
  fetch: (page: {
    after?: string
    limit: number
  }) => Promise<readonly { readonly key: string; readonly value: T }[]>,
): Promise<PageAnswer & { readonly items: readonly T[] }> {
  const { ctx, name, defaultLimit } = listing
  const limit = request.Limit ?? defaultLimit
  if (listing.maxLimit !== undefined && limit > listing.maxLimit) {
    throw validation(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${listing.maxLimit}`,
    )
  }
  const { items, next } = await pages.page(ctx, { name, limit, fetch }, request.Marker)
  return next === undefined
    ? { items, Truncated: false }
    : { items, Truncated: true, NextMarker: next }
}

/** One page of a short list that is at hand; entries are numbered in order. */
export function pageOfList<T>(
  listing: Listing,
  request: PageRequest,
  list: readonly T[],
): Promise<PageAnswer & { readonly items: readonly T[] }> {
  return pageOf(listing, request, ({ after, limit }) => {
    const start = after === undefined ? 0 : Number(after) + 1
    const rows = list.map((value, index) => ({ key: String(index), value }))
    return Promise.resolve(rows.slice(start, start + limit))
  })
}
