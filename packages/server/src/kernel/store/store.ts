import type { AuditRecord } from '../audit-record.ts'

/** Where a table's rows live: one set for the whole installation, per account, or per account and Region. */
export type TableScope = 'system' | 'account' | 'region'

/** What a table is: a named set of JSON documents with keys, optional indexes and sealed fields. */
export interface Table<T extends object> {
  /** Unique over the installation, `<service>.<noun>`: `kms.keys`. */
  readonly name: string
  readonly scope: TableScope
  /** Top-level string fields that are only ever written encrypted under the root key. */
  readonly sealed: readonly (keyof T & string)[]
  /** Index name to the values under which a row is found; no value, no entry. */
  readonly indexes: Readonly<Record<string, (row: T) => string | readonly string[] | undefined>>
  /** Rows are large or seldom read again (log events): they are not kept parsed in memory. */
  readonly uncached?: boolean
}

/** Declares a table; rows are plain readonly JSON (no Date, no Buffer: ISO strings and base64). */
export function defineTable<T extends object>(
  spec: Pick<Table<T>, 'name' | 'scope'> &
    Partial<Pick<Table<T>, 'sealed' | 'indexes' | 'uncached'>>,
): Table<T> {
  return { sealed: [], indexes: {}, ...spec }
}

/** A row as the store holds it. `value` is frozen and keeps its identity while it is cached. */
export interface StoredRow<T extends object = object> {
  readonly key: string
  readonly version: number
  readonly value: T
}

/** Which rows a listing wants. Rows come in key order, or in (index value, key) order with `upTo`. */
export interface ListQuery {
  /** Only keys that start so. Not together with `index`. */
  readonly prefix?: string
  /** The index to look in; then either `equals` or `upTo` is given. */
  readonly index?: string
  readonly equals?: string
  /** Rows whose index value sorts at or before this one. */
  readonly upTo?: string
  /** With `upTo`: rows whose index value sorts at or after this one. */
  readonly from?: string
  /** Only keys after this one (exclusive). Not together with `upTo`. */
  readonly after?: string
  /** The last rows first. Not together with `after`. */
  readonly descending?: boolean
  readonly limit?: number
}

/** One row to be written: at `expectedVersion` (0: must not exist yet); `value` undefined deletes. */
export interface Change {
  readonly table: Table<object>
  readonly scope: string
  readonly key: string
  readonly expectedVersion: number
  readonly value: object | undefined
}

/** A row that was read and must still be at this version when the batch commits. */
export interface Expectation {
  readonly table: Table<object>
  readonly scope: string
  readonly key: string
  readonly version: number
}

/** What one request or job writes: all of it or nothing. */
export interface Batch {
  readonly changes: readonly Change[]
  readonly expectations: readonly Expectation[]
  readonly audit: readonly AuditRecord[]
}

/** Another writer got there first: the caller reads again and retries. */
export class WriteConflict extends Error {
  constructor(table: string, key: string) {
    super(`row ${key} of ${table} was changed meanwhile`)
    this.name = 'WriteConflict'
  }
}

/** A row on disk is not what was written: it is reported and never served. */
export class CorruptRow extends Error {
  constructor(table: string, key: string) {
    super(`row ${key} of ${table} is damaged on disk`)
    this.name = 'CorruptRow'
  }
}

/** Which audit records are wanted, newest first. Times are epoch milliseconds. */
export interface AuditQuery {
  readonly account: string
  readonly region?: string
  readonly from?: number
  readonly to?: number
  /** Leaves out data events, as the event history does. */
  readonly managementOnly?: boolean
  /** CloudTrail LookupEvents attributes. */
  readonly attribute?: { readonly name: AuditAttribute; readonly value: string }
  /** Only records older than this sequence number (exclusive). */
  readonly before?: number
  readonly limit: number
}

/** The attributes that LookupEvents can search by. */
export type AuditAttribute =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId'

/** An audit record with its place in the log. */
export interface StoredAudit {
  readonly sequence: number
  readonly record: AuditRecord
}

