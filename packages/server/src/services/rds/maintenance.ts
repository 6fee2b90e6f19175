import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { instances, type InstanceRow } from './store.ts'

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const minuteMs = 60_000
const dayMinutes = 24 * 60

/** When a weekly window (`sun:05:00-sun:05:30`, UTC) begins next after a time. */
export function nextWindow(window: string, after: Date): Date {
  const [day = '', hours = '0', minutes = '0'] = window.slice(0, 'sun:00:00'.length).split(':')
  const start = days.indexOf(day.toLowerCase()) * dayMinutes + Number(hours) * 60 + Number(minutes)
  const now = after.getUTCDay() * dayMinutes + after.getUTCHours() * 60 + after.getUTCMinutes()
  const wait = (start - now + 7 * dayMinutes) % (7 * dayMinutes) || 7 * dayMinutes
  const minute = Math.floor(after.getTime() / minuteMs)
  return new Date((minute + wait) * minuteMs)
}

/** An instance in which nothing waits any more. */
export function applyPending(row: InstanceRow): InstanceRow {
  return { ...row, shown: { ...row.shown, ...row.pending }, pending: {} }
}

/** Applies what waited for an instance's maintenance window. */
export const maintenanceJob: Job = {
  name: 'rds.maintain',
  async run(ctx, identifier) {
    const table = ctx.store.table(instances)
    const row = await table.get(identifier)
    if (row) table.put(identifier, applyPending(row))
  },
}

/** Has what waits applied in the next maintenance window. */
export function scheduleMaintenance(ctx: Context, row: InstanceRow): void {
  const window = String(row.shown['PreferredMaintenanceWindow'])
  ctx.schedule.at(maintenanceJob, row.identifier, nextWindow(window, ctx.now))
}
