import type { TableView } from '../../kernel/context.ts'
import { validationError } from './errors.ts'

/** What every listing of IAM takes. */
export interface PageInput {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/** What every listing of IAM answers besides its items. */
export interface PageOutput {
  readonly IsTruncated: boolean
  readonly Marker?: string
}

/** A row with its key. */
export interface Keyed<T> {
  readonly key: string
  readonly value: T
}

const defaultItems = 100

/** One page of things in memory, which must be in the order of their keys. */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  input: PageInput,
): PageOutput & { readonly items: T[] } {
  const after = readMarker(input.Marker)
  const start = after === undefined ? 0 : items.findIndex((item) => keyOf(item) > after)
  const rest = start < 0 ? [] : items.slice(start)
  return cut(rest, keyOf, input.MaxItems ?? defaultItems)
}

/** One page of a table's rows that satisfy `keep`, in key order, reading no more than it must. */
export async function pageOfTable<T extends object>(
  view: TableView<T>,
  input: PageInput,
  keep: (row: T) => boolean = () => true,
): Promise<PageOutput & { readonly items: Keyed<T>[] }> {
  const wanted = input.MaxItems ?? defaultItems
  const found: Keyed<T>[] = []
  let after = readMarker(input.Marker)
  while (found.length <= wanted) {
    const limit = wanted + 1
    const rows = await view.list({ limit, ...(after !== undefined && { after }) })
    found.push(...rows.filter((row) => keep(row.value)))
    if (rows.length < limit) break
    after = rows.at(-1)?.key
  }
  return cut(found, (row) => row.key, wanted)
}

/** Every row of a table. */
export async function allRows<T extends object>(view: TableView<T>): Promise<T[]> {
  return (await view.list()).map((row) => row.value)
}

function cut<T>(rest: readonly T[], keyOf: (item: T) => string, wanted: number) {
  const items = rest.slice(0, wanted)
  const last = items.at(-1)
  if (rest.length <= wanted || last === undefined) return { items, IsTruncated: false }
  return { items, IsTruncated: true, Marker: Buffer.from(keyOf(last)).toString('base64') }
}

function readMarker(marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined
  const key = Buffer.from(marker, 'base64').toString('utf8')
  if (Buffer.from(key).toString('base64') !== marker) throw validationError('Invalid Marker.')
  return key
}
