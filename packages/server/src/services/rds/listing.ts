import type { Filter } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import type { Table } from '../../kernel/store/store.ts'
import { invalidValue } from './errors.ts'

const pages = sealedPages('rds-marker', () => invalidValue('Invalid Marker'))
const [leastRecords, mostRecords] = [20, 100]

/** What every Describe… call takes. */
export interface Paged {
  readonly MaxRecords?: number | undefined
  readonly Marker?: string | undefined
}

/** One page of a list in its parts. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly marker: { readonly Marker?: string }
}

/** One page of a table, in the order of names. */
export async function pageOf<T extends object>(
  ctx: Context,
  table: Table<T>,
  { MaxRecords, Marker }: Paged,
  keep: (row: T) => boolean = () => true,
): Promise<Page<T>> {
  const view = ctx.store.table(table)
  const listing = {
    name: table.name,
    limit: limitOf(MaxRecords),
    keep,
    fetch: (page: { after?: string; limit: number }) => view.list(page),
  }
  const { items, next } = await pages.page(ctx, listing, Marker)
  return { items, marker: next === undefined ? {} : { Marker: next } }
}

/** One page of a list that is at hand. */
export function sliceOf<T>(
  ctx: Context,
  name: string,
  { MaxRecords, Marker }: Paged,
  all: readonly T[],
): Page<T> {
  const start = Marker === undefined ? 0 : Number(pages.open(ctx, name, Marker))
  const end = start + limitOf(MaxRecords)
  const items = all.slice(start, end)
  return {
    items,
    marker: end < all.length ? { Marker: pages.seal(ctx, name, String(end)) } : {},
  }
}

function limitOf(asked: number = mostRecords): number {
  if (asked < leastRecords || asked > mostRecords) {
    throw invalidValue(
      `Invalid value ${asked} for MaxRecords. Must be between ${leastRecords} and ${mostRecords}`,
    )
  }
  return asked
}

/** Whether something has one of the wanted values under every filter's name. Throws for names that are none. */
export function filterOf(
  filters: readonly Filter[] | undefined,
  known: readonly string[],
): (values: Readonly<Record<string, readonly string[]>>) => boolean {
  for (const { Name = '' } of filters ?? []) {
    if (!known.includes(Name)) throw invalidValue(`Unrecognized filter name: ${Name}`)
  }
  return (values) =>
    (filters ?? []).every(({ Name = '', Values = [] }) =>
      values[Name]?.some((value) =>
        Values.some((wanted) => wanted.toLowerCase() === value.toLowerCase()),
      ),
    )
}
