import type { Pool, PoolClient, QueryResult } from 'pg'
import type { SecretBox } from '../context.ts'
import { CommitQueue, isAuditOnly, planCommit } from './group-commit.ts'
import type { CommitPlan, PendingCommit } from './group-commit.ts'
import { countSql, listSql } from './list-sql.ts'
import type { SqlDialect } from './list-sql.ts'
import { auditAfter, lookupAudit, pruneAudit } from './postgres-audit.ts'
import {
  inTransaction,
  isLostConnection,
  isTransient,
  retried,
  retries,
} from './postgres-connection.ts'
import { openPool, prepareDatabase } from './postgres-open.ts'
import { scrubPostgres } from './postgres-scrub.ts'
import type { ChangeColumns } from './postgres-statements.ts'
import {
  auditStatement,
  changesStatement,
  changeStatements,
  currentRows,
  pruneStatement,
} from './postgres-statements.ts'
import { RowCache } from './row-cache.ts'
import type { ReadTicket } from './row-cache.ts'
import { placeOf, rowCodec } from './row-codec.ts'
import type { RowCodec, RowPlace } from './row-codec.ts'
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

/** int8 columns arrive as text. */
interface RowColumns {
  readonly key: string
  readonly version: string
  readonly crc: string
  readonly doc: string
}

const dialect: SqlDialect = { schema: 'bartizan.', mark: (position) => `$${position}` }
const groupLimit = 512
/** The change log is pruned every so many commits; a node that was away longer drops its cache. */
const pruneEvery = 256

/** A store in a PostgreSQL database that any number of nodes share. */
export async function openPostgres(url: string, box: SecretBox): Promise<Store> {
  const pool = openPool(url)
  try {
    return new PostgresStore(pool, rowCodec(box), await prepareDatabase(pool, box))
  } catch (error) {
    await pool.end()
    throw error
  }
}

function affected(result: QueryResult | undefined): boolean {
  return (result?.rowCount ?? 0) > 0
}

/**
 * Commits that change rows take the lock of the single `state` row first and count its `seq` up, so
 * they are serial, `seq` has no gaps, and a lower `seq` is never visible after a higher one. It is the
 * version of the rows they write. `changes` lists those rows, from which `fresh` learns what others
 * wrote. Commits of audit records alone take no lock.
 */
class PostgresStore implements Store {
  readonly isShared = true
  readonly #pool: Pool
  readonly #codec: RowCodec
  readonly #cache = new RowCache()
  readonly #queue = new CommitQueue((group) => this.#perform(group), groupLimit)
  /** Everything up to this change sequence is reflected in the cache. */
  #seen: number
  #refreshing: Promise<void> | undefined
  #refreshNext: Promise<void> | undefined

  constructor(pool: Pool, codec: RowCodec, seen: number) {
    this.#pool = pool
    this.#codec = codec
    this.#seen = seen
  }

  fresh(): Promise<void> {
    if (!this.#refreshing) return this.#startRefresh()
    // What is under way may have looked before this call, so it cannot answer it.
    this.#refreshNext ??= this.#refreshing.then(
      () => this.#startRefresh(),
      () => this.#startRefresh(),
    )
    return this.#refreshNext
  }