/** Which audit records a reader of the log wants that goes on from where it was, oldest first. */
export interface AuditRange {
  readonly account: string
  /** Only records newer than this sequence number (exclusive); 0 for the beginning. */
  readonly after: number
  readonly limit: number
}

/** One step of removing old audit records: those older than a time, among the next so many. */
export interface PruneStep {
  /** Epoch milliseconds. */
  readonly olderThan: number
  /** Sequence number (exclusive) after which to look; 0 for the beginning. */
  readonly after: number
  readonly limit: number
}

/** What a step removed, and the sequence number it came to; undefined when it found no records. */
export interface AuditPruning {
  readonly removed: number
  readonly last: number | undefined
}

/** What a scrub read, and what of it is not as it was written. */
export interface ScrubReport {
  readonly rows: number
  readonly records: number
  /** How many damaged places there are; `damage` says which the first hundred are. */
  readonly damaged: number
  readonly damage: readonly string[]
}

/** Transactional storage. Acknowledged commits survive `kill -9`; reads never see half a batch. */
export interface Store {
  /** Whether other processes may use the same store at the same time. */
  readonly isShared: boolean
  /**
   * Resolves when everything committed anywhere before the call is visible to reads.
   * undefined when that is so already (one process, one store).
   */
  fresh(): Promise<void> | undefined
  get<T extends object>(
    table: Table<T>,
    scope: string,
    key: string,
  ): Promise<StoredRow<T> | undefined>
  /**
   * The row if it is in memory, null when it is known not to exist, undefined when only `get` can
   * say. It is as current as `get`, and spares the hot path its promises.
   */
  peek<T extends object>(
    table: Table<T>,
    scope: string,
    key: string,
  ): StoredRow<T> | null | undefined
  /**
   * A number that grows whenever a row of a table may have become another than reads showed: what was made of
   * several rows holds for as long as their tables' numbers stay.
   */
  changesOf(table: Pick<Table<object>, 'name'>): number
  list<T extends object>(
    table: Table<T>,
    scope: string,
    query: ListQuery,
  ): Promise<readonly StoredRow<T>[]>
  /** Batches that arrive in one turn of the event loop share one durable commit. Throws WriteConflict. */
  commit(batch: Batch): Promise<void>
  /** How many rows a listing without its limit would have, counted by the database. */
  count<T extends object>(table: Table<T>, scope: string, query: ListQuery): Promise<number>
  lookupAudit(query: AuditQuery): Promise<readonly StoredAudit[]>
  /** The account's records after a sequence number, oldest first. */
  auditAfter(range: AuditRange): Promise<readonly StoredAudit[]>
  /** Removes old audit records, a bounded step at a time. Sequence numbers are never used again. */
  pruneAudit(step: PruneStep): Promise<AuditPruning>
  /** Drops every row: back to a first start. Development mode only; the caller checks. */
  reset(): Promise<void>
  /** Reads everything back from disk, in steps, and says what is damaged, keys and order included. */
  scrub(): Promise<ScrubReport>
  /** Writes a consistent copy of everything to a new file while serving. */
  backup(path: string): Promise<void>
  close(): Promise<void>
}

let latest = { account: '', region: '', scope: '/' }

/** The scope string of a table for an account and Region. */
export function scopeOf(scope: TableScope, account: string, region: string): string {
  if (scope === 'system') return '-'
  if (scope === 'account') return account
  // One call asks for many rows of its place: the same text is found faster than an equal one.
  if (account !== latest.account || region !== latest.region) {
    latest = { account, region, scope: `${account}/${region}` }
  }
  return latest.scope
}

/** A row, without a promise of the store's when it is cached: `await` costs little then. */
export function rowOf<T extends object>(
  store: Store,
  table: Table<T>,
  scope: string,
  key: string,
): StoredRow<T> | undefined | Promise<StoredRow<T> | undefined> {
  const cached = store.peek(table, scope, key)
  if (cached !== undefined) return cached ?? undefined
  return store.get(table, scope, key)
}
