import { invalidArgument } from './errors.ts'

const defaultItems = 100

/** How listings of CloudFront are asked for. */
export interface MarkerQuery {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | string | undefined
}

/** One page of a list that is at hand, in the order of its keys: from after the marker. */
export function markerPage<Row, Item>(
  rows: readonly Row[],
  { Marker = '', MaxItems = defaultItems }: MarkerQuery,
  keyOf: (row: Row) => string,
  shown: (row: Row) => Item,
): {
  Marker: string
  NextMarker?: string
  MaxItems: number
  IsTruncated: boolean
  Quantity: number
  Items?: Item[]
} {
  const limit = Number(MaxItems)
  if (!Number.isInteger(limit) || limit < 1) {
    throw invalidArgument('The parameter MaxItems must be a positive number.')
  }
  const after = rows
    .filter((row) => keyOf(row) > Marker)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const page = after.slice(0, limit)
  const last = page.at(-1)
  const isTruncated = after.length > page.length
  return {
    Marker,
    ...(isTruncated && last && { NextMarker: keyOf(last) }),
    MaxItems: limit,
    IsTruncated: isTruncated,
    Quantity: page.length,
    ...(page.length > 0 && { Items: page.map(shown) }),
  }
}
