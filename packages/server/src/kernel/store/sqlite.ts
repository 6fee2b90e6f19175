import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SecretBox } from '../context.ts'
import { auditColumns, auditValues } from './audit-columns.ts'
import { CommitQueue, planCommit } from './group-commit.ts'
import type { CommitPlan, PendingCommit, PlannedChange } from './group-commit.ts'
import { countSql, listSql } from './list-sql.ts'
import type { SqlDialect } from './list-sql.ts'
import { RowCache } from './row-cache.ts'
import { entriesWithout, entryChecksum, indexEntries, placeOf, rowCodec } from './row-codec.ts'
import type { RowCodec, RowPlace } from './row-codec.ts'
import { auditAfter, lookupAudit, pruneAudit } from './sqlite-audit.ts'
import { SqliteCopies } from './sqlite-copies.ts'
import { openDatabase, sqliteCode } from './sqlite-open.ts'
import { CorruptRow } from './store.ts'
import type {
  AuditPruning,
  AuditQuery,
  AuditRange,
  Batch,
  ListQuery,
  PruneStep,
  ScrubReport,
  Store,
  StoredAudit,
  StoredRow,
  Table,
} from './store.ts'

interface RowColumns {
  readonly key: string
  readonly version: number
  readonly crc: number
  readonly doc: string
}

const dialect: SqlDialect = { schema: '', mark: () => '?' }

/** Batches per transaction: bounds how long one commit keeps the event loop. */
const groupLimit = 1024
/** How many versions are reserved at a time, so that the counter is not written at every commit. */
const versionBlock = 1_000_000
/** A store in one SQLite file (or `:memory:`) that this process alone has open. */
export function openSqlite(path: string, box: SecretBox): Store {
  return new SqliteStore(path, openDatabase(path, box), rowCodec(box))
}

function prepareStatements(database: DatabaseSync) {
  const columns = auditColumns.join(', ')
  const marks = auditColumns.map(() => '?').join(', ')
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    get: database.prepare(
      'SELECT key, version, crc, doc FROM rows WHERE tbl = ? AND scope = ? AND key = ?',
    ),
    put: database.prepare(
      `INSERT INTO rows (tbl, scope, key, version, crc, doc) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, crc = excluded.crc, doc = excluded.doc`,
    ),
    remove: database.prepare('DELETE FROM rows WHERE tbl = ? AND scope = ? AND key = ?'),
    index: database.prepare('INSERT OR IGNORE INTO idx VALUES (?, ?, ?, ?, ?, ?)'),
    unindex: database.prepare(
      'DELETE FROM idx WHERE tbl = ? AND name = ? AND scope = ? AND value = ? AND key = ?',
    ),
    audit: database.prepare(`INSERT INTO audit (${columns}) VALUES (${marks})`),
    reserve: database.prepare("UPDATE meta SET value = ? WHERE name = 'version-limit'"),
    reserved: database.prepare("SELECT value FROM meta WHERE name = 'version-limit'"),
  }
}

class SqliteStore implements Store {
  readonly isShared = false
  readonly #database: DatabaseSync
  readonly #codec: RowCodec
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #lists = new Map<string, StatementSync>()
  readonly #cache = new RowCache()
  readonly #queue = new CommitQueue((group) => this.#perform(group), groupLimit)
  readonly #copies: SqliteCopies
  #version: number
  #versionLimit: number

  constructor(path: string, database: DatabaseSync, codec: RowCodec) {
    this.#copies = new SqliteCopies(path, database)
    this.#database = database
    this.#codec = codec
    this.#statements = prepareStatements(database)
    this.#version = Number(this.#statements.reserved.get()?.['value'])
    this.#versionLimit = this.#version
  }

  fresh(): undefined {
    return undefined
  }

  async get<T extends object>(table: Table<T>, scope: string, key: string) {
    return this.#row(placeOf(table, scope, key)) as StoredRow<T> | undefined
  }

  peek<T extends object>(table: Table<T>, scope: string, key: string) {
    return this.#cache.get(table.name, scope, key) as StoredRow<T> | null | undefined
  }

  changesOf(table: Pick<Table<object>, 'name'>): number {
    return this.#cache.changesOf(table.name)
  }

  async list<T extends object>(table: Table<T>, scope: string, query: ListQuery) {
    const { sql, values } = listSql(dialect, table.name, scope, query)
    let statement = this.#lists.get(sql)
    if (!statement) this.#lists.set(sql, (statement = this.#database.prepare(sql)))
    try {
      const found = statement.all(...values) as unknown as RowColumns[]
      return found.map((columns) => {
        const place = placeOf(table, scope, columns.key)
        const cached = this.#cache.get(table.name, scope, columns.key)
        return (
          cached?.version === columns.version ? cached : this.#decode(place, columns)
        ) as StoredRow<T>
      })
    } catch (error) {
      throw sqliteCode(error) === 11 ? new CorruptRow(table.name, '(list)') : error
    }
  }

