import type { DatabaseSync } from 'node:sqlite'
import type { AuditPruning, PruneStep } from './store.ts'

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
