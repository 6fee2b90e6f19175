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
  batch(): Written | Promise<Written>
}

type Written = Pick<Batch, 'changes' | 'expectations'>

const nothing: Written = { changes: [], expectations: [] }

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
  return {
    aftermath: new Aftermath(),
    store: new PlacedTables(gathered, { account, region }),
    forPlace: (ownAccount, ownRegion) =>
      new PlacedTables(gathered, { account: ownAccount, region: ownRegion }),
    batch: () => gathered.batch(),
  }
}

/** The tables of an account and Region. Classes here, as every call makes some. */
class PlacedTables implements UnitOfWork {
  readonly #gathered: Gathered
  readonly #place: Place

  constructor(gathered: Gathered, place: Place) {
    this.#gathered = gathered
    this.#place = place
  }

  table<T extends object>(table: Table<T>): TableView<T> {
    const { account, region } = this.#place
    return new Rows(this.#gathered, table, scopeOf(table.scope, account, region))
  }

  at(place: { account?: string; region?: string }): Tables {
    return new PlacedTables(this.#gathered, { ...this.#place, ...place })
  }
}

/** The rows of one table in one scope. */
class Rows<T extends object> implements TableView<T> {
  readonly #gathered: Gathered
  readonly #table: Table<T>
  readonly #scope: string

  constructor(gathered: Gathered, table: Table<T>, scope: string) {
    this.#gathered = gathered
    this.#table = table
    this.#scope = scope
  }

  get(key: string): Promise<T | undefined> {
    return this.#gathered.get(this.#table, this.#scope, key)
  }

  put(key: string, value: T): void {
    const place = placeOf(this.#table, this.#scope, key)
    this.#gathered.write({ ...place, value: Object.freeze(value) })
  }

  delete(key: string): void {
    this.#gathered.write({ ...placeOf(this.#table, this.#scope, key), value: undefined })
  }

  list(query: ListQuery = {}): Promise<readonly StoredRow<T>[]> {
    return this.#gathered.list(this.#table, this.#scope, query)
  }

  count(query: ListQuery = {}): Promise<number> {
    return this.#gathered.count(this.#table, this.#scope, query)
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

  batch(): Written | Promise<Written> {
    return this.#pending.size === 0 ? nothing : this.#written()
  }

  async #written(): Promise<Written> {
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

  write(pending: Pending): void {
    this.#pending.set(rowId(pending.table.name, pending.scope, pending.key), pending)
  }

  count<T extends object>(table: Table<T>, scope: string, query: ListQuery): Promise<number> {
    return this.#store.count(table, scope, query)
  }

  async get<T extends object>(table: Table<T>, scope: string, key: string): Promise<T | undefined> {
    const pending = this.#pending.size > 0 && this.#pending.get(rowId(table.name, scope, key))
    if (pending) return pending.value as T | undefined
    const row = await rowOf(this.#store, table, scope, key)
    this.#reads.push({ ...placeOf(table, scope, key), version: row?.version ?? 0 })
    return row?.value
  }

  async list<T extends object>(
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
