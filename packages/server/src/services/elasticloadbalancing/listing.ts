import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import type { Table } from '../../kernel/store/store.ts'
import { invalid } from './errors.ts'

const pages = sealedPages('elasticloadbalancing-marker', () => invalid('Marker is invalid'))
const defaultPage = 400

/** What every Describe… call takes. */
export interface Paged {
  readonly PageSize?: number | undefined
  readonly Marker?: string | undefined
}

/** One page of a list that is at hand. */
export function sliceOf<T>(ctx: Context, name: string, paged: Paged, items: readonly T[]) {
  const list = { name, limit: paged.PageSize ?? defaultPage, items }
  const { items: page, next } = pages.slice(ctx, list, paged.Marker)
  return { items: page, marker: next === undefined ? {} : { NextMarker: next } }
}

/** Every row of a table, or those that an index finds. */
export async function allOf<T extends object>(
  ctx: Context,
  table: Table<T>,
  by?: { readonly index: string; readonly equals: string },
): Promise<T[]> {
  return (await ctx.store.table(table).list(by ?? {})).map(({ value }) => value)
}

/** The rows of these keys, in their order. Throws the error when one is not there. */
export async function rowsOf<T extends object>(
  ctx: Context,
  table: Table<T>,
  keys: readonly string[],
  missing: (key: string) => Error,
): Promise<T[]> {
  const view = ctx.store.table(table)
  return Promise.all(
    keys.map(async (key) => {
      const row = await view.get(key)
      if (!row) throw missing(key)
      return row
    }),
  )
}

/** The row of a key. Throws the error when it is not there. */
export async function rowOf<T extends object>(
  ctx: Context,
  table: Table<T>,
  key: string | undefined,
  missing: (key: string) => Error,
): Promise<T> {
  const row = await ctx.store.table(table).get(key ?? '')
  if (!row) throw missing(key ?? '')
  return row
}
