import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { extname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { SecretBox } from '../context.ts'
import { auditColumns, auditConditions, auditValues, matching } from './audit-columns.ts'
import type { AuditRow } from './audit-columns.ts'
import { CommitQueue, planCommit } from './group-commit.ts'
import type { CommitPlan, PendingCommit, PlannedChange } from './group-commit.ts'
import { countSql, listSql } from './list-sql.ts'
import type { SqlDialect } from './list-sql.ts'
import { sqliteMigrations } from './migrations/sqlite.ts'
import { RowCache } from './row-cache.ts'
import { entriesWithout, indexEntries, placeOf, rowCodec, rowId } from './row-codec.ts'
import type { RowCodec, RowPlace } from './row-codec.ts'
import { keyCheckValue, requireKeyCheck } from './sealed.ts'
import { pruneAudit } from './sqlite-audit.ts'
import { StoreOpenError } from './store-open-error.ts'
import { CorruptRow } from './store.ts'
import type {
  AuditPruning,
  AuditQuery,
  Batch,
  ListQuery,
  PruneStep,
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
/** How many audit records a lookup passes over before it lets other work go on. */
const auditWindow = 20_000

/** Pages of log after which it is written back: 16 MiB. */
const checkpointPages = 2_000
const lockWaitMs = 1_000

/** A store in one SQLite file (or `:memory:`) that this process alone has open. */
export function openSqlite(path: string, box: SecretBox): Store {
  if (path !== ':memory:') makePrivate(path)
  const database = new DatabaseSync(path, {
    timeout: lockWaitMs,
    enableForeignKeyConstraints: false,
  })
  try {
    prepareDatabase(database, box)
    return new SqliteStore(path, database, rowCodec(box))
  } catch (error) {
    database.close()
    throw openFailure(path, error)
  }
}

/** Only the owner may read the file, whatever the umask; its log takes over its permissions. */
function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function openFailure(path: string, error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === 5) return new StoreOpenError(`${path} is in use by another process`, error)
  if (code === 26 || code === 11) {
    return new StoreOpenError(`${path} is damaged or not a database; restore a backup`, error)
  }
  return error
}

function prepareDatabase(database: DatabaseSync, box: SecretBox): void {
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = ${checkpointPages};
    PRAGMA journal_size_limit = 67108864;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL);
  `)
  const had = Number(database.prepare('SELECT max(version) AS v FROM schema_version').get()?.['v'])
  const wanted = sqliteMigrations.length
  if (had > wanted) {
    throw new StoreOpenError(`the store has schema ${had}; this release knows up to ${wanted}`)
  }
  for (const migrate of sqliteMigrations.slice(had)) migrate(database)
  if (had < wanted) {
    database.exec('DELETE FROM schema_version')
    database.prepare('INSERT INTO schema_version VALUES (?)').run(wanted)
  }
  const check = database.prepare("SELECT value FROM meta WHERE name = 'key-check'").get()
  if (check) requireKeyCheck(box, String(check['value']))
  else {
    database
      .prepare("INSERT INTO meta VALUES ('key-check', ?), ('version-limit', '0')")
      .run(keyCheckValue(box))
  }
  database.exec('COMMIT')
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
    index: database.prepare('INSERT OR IGNORE INTO idx VALUES (?, ?, ?, ?, ?)'),
    unindex: database.prepare(
      'DELETE FROM idx WHERE tbl = ? AND name = ? AND scope = ? AND value = ? AND key = ?',
    ),
    audit: database.prepare(`INSERT INTO audit (${columns}) VALUES (${marks})`),
    reserve: database.prepare("UPDATE meta SET value = ? WHERE name = 'version-limit'"),
    reserved: database.prepare("SELECT value FROM meta WHERE name = 'version-limit'"),
  }
}

/** SQLite's primary result code of an error of node:sqlite. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return Number(error.errcode) & 0xff
}

class SqliteStore implements Store {
  readonly isShared = false
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #codec: RowCodec
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #lists = new Map<string, StatementSync>()
  readonly #cache = new RowCache()
  readonly #queue = new CommitQueue((group) => this.#perform(group), groupLimit)
  #backup: Promise<void> | undefined
  #version: number
  #versionLimit: number

  constructor(path: string, database: DatabaseSync, codec: RowCodec) {
    this.#path = path
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
    return this.#cache.get(rowId(placeOf(table, scope, key))) as StoredRow<T> | null | undefined
  }

  async list<T extends object>(table: Table<T>, scope: string, query: ListQuery) {
    const { sql, values } = listSql(dialect, table.name, scope, query)
    let statement = this.#lists.get(sql)
    if (!statement) this.#lists.set(sql, (statement = this.#database.prepare(sql)))
    try {
      const found = statement.all(...values) as unknown as RowColumns[]
      return found.map((columns) => {
        const place = placeOf(table, scope, columns.key)
        const cached = this.#cache.get(rowId(place))
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

  async lookupAudit(query: AuditQuery): Promise<readonly StoredAudit[]> {
    const conditions = auditConditions(query, 'instr')
    const filters = conditions.map(({ before, after }) => `${before}?${after}`)
    const statement = this.#database.prepare(
      `SELECT seq, crc, doc FROM audit INDEXED BY audit_by_account
       WHERE ${['account = ?', 'seq > ?', 'seq < ?', ...filters].join(' AND ')}
       ORDER BY seq DESC LIMIT ?`,
    )
    const values = conditions.map((each) => each.value)
    const bounds = this.#database
      .prepare('SELECT min(seq) AS low, max(seq) AS high FROM audit')
      .get()
    const low = Number(bounds?.['low'] ?? 0)
    let before = Math.min(query.before ?? Infinity, Number(bounds?.['high'] ?? 0) + 1)
    const found: StoredAudit[] = []
    while (before > low && found.length < query.limit) {
      const after = before - auditWindow - 1
      const rest = query.limit - found.length
      const rows = statement.all(query.account, after, before, ...values, rest)
      const read = rows as unknown as AuditRow[]
      found.push(...matching(read, query))
      before = read.length < rest ? after + 1 : (read.at(-1)?.seq ?? low)
      await new Promise((turn) => setImmediate(turn))
    }
    return found
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

  async backup(path: string): Promise<void> {
    if (this.#backup) throw new Error('another backup is under way')
    if (existsSync(path)) throw new Error(`${path} exists already`)
    const draft = `${path}.partial`
    rmSync(draft, { force: true })
    this.#backup = this.#copyTo(draft, path)
    try {
      await this.#backup
    } finally {
      this.#backup = undefined
    }
  }

  async close(): Promise<void> {
    await this.#queue.end()
    await this.#backup?.catch(() => {})
    if (this.#database.isOpen) this.#database.close()
  }

  /** Between checkpoints only the log is written, so the file itself is a snapshot that can be copied. */
  async #copyTo(draft: string, path: string): Promise<void> {
    if (this.#path === ':memory:') {
      this.#database.prepare('VACUUM INTO ?').run(draft)
      return finishCopy('', draft, path)
    }
    const outcome = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    if (outcome?.['busy'] !== 0) throw new Error('the store could not be brought to rest')
    this.#database.exec('PRAGMA wal_autocheckpoint = 0')
    try {
      await finishCopy(this.#path, draft, path)
    } finally {
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    }
  }

  #row(place: RowPlace): StoredRow | undefined {
    const id = rowId(place)
    const cached = this.#cache.get(id)
    if (cached !== undefined) return cached ?? undefined
    const columns = this.#read(place)
    if (columns) return this.#decode(place, columns)
    this.#cache.found(id, undefined)
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
    if (!place.table.uncached) this.#cache.found(rowId(place), row)
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
    for (const [id, { table, row, version }] of plan.changes) {
      if (table.uncached) this.#cache.outdated(id, version)
      else this.#cache.written(id, row, version)
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
    for (const [name, value] of entriesWithout(change.entries, before)) {
      index.run(table.name, name, scope, value, key)
    }
  }
}

/** Copies `source` (or takes the draft that is there), checks every page, and gives it its name. */
async function finishCopy(source: string, draft: string, path: string): Promise<void> {
  const program = new URL(`./backup-copy${extname(import.meta.url)}`, import.meta.url)
  const child = spawn(process.execPath, [fileURLToPath(program), source, draft, path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the backup failed: ${complaint}`)
}