  async get<T extends object>(table: Table<T>, scope: string, key: string) {
    const place = placeOf(table, scope, key)
    const cached = this.#cache.get(table.name, scope, key)
    if (cached !== undefined) return (cached ?? undefined) as StoredRow<T> | undefined
    return this.#reading(async (ticket) => {
      const { rows } = await this.#pool.query<RowColumns>({
        name: 'get',
        text: `SELECT key, version, crc, doc FROM bartizan.rows
               WHERE tbl = $1 AND scope = $2 AND key = $3`,
        values: [table.name, scope, key],
      })
      const [columns] = rows
      if (columns) return this.#decode(place, columns, ticket) as StoredRow<T>
      this.#cache.found(place, undefined, ticket)
      return undefined
    })
  }

  peek<T extends object>(table: Table<T>, scope: string, key: string) {
    return this.#cache.get(table.name, scope, key) as StoredRow<T> | null | undefined
  }

  changesOf(table: Pick<Table<object>, 'name'>): number {
    return this.#cache.changesOf(table.name)
  }

  async list<T extends object>(table: Table<T>, scope: string, query: ListQuery) {
    const { sql, values } = listSql(dialect, table.name, scope, query)
    return this.#reading(async (ticket) => {
      const { rows } = await this.#pool.query<RowColumns>(sql, [...values])
      return rows.map((columns) => {
        const place = placeOf(table, scope, columns.key)
        return this.#decode(place, columns, ticket) as StoredRow<T>
      })
    })
  }

  async count<T extends object>(table: Table<T>, scope: string, query: ListQuery) {
    const { sql, values } = countSql(dialect, table.name, scope, query)
    const { rows } = await retried(() => this.#pool.query<{ found: string }>(sql, [...values]))
    return Number(rows[0]?.found)
  }

  commit(batch: Batch): Promise<void> {
    return this.#queue.add(batch)
  }

  lookupAudit(query: AuditQuery): Promise<readonly StoredAudit[]> {
    return lookupAudit(this.#pool, query)
  }

  auditAfter(range: AuditRange): Promise<readonly StoredAudit[]> {
    return retried(() => auditAfter(this.#pool, range))
  }

  pruneAudit(step: PruneStep): Promise<AuditPruning> {
    return retried(() => pruneAudit(this.#pool, step))
  }

  async reset(): Promise<void> {
    await this.#queue.drained()
    await inTransaction(this.#pool, async (client) => {
      // Nodes whose cache is from before see that the log does not reach back that far.
      await client.query('UPDATE bartizan.state SET seq = seq + 1, pruned = seq + 1')
      await client.query('TRUNCATE bartizan.rows, bartizan.idx, bartizan.changes, bartizan.audit')
    })
    this.#cache.clear()
  }

  backup(): Promise<void> {
    const message =
      'a store in PostgreSQL is backed up with pg_dump --schema=bartizan; keep the root key with it'
    return Promise.reject(new Error(message))
  }

  scrub(): Promise<ScrubReport> {
    return inTransaction(this.#pool, scrubPostgres)
  }

  async close(): Promise<void> {
    await this.#queue.end()
    if (!this.#pool.ending) await this.#pool.end()
  }

  #startRefresh(): Promise<void> {
    this.#refreshNext = undefined
    const refreshing = this.#refresh().finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = undefined
    })
    this.#refreshing = refreshing
    return refreshing
  }

  async #refresh(): Promise<void> {
    const query = changesStatement(this.#seen)
    const { rows } = await retried(() => this.#pool.query<ChangeColumns>(query))
    const [first] = rows
    if (!first) throw new Error('the state row of the store is gone')
    if (Number(first.pruned) > this.#seen) this.#cache.clear()
    for (const { changed, tbl, scope, key } of rows) {
      if (changed !== null) {
        this.#cache.outdated({ table: { name: tbl }, scope, key }, Number(changed))
      }
    }
    this.#seen = Math.max(this.#seen, Number(first.seq))
  }

  async #reading<T>(read: (ticket: ReadTicket) => Promise<T>): Promise<T> {
    const ticket = this.#cache.beginRead()
    try {
      return await retried(() => read(ticket))
    } finally {
      this.#cache.endRead(ticket)
    }
  }

  #decode(place: RowPlace, columns: RowColumns, ticket?: ReadTicket): StoredRow {
    const version = Number(columns.version)
    const cached = this.#cache.get(place.table.name, place.scope, place.key)
    if (cached?.version === version) return cached
    const encoded = { doc: columns.doc, crc: Number(columns.crc) }
    const value = this.#codec.decode(place, version, encoded)
    const row = Object.freeze({ key: place.key, version, value })
    if (ticket && !place.table.uncached) this.#cache.found(place, row, ticket)
    return row
  }

  async #perform(group: readonly PendingCommit[]): Promise<void> {
    if (group.every(({ batch }) => isAuditOnly(batch))) {
      await this.#pool.query(auditStatement(group.flatMap(({ batch }) => batch.audit)))
      for (const each of group) each.done()
      return
    }
    for (let attempt = 1; ; attempt++) {
      const progress = { writing: false }
      try {
        return await this.#commitRows(group, progress)
      } catch (error) {
        const again = isTransient(error) || (!progress.writing && isLostConnection(error))
        if (attempt === retries || !again) throw error
      }
    }
  }

  /** Once `progress.writing` is set, a lost connection leaves it open whether the commit took place. */
  async #commitRows(
    group: readonly PendingCommit[],
    progress: { writing: boolean },
  ): Promise<void> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    try {
      const plan = await this.#planUnderLock(client, group)
      progress.writing = true
      const writes = plan.statements.map((statement) => client.query(statement))
      const results = await Promise.all([...writes, client.query(plan.verdict)])
      if (results.at(-1)?.command !== plan.verdict) throw new Error('the commit was rolled back')
      if (plan.verdict === 'COMMIT') this.#committed(plan.seq, plan.commit)
      for (const each of plan.commit.accepted) each.done()
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** Takes the lock, checks every batch against what is there, and says what to write. */
  async #planUnderLock(client: PoolClient, group: readonly PendingCommit[]) {
    const current = currentRows(group, this.#cache)
    const [, locked, found] = await Promise.all([
      client.query('BEGIN'),
      client.query<{ seq: string }>('UPDATE bartizan.state SET seq = seq + 1 RETURNING seq'),
      client.query<RowColumns & { tbl: string; scope: string }>(current.statement),
    ])
    if (!affected(locked)) throw new Error('the state row of the store is gone')
    const seq = Number(locked.rows[0]?.seq)
    for (const columns of found.rows) {
      current.add(columns, (place) => this.#decode(place, columns).value)
    }
    const commit = planCommit(group, {
      codec: this.#codec,
      versionOf: current.versionOf,
      nextVersion: () => seq,
    })
    const statements = changeStatements(commit, seq, current.valueOf)
    if (seq % pruneEvery === 0) statements.push(pruneStatement)
    const verdict = commit.changes.size + commit.audit.length > 0 ? 'COMMIT' : 'ROLLBACK'
    return { seq, commit, statements: verdict === 'COMMIT' ? statements : [], verdict } as const
  }

  /** This node's cache takes its own changes over at once, unless it has heard of later ones already. */
  #committed(seq: number, plan: CommitPlan): void {
    if (this.#seen >= seq) return
    if (this.#seen === seq - 1) this.#seen = seq
    for (const change of plan.changes.values()) {
      const { table, row, version } = change
      if (table.uncached) this.#cache.outdated(change, version)
      else this.#cache.written(change, row, version)
    }
  }
}
