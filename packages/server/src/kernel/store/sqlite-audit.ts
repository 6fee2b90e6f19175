import type { DatabaseSync } from 'node:sqlite'
import { auditConditions, matching } from './audit-columns.ts'
import type { AuditRow } from './audit-columns.ts'
import type { AuditPruning, AuditQuery, AuditRange, PruneStep, StoredAudit } from './store.ts'

/** How many audit records a lookup passes over before it lets other work go on. */
const auditWindow = 20_000

/** The records that a query asks for, newest first, without holding up other work for long. */
export async function lookupAudit(
  database: DatabaseSync,
  query: AuditQuery,
): Promise<readonly StoredAudit[]> {
  const conditions = auditConditions(query, 'instr')
  const filters = conditions.map(({ before, after }) => `${before}?${after}`)
  const statement = database.prepare(
    `SELECT seq, crc, doc FROM audit INDEXED BY audit_by_account
       WHERE ${['account = ?', 'seq > ?', 'seq < ?', ...filters].join(' AND ')}
       ORDER BY seq DESC LIMIT ?`,
  )
  const values = conditions.map((each) => each.value)
  const bounds = database.prepare('SELECT min(seq) AS low, max(seq) AS high FROM audit').get()
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

/** The records after a sequence number, oldest first. */
export function auditAfter(
  database: DatabaseSync,
  { account, after, limit }: AuditRange,
): readonly StoredAudit[] {
  const rows = database
    .prepare(
      `SELECT seq, crc, doc FROM audit INDEXED BY audit_by_account
       WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?`,
    )
    .all(account, after, limit)
  return matching(rows as unknown as AuditRow[], {})
}

/**
 * One step of removing old records. The newest record stays, as its sequence number is where the
 * numbering goes on from: a reader that remembers a number never meets it again.
 */
export function pruneAudit(database: DatabaseSync, step: PruneStep): AuditPruning {
  const { olderThan, after, limit } = step
  const bound = database
    .prepare(
      'SELECT max(seq) AS last FROM (SELECT seq FROM audit WHERE seq > ? ORDER BY seq LIMIT ?)',
    )
    .get(after, limit)?.['last']
  if (typeof bound !== 'number') return { removed: 0, last: undefined }
  const { changes } = database
    .prepare(
      `DELETE FROM audit WHERE seq > ? AND seq <= ? AND time < ?
       AND seq < (SELECT max(seq) FROM audit)`,
    )
    .run(after, bound, olderThan)
  return { removed: Number(changes), last: bound }
}
