import type { Pool } from 'pg'
import type { AuditPruning, PruneStep } from './store.ts'

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
