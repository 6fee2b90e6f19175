import { Aftermath } from './aftermath.ts'
import type { Tables, TableView, UnitOfWork } from './context.ts'
import type {
  Batch,
  Change,
  Expectation,
  ListQuery,
  Store,
  StoredRow,
  Table,
} from './store/store.ts'
import { placeOf } from './store/row-codec.ts'
import { rowOf, scopeOf } from './store/store.ts'

/** A unit of work with what it gathered. */
export interface Work {
  /** What is to follow once it has committed. */
  readonly aftermath: Aftermath
  readonly store: UnitOfWork
  /** The tables of another caller in the same unit, for calls that services make on a principal's behalf. */
  forPlace(account: string, region: string): UnitOfWork
  /** What is to be committed; reads guard writes, so a unit that writes nothing expects nothing. */
  batch(): Promise<Pick<Batch, 'changes' | 'expectations'>>
}

interface Place {
  readonly account: string
  readonly region: string
}

interface Pending {
  readonly table: Table<object>
  readonly scope: string
  readonly key: string
  readonly value: object | undefined
}

/** Starts a unit of work for a caller's account and Region. */
export function beginWork(store: Store, account: string, region: string): Work {
  const gathered = new Gathered(store)
  const forPlace = (ownAccount: string, ownRegion: string): UnitOfWork => ({
    table: (table) => gathered.view(table, { account: ownAccount, region: ownRegion }),
    at: (place): Tables => ({
      table: (table) => gathered.view(table, { account: ownAccount, region: ownRegion, ...place }),
    }),
  })
  return {
    aftermath: new Aftermath(),
    store: forPlace(account, region),
    forPlace,
    batch: () => gathered.batch(),
  }
}

/** Reads and writes of one unit, over all the tables and scopes it touched. */
class Gathered {
  readonly #store: Store
  readonly #pending = new Map<string, Pending>()
  /** Rows as they were read by key, in that order: the first versions must still hold when something is written. */
  readonly #reads: Expectation[] = []
  /** Versions of rows seen in listings. */
  readonly #listed = new Map<string, number>()

  constructor(store: Store) {
    this.#store = store
  }

  view<T extends object>(table: Table<T>, place: Place): TableView<T> {
    const scope = scopeOf(table.scope, place.account, place.region)
    return {
      get: (key) => this.#get(table, scope, key),
      put: (key, value) =>
        this.#write({ ...placeOf(table, scope, key), value: Object.freeze(value) }),
      delete: (key) => this.#write({ ...placeOf(table, scope, key), value: undefined }),
      list: (query = {}) => this.#list(table, scope, query),
      count: (query = {}) => this.#store.count(table, scope, query),
    }
  }

  async batch(): Promise<Pick<Batch, 'changes' | 'expectations'>> {
    if (this.#pending.size === 0) return { changes: [], expectations: [] }
    const expected = new Map<string, Expectation>()
    for (const read of this.#reads) {
      const id = rowId(read.table.name, read.scope, read.key)
      if (!expected.has(id)) expected.set(id, read)
    }
    const changes: Change[] = []
    for (const [id, pending] of this.#pending) {
      const known = expected.get(id)?.version ?? this.#listed.get(id)
      const expectedVersion = known ?? (await this.#storedVersion(pending))
      if (pending.value === undefined && expectedVersion === 0) continue
      changes.push({ ...pending, expectedVersion })
    }
    const others = [...expected].filter(([id]) => !this.#pending.has(id))
    return { changes, expectations: others.map(([, expectation]) => expectation) }
  }

  async #storedVersion({ table, scope, key }: Pending): Promise<number> {
    return (await this.#store.get(table, scope, key))?.version ?? 0
  }

  #write(pending: Pending): void {
    this.#pending.set(rowId(pending.table.name, pending.scope, pending.key), pending)
  }

  async #get<T extends object>(
    table: Table<T>,
    scope: string,
    key: string,
  ): Promise<T | undefined> {
    const pending = this.#pending.size > 0 && this.#pending.get(rowId(table.name, scope, key))
    if (pending) return pending.value as T | undefined
    const row = await rowOf(this.#store, table, scope, key)
    this.#reads.push({ ...placeOf(table, scope, key), version: row?.version ?? 0 })
    return row?.value
  }

  async #list<T extends object>(
    table: Table<T>,
    scope: string,
    query: ListQuery,
  ): Promise<readonly StoredRow<T>[]> {
    const own = [...this.#pending.values()].filter(
      (pending) => pending.table.name === table.name && pending.scope === scope,
    )
    const limit = query.limit === undefined ? undefined : query.limit + own.length
    const stored = await this.#store.list(table, scope, { ...query, ...(limit && { limit }) })
    for (const row of stored) this.#listed.set(rowId(table.name, scope, row.key), row.version)
    return own.length === 0 ? stored : overlay(table, stored, own, query)
  }
}

/** A stored listing with the unit's own writes on top. */
function overlay<T extends object>(
  table: Table<T>,
  stored: readonly StoredRow<T>[],
  own: readonly Pending[],
  query: ListQuery,
): readonly StoredRow<T>[] {
  const replaced = new Set(own.map((pending) => pending.key))
  const rows = stored.filter((row) => !replaced.has(row.key))
  for (const { key, value } of own) {
    const row = { key, version: 0, value: value as T }
    if (value !== undefined && matches(table, row, query)) rows.push(row)
  }
  const order = (row: StoredRow<T>): string =>
    query.upTo === undefined ? row.key : `${indexValues(table, row, query)[0]}\0${row.key}`
  const way = query.descending ? -1 : 1
  rows.sort((a, b) => (order(a) < order(b) ? -way : way))
  return rows.slice(0, query.limit)
}

function matches<T extends object>(table: Table<T>, row: StoredRow<T>, query: ListQuery): boolean {
  if (query.prefix !== undefined && !row.key.startsWith(query.prefix)) return false
  if (query.after !== undefined && row.key <= query.after) return false
  if (query.index === undefined) return true
  return indexValues(table, row, query).some((value) =>
    query.upTo === undefined
      ? value === query.equals
      : value <= query.upTo && (query.from === undefined || value >= query.from),
  )
}

function indexValues<T extends object>(
  table: Table<T>,
  row: StoredRow<T>,
  query: ListQuery,
): readonly string[] {
  const value = table.indexes[query.index ?? '']?.(row.value)
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

function rowId(table: string, scope: string, key: string): string {
  return `${table}\0${scope}\0${key}`
}
