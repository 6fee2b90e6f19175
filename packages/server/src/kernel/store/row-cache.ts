import type { StoredRow } from './store.ts'

interface Entry {
  readonly id: string
  row: StoredRow | undefined
  /** The change sequence at which this became so; 0 when only known from a read that found nothing. */
  version: number
  newer: Entry | undefined
  older: Entry | undefined
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
 * Parsed, frozen rows by row id, least recently used dropped first. Knows also which rows do not
 * exist. A hit relinks two list nodes and never touches the map.
 */
export class RowCache {
  readonly #capacity: number
  readonly #entries = new Map<string, Entry>()
  readonly #tickets = new Set<ReadTicket>()
  #newest: Entry | undefined
  #oldest: Entry | undefined

  constructor(capacity: number = cachedRows) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  /** The row, null when it is known not to exist, undefined when nothing is known. */
  get(id: string): StoredRow | null | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    if (entry !== this.#newest) {
      this.#unlink(entry)
      this.#link(entry)
    }
    return entry.row ?? null
  }

  /** Records what a commit made of a row. */
  written(id: string, row: StoredRow | undefined, version: number): void {
    this.#touch(id)
    this.#set(id, row, version)
  }

  /** Records what a read found, unless the row was changed while it was under way. */
  found(id: string, row: StoredRow | undefined, ticket?: ReadTicket): void {
    if (ticket && (ticket.all || ticket.touched.has(id))) return
    this.#set(id, row, row?.version ?? 0)
  }

  /** Forgets a row that is older than `version`. */
  outdated(id: string, version: number): void {
    this.#touch(id)
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.version >= version) return
    this.#unlink(entry)
    this.#entries.delete(id)
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
    this.#entries.clear()
    this.#newest = undefined
    this.#oldest = undefined
  }

  #touch(id: string): void {
    for (const ticket of this.#tickets) ticket.touched.add(id)
  }

  #set(id: string, row: StoredRow | undefined, version: number): void {
    const known = this.#entries.get(id)
    if (known) {
      known.row = row
      known.version = version
      this.#unlink(known)
      this.#link(known)
      return
    }
    const entry: Entry = { id, row, version, newer: undefined, older: undefined }
    this.#entries.set(id, entry)
    this.#link(entry)
    if (this.#entries.size > this.#capacity && this.#oldest) {
      this.#entries.delete(this.#oldest.id)
      this.#unlink(this.#oldest)
    }
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
