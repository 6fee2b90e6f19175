import type { Pool } from 'pg'
import { auditConditions, matching } from './audit-columns.ts'
import type { AuditRow } from './audit-columns.ts'
import type { AuditPruning, AuditQuery, AuditRange, PruneStep, StoredAudit } from './store.ts'

/** The records that a query asks for, newest first. */
export async function lookupAudit(pool: Pool, query: AuditQuery): Promise<readonly StoredAudit[]> {
  const found: StoredAudit[] = []
  let { before } = query
  for (;;) {
    const rest = query.limit - found.length
    const rows = await auditRows(pool, { ...query, ...(before !== undefined && { before }) }, rest)
    found.push(...matching(rows, query))
    before = rows.at(-1)?.seq
    if (rows.length < rest || found.length === query.limit) return found
  }
}

async function auditRows(pool: Pool, query: AuditQuery, limit: number): Promise<AuditRow[]> {
  const values: (string | number)[] = []
  const mark = (value: string | number) => `$${values.push(value)}`
  const where = [`account = ${mark(query.account)}`]
  if (query.before !== undefined) where.push(`seq < ${mark(query.before)}`)
  for (const { before, value, after } of auditConditions(query, 'strpos')) {
    where.push(`${before}${mark(value)}${after}`)
  }
  const { rows } = await pool.query<{ seq: string; crc: string; doc: string }>(
    `SELECT seq, crc, doc FROM bartizan.audit WHERE ${where.join(' AND ')}
       ORDER BY seq DESC LIMIT ${mark(limit)}`,
    values,
  )
  return rows.map(({ seq, crc, doc }) => ({ seq: Number(seq), crc: Number(crc), doc }))
}

/** The records after a sequence number, oldest first. */
export async function auditAfter(
  pool: Pool,
  { account, after, limit }: AuditRange,
): Promise<readonly StoredAudit[]> {
  const { rows } = await pool.query<{ seq: string; crc: string; doc: string }>({
    name: 'audit-after',
    text: `SELECT seq, crc, doc FROM bartizan.audit WHERE account = $1 AND seq > $2
           ORDER BY seq LIMIT $3`,
    values: [account, after, limit],
  })
  const read = rows.map(({ seq, crc, doc }) => ({ seq: Number(seq), crc: Number(crc), doc }))
  return matching(read, {})
}

/** One step of removing old records; the newest stays, as in the embedded store. */
export async function pruneAudit(pool: Pool, step: PruneStep): Promise<AuditPruning> {
  const { rows } = await pool.query<{ removed: string; last: string | null }>({
    name: 'prune-audit',
    text: `WITH step AS MATERIALIZED (
             SELECT seq, time FROM bartizan.audit WHERE seq > $1 ORDER BY seq LIMIT $2
           ), gone AS (
             DELETE FROM bartizan.audit a USING step s
             WHERE a.seq = s.seq AND s.time < $3 AND a.seq < (SELECT max(seq) FROM bartizan.audit)
             RETURNING a.seq
           )
           SELECT (SELECT count(*) FROM gone) AS removed, (SELECT max(seq) FROM step) AS last`,
    values: [step.after, step.limit, step.olderThan],
  })
  const [found] = rows
  const last = found?.last ?? undefined
  return { removed: Number(found?.removed ?? 0), last: last === undefined ? last : Number(last) }
}
