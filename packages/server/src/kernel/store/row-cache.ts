import type { StoredRow } from './store.ts'

/** Where a row lives. */
interface Place {
  readonly table: { readonly name: string }
  readonly scope: string
  readonly key: string
}

type Shelf = Map<string, Entry>

interface Entry {
  readonly key: string
  /** The rows of its table and scope, itself among them. */
  readonly shelf: Shelf
  row: StoredRow | undefined
  /** The change sequence at which this became so; 0 when only known from a read that found nothing. */
  version: number
  newer: Entry | undefined
  older: Entry | undefined
}

/** What is known of a table. */
interface Known {
  readonly shelves: Map<string, Shelf>
  changes: number
}

/** What has been changed while a read was under way: such rows must not be cached from its result. */
export interface ReadTicket {
  readonly touched: Set<string>
  /** The whole cache was dropped meanwhile. */
  all: boolean
}

/** How many rows a store keeps parsed in memory. */
export const cachedRows = 130_000

/**
 * Parsed, frozen rows, least recently used dropped first. Knows also which rows do not exist. A hit relinks
 * two list nodes, never touches a map, and makes no text of where the row is.
 */
export class RowCache {
  readonly #capacity: number
  readonly #tables = new Map<string, Known>()
  readonly #tickets = new Set<ReadTicket>()
  #size = 0
  #newest: Entry | undefined
  #oldest: Entry | undefined

  constructor(capacity: number = cachedRows) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#size
  }

  /** The row, null when it is known not to exist, undefined when nothing is known. */
  get(table: string, scope: string, key: string): StoredRow | null | undefined {
    const entry = this.#tables.get(table)?.shelves.get(scope)?.get(key)
    if (entry === undefined) return undefined
    if (entry !== this.#newest) {
      this.#unlink(entry)
      this.#link(entry)
    }
    return entry.row ?? null
  }

  /** Grows whenever a row of the table may have changed: what was made of its rows before holds no longer. */
  changesOf(table: string): number {
    return this.#tables.get(table)?.changes ?? 0
  }

  /** Records what a commit made of a row. */
  written(place: Place, row: StoredRow | undefined, version: number): void {
    this.#touch(place)
    this.#set(place, row, version)
  }

  /** Records what a read found, unless the row was changed while it was under way. */
  found(place: Place, row: StoredRow | undefined, ticket?: ReadTicket): void {
    if (ticket && (ticket.all || ticket.touched.has(idOf(place)))) return
    this.#set(place, row, row?.version ?? 0)
  }

  /** Forgets a row that is older than `version`. */
  outdated(place: Place, version: number): void {
    this.#touch(place)
    const entry = this.#shelf(place).get(place.key)
    if (entry !== undefined && entry.version < version) this.#drop(entry)
  }

  /** Opens a ticket for an asynchronous read; it is to be handed back to `endRead`. */
  beginRead(): ReadTicket {
    const ticket: ReadTicket = { touched: new Set(), all: false }
    this.#tickets.add(ticket)
    return ticket
  }

  endRead(ticket: ReadTicket): void {
    this.#tickets.delete(ticket)
  }

  clear(): void {
    for (const ticket of this.#tickets) ticket.all = true
    for (const known of this.#tables.values()) {
      known.shelves.clear()
      known.changes++
    }
    this.#size = 0
    this.#newest = undefined
    this.#oldest = undefined
  }

  #touch(place: Place): void {
    this.#known(place.table.name).changes++
    for (const ticket of this.#tickets) ticket.touched.add(idOf(place))
  }

  #set(place: Place, row: StoredRow | undefined, version: number): void {
    const { key } = place
    const shelf = this.#shelf(place)
    const known = shelf.get(key)
    if (known) {
      known.row = row
      known.version = version
      this.#unlink(known)
      this.#link(known)
      return
    }
    const entry: Entry = { key, shelf, row, version, newer: undefined, older: undefined }
    shelf.set(key, entry)
    this.#size++
    this.#link(entry)
    if (this.#size > this.#capacity && this.#oldest) this.#drop(this.#oldest)
  }

  #drop(entry: Entry): void {
    entry.shelf.delete(entry.key)
    this.#size--
    this.#unlink(entry)
  }

  #known(table: string): Known {
    let known = this.#tables.get(table)
    if (!known) this.#tables.set(table, (known = { shelves: new Map(), changes: 0 }))
    return known
  }

  #shelf({ table, scope }: Place): Shelf {
    const { shelves } = this.#known(table.name)
    let shelf = shelves.get(scope)
    if (!shelf) shelves.set(scope, (shelf = new Map()))
    return shelf
  }

  #link(entry: Entry): void {
    entry.newer = undefined
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    this.#newest = entry
    this.#oldest ??= entry
  }

  #unlink(entry: Entry): void {
    if (entry.newer) entry.newer.older = entry.older
    else this.#newest = entry.older
    if (entry.older) entry.older.newer = entry.newer
    else this.#oldest = entry.newer
    entry.newer = undefined
    entry.older = undefined
  }
}

function idOf({ table, scope, key }: Place): string {
  return `${table.name}\0${scope}\0${key}`
}
