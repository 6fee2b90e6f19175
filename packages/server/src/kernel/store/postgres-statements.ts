import type { AuditRecord } from '../audit-record.ts'
import { auditColumns, auditValues } from './audit-columns.ts'
import type { CommitPlan, PendingCommit } from './group-commit.ts'
import type { RowCache } from './row-cache.ts'
import { entriesWithout, entryChecksum, indexEntries, rowId } from './row-codec.ts'
import type { RowPlace } from './row-codec.ts'

/** A parametrised SQL statement; those with a name are prepared once per connection. */
export interface Statement {
  readonly name?: string
  readonly text: string
  values: unknown[]
}

/** One array per column, as `unnest` takes them. */
function columnsOf(rows: readonly (readonly unknown[])[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column]))
}

/** Appends audit records. */
export function auditStatement(records: readonly AuditRecord[]): Statement {
  return {
    name: 'audit',
    text: `INSERT INTO bartizan.audit (${auditColumns.join(', ')})
           SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[])`,
    values: columnsOf(records.map(auditValues), auditColumns.length),
  }
}

/** What a planned commit writes, in any order after its checks. */
export function changeStatements(
  plan: CommitPlan,
  seq: number,
  valueOf: (id: string) => object | undefined,
): Statement[] {
  const put: unknown[][] = []
  const remove: unknown[][] = []
  const index: unknown[][] = []
  const unindex: unknown[][] = []
  const log: unknown[][] = []
  for (const { id, table, scope, key, version, encoded, entries } of plan.changes.values()) {
    if (encoded) put.push([table.name, scope, key, version, encoded.crc, encoded.doc])
    else remove.push([table.name, scope, key])
    const before = indexEntries(table, valueOf(id))
    for (const [name, value] of entriesWithout(before, entries)) {
      unindex.push([table.name, name, scope, value, key])
    }
    for (const entry of entriesWithout(entries, before)) {
      const crc = entryChecksum({ table: table.name, scope, key }, entry)
      index.push([table.name, entry[0], scope, entry[1], key, crc])
    }
    log.push([seq, table.name, scope, key])
  }
  const statements: Statement[] = []
  const add = (name: string, text: string, rows: readonly (readonly unknown[])[]) => {
    const width = rows[0]?.length ?? 0
    if (width > 0) statements.push({ name, text, values: columnsOf(rows, width) })
  }
  add('put', putSql, put)
  add('remove', removeSql, remove)
  add('unindex', unindexSql, unindex)
  add('index', indexSql, index)
  add('log', logSql, log)
  if (plan.audit.length > 0) statements.push(auditStatement(plan.audit))
  return statements
}

const putSql = `
  INSERT INTO bartizan.rows (tbl, scope, key, version, crc, doc)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])
  ON CONFLICT (tbl, scope, key)
  DO UPDATE SET version = excluded.version, crc = excluded.crc, doc = excluded.doc`
const removeSql = `
  DELETE FROM bartizan.rows r USING unnest($1::text[], $2::text[], $3::text[]) AS g (tbl, scope, key)
  WHERE r.tbl = g.tbl AND r.scope = g.scope AND r.key = g.key`
const entryColumns = '$1::text[], $2::text[], $3::text[], $4::text[], $5::text[]'
const unindexSql = `
  DELETE FROM bartizan.idx i USING unnest(${entryColumns}) AS g (tbl, name, scope, value, key)
  WHERE i.tbl = g.tbl AND i.name = g.name AND i.scope = g.scope AND i.value = g.value
    AND i.key = g.key`
const indexSql = `
  INSERT INTO bartizan.idx (tbl, name, scope, value, key, crc)
  SELECT * FROM unnest(${entryColumns}, $6::bigint[]) ON CONFLICT DO NOTHING`
const logSql = `
  INSERT INTO bartizan.changes (seq, tbl, scope, key)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])`

/** The rows that a group of batches is about: read under the lock, then asked by the checks. */
export interface CurrentRows {
  readonly statement: Statement
  /** Takes a row that was found; `decode` is called when its old value is not known yet. */
  add(
    columns: { tbl: string; scope: string; key: string; version: string; doc: string | null },
    decode: (place: RowPlace) => object,
  ): void
  /** Throws CorruptRow for a row whose old value is needed and cannot be read. */
  readonly versionOf: (place: RowPlace) => number
  readonly valueOf: (id: string) => object | undefined
}

/** Old values are needed to undo index entries; the cache has most of them, so few travel. */
export function currentRows(group: readonly PendingCommit[], cache: RowCache): CurrentRows {
  const places = new Map<string, RowPlace & { wanted: boolean }>()
  const versions = new Map<string, number>()
  const values = new Map<string, object>()
  const damaged = new Map<string, unknown>()
  for (const { batch } of group) {
    for (const each of batch.expectations) {
      const id = rowId(each)
      if (!places.has(id)) places.set(id, { ...each, wanted: false })
    }
    for (const { table, scope, key, expectedVersion } of batch.changes) {
      const id = rowId({ table, scope, key })
      const cached = cache.get(table.name, scope, key)
      const known = cached?.version === expectedVersion
      if (known) values.set(id, cached.value)
      const indexed = Object.keys(table.indexes).length > 0
      const wanted = places.get(id)?.wanted || (indexed && expectedVersion > 0 && !known)
      places.set(id, { table, scope, key, wanted })
    }
  }
  const asked = [...places.values()].map((p) => [p.table.name, p.scope, p.key, p.wanted])
  return {
    statement: { name: 'current', text: currentSql, values: columnsOf(asked, 4) },
    add({ tbl, scope, key, version, doc }, decode) {
      const id = `${tbl}\0${scope}\0${key}`
      versions.set(id, Number(version))
      const place = places.get(id)
      if (doc === null || !place) return
      try {
        values.set(id, decode(place))
      } catch (error) {
        damaged.set(id, error)
      }
    },
    versionOf(place) {
      const id = rowId(place)
      if (damaged.has(id)) throw damaged.get(id)
      return versions.get(id) ?? 0
    },
    valueOf: (id) => values.get(id),
  }
}

const currentSql = `
  SELECT r.tbl, r.scope, r.key, r.version, r.crc, CASE WHEN g.wanted THEN r.doc END AS doc
  FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS g (tbl, scope, key, wanted)
  JOIN bartizan.rows r ON r.tbl = g.tbl AND r.scope = g.scope AND r.key = g.key`

const keepChangesFor = '10 minutes'

/** Drops what the change log no longer needs, and notes how far it reaches back. */
export const pruneStatement: Statement = {
  text: `WITH gone AS (
           DELETE FROM bartizan.changes WHERE at < now() - interval '${keepChangesFor}' RETURNING seq
         )
         UPDATE bartizan.state SET pruned = greatest(pruned, (SELECT max(seq) FROM gone))`,
  values: [],
}

/** A change in the log, with how far the log goes; its own columns are null when there is none. */
export interface ChangeColumns {
  readonly seq: string
  readonly pruned: string
  readonly changed: string | null
  readonly tbl: string
  readonly scope: string
  readonly key: string
}

/** What was changed after a sequence number. */
export function changesStatement(seen: number): Statement {
  return {
    name: 'fresh',
    text: `SELECT s.seq, s.pruned, c.seq AS changed, c.tbl, c.scope, c.key
           FROM bartizan.state s LEFT JOIN bartizan.changes c ON c.seq > $1`,
    values: [seen],
  }
}