  async count<T extends object>(table: Table<T>, scope: string, query: ListQuery) {
    const { sql, values } = countSql(dialect, table.name, scope, query)
    let statement = this.#lists.get(sql)
    if (!statement) this.#lists.set(sql, (statement = this.#database.prepare(sql)))
    return Number(statement.get(...values)?.['found'])
  }

  commit(batch: Batch): Promise<void> {
    return this.#queue.add(batch)
  }

  lookupAudit(query: AuditQuery): Promise<readonly StoredAudit[]> {
    return lookupAudit(this.#database, query)
  }

  async auditAfter(range: AuditRange): Promise<readonly StoredAudit[]> {
    return auditAfter(this.#database, range)
  }

  async pruneAudit(step: PruneStep): Promise<AuditPruning> {
    return pruneAudit(this.#database, step)
  }

  async reset(): Promise<void> {
    await this.#queue.drained()
    this.#transaction(() => {
      this.#database.exec('DELETE FROM rows; DELETE FROM idx; DELETE FROM audit;')
    })
    this.#cache.clear()
  }

  backup(path: string): Promise<void> {
    return this.#copies.backup(path)
  }

  scrub(): Promise<ScrubReport> {
    return this.#copies.scrub()
  }

  async close(): Promise<void> {
    await this.#queue.end()
    await this.#copies.settled()
    if (this.#database.isOpen) this.#database.close()
  }

  #row(place: RowPlace): StoredRow | undefined {
    const cached = this.#cache.get(place.table.name, place.scope, place.key)
    if (cached !== undefined) return cached ?? undefined
    const columns = this.#read(place)
    if (columns) return this.#decode(place, columns)
    this.#cache.found(place, undefined)
    return undefined
  }

  #read({ table, scope, key }: RowPlace): RowColumns | undefined {
    try {
      return this.#statements.get.get(table.name, scope, key) as RowColumns | undefined
    } catch (error) {
      throw sqliteCode(error) === 11 ? new CorruptRow(table.name, key) : error
    }
  }

  #decode(place: RowPlace, columns: RowColumns): StoredRow {
    const { key, version } = columns
    const row = Object.freeze({ key, version, value: this.#codec.decode(place, version, columns) })
    if (!place.table.uncached) this.#cache.found(place, row)
    return row
  }

  #perform(group: readonly PendingCommit[]): void {
    const plan = planCommit(group, {
      codec: this.#codec,
      versionOf: (place) => this.#row(place)?.version ?? 0,
      nextVersion: () => ++this.#version,
    })
    const limit = this.#version > this.#versionLimit ? this.#version + versionBlock : undefined
    if (plan.changes.size + plan.audit.length > 0) {
      this.#transaction(() => {
        if (limit !== undefined) this.#statements.reserve.run(String(limit))
        this.#write(plan)
      })
      this.#versionLimit = limit ?? this.#versionLimit
    }
    for (const change of plan.changes.values()) {
      const { table, row, version } = change
      if (table.uncached) this.#cache.outdated(change, version)
      else this.#cache.written(change, row, version)
    }
    for (const each of plan.accepted) each.done()
  }

  #transaction(work: () => void): void {
    this.#statements.begin.run()
    try {
      work()
      this.#statements.commit.run()
    } catch (error) {
      // A full disk or an I/O error may have rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #write(plan: CommitPlan): void {
    for (const change of plan.changes.values()) this.#writeRow(change)
    const { audit } = this.#statements
    for (const record of plan.audit) {
      const [time, account, region, crc, doc] = auditValues(record)
      audit.run(time, account, region, crc, doc)
    }
  }

  #writeRow(change: PlannedChange): void {
    const { table, scope, key, encoded, version } = change
    const { put, remove, index, unindex } = this.#statements
    const before = indexEntries(table, this.#row(change)?.value)
    if (encoded) put.run(table.name, scope, key, version, encoded.crc, encoded.doc)
    else remove.run(table.name, scope, key)
    for (const [name, value] of entriesWithout(before, change.entries)) {
      unindex.run(table.name, name, scope, value, key)
    }
    for (const entry of entriesWithout(change.entries, before)) {
      const [name, value] = entry
      const crc = entryChecksum({ table: table.name, scope, key }, entry)
      index.run(table.name, name, scope, value, key, crc)
    }
  }
}
