import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { invalidToken } from './errors.ts'

const pages = sealedPages('secretsmanager-page', invalidToken)

/** What is paged over, and where each item has its place in the order. */
export interface PagedList<T> {
  readonly name: string
  readonly items: readonly T[]
  readonly placeOf: (item: T) => string
  /** `desc`: the greatest place first. */
  readonly order?: 'asc' | 'desc'
}

/** One page of a list that is in memory; a token says after which place the next begins. */
export function pageOf<T>(
  ctx: Context,
  list: PagedList<T>,
  page: { readonly limit: number; readonly token: string | undefined },
): { readonly items: readonly T[]; readonly next?: string } {
  const direction = list.order === 'desc' ? -1 : 1
  const placed = list.items
    .map((item) => ({ item, place: list.placeOf(item) }))
    .sort((a, b) => (a.place < b.place ? -direction : direction))
  const after = page.token === undefined ? undefined : pages.open(ctx, list.name, page.token)
  const rest =
    after === undefined
      ? placed
      : placed.filter(({ place }) => (direction === 1 ? place > after : place < after))
  const shown = rest.slice(0, page.limit)
  const last = shown.at(-1)
  const items = shown.map(({ item }) => item)
  if (!last || rest.length <= page.limit) return { items }
  return { items, next: pages.seal(ctx, list.name, last.place) }
}
