import { defineTable } from './store/store.ts'

/** Work that waits for its time. */
export interface DueJobRow {
  readonly job: string
  readonly account: string
  readonly region: string
  readonly subject: string
  /** ISO 8601. */
  readonly due: string
  readonly attempts: number
}

/** All scheduled work of the installation, found by due time. */
export const dueJobs = defineTable<DueJobRow>({
  name: 'kernel.due-jobs',
  scope: 'system',
  indexes: { due: (row) => row.due },
})

/** The key of a scheduled entry: one per job, place and subject. */
export function dueKey(row: Pick<DueJobRow, 'job' | 'account' | 'region' | 'subject'>): string {
  return [row.job, row.account, row.region, row.subject].join('|')
}
