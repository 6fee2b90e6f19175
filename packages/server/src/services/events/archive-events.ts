import type { Context, Tables } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import type { Event } from './delivery/delivery.ts'
import { archivedEvents, archives } from './store.ts'
import type { ArchivedEventRow, ArchiveRow } from './store.ts'

const dayMs = 86_400_000
const pageSize = 500

/** Keeps an event in an archive, in the unit of work of its cause. */
export function keepInArchive(ctx: Context, tables: Tables, archiveId: string, event: Event): void {
  const text = JSON.stringify(event)
  const row: ArchivedEventRow = {
    event: text,
    archivedAt: ctx.now.toISOString(),
    sizeBytes: Buffer.byteLength(text),
  }
  tables.table(archivedEvents).put(`${archiveId}|${event.time}|${event.id}`, row)
}

/** How much an archive holds. */
export async function archiveTotals(
  tables: Tables,
  { id }: ArchiveRow,
): Promise<{ readonly events: number; readonly bytes: number }> {
  const rows = await tables.table(archivedEvents).list({ prefix: `${id}|` })
  return {
    events: rows.length,
    bytes: rows.reduce((sum, { value }) => sum + value.sizeBytes, 0),
  }
}

/** Takes out of an archive, day by day, what it has kept for long enough. */
export const expireEventsJob: Job = {
  name: 'events.expire-archived',
  async run(ctx, name) {
    const archive = await ctx.store.table(archives).get(name)
    if (!archive || archive.retentionDays === 0) return
    const oldest = new Date(ctx.now.getTime() - archive.retentionDays * dayMs).toISOString()
    const table = ctx.store.table(archivedEvents)
    const rows = await table.list({ prefix: `${archive.id}|`, limit: pageSize })
    const expired = rows.filter(({ value }) => value.archivedAt <= oldest)
    for (const { key } of expired) table.delete(key)
    const again = expired.length === pageSize ? 1000 : dayMs
    ctx.schedule.at(expireEventsJob, name, new Date(ctx.now.getTime() + again))
  },
}

/** Takes everything out of an archive that was deleted. */
export const emptyArchiveJob: Job = {
  name: 'events.empty-archive',
  async run(ctx, id) {
    const table = ctx.store.table(archivedEvents)
    const rows = await table.list({ prefix: `${id}|`, limit: pageSize })
    for (const { key } of rows) table.delete(key)
    if (rows.length === pageSize) ctx.schedule.at(emptyArchiveJob, id, ctx.now)
  },
}

/** When an archive's events are looked at next for their age. */
export function scheduleExpiry(ctx: Context, { name, retentionDays }: ArchiveRow): void {
  if (retentionDays === 0) ctx.schedule.cancel(expireEventsJob, name)
  else ctx.schedule.at(expireEventsJob, name, new Date(ctx.now.getTime() + dayMs))
}
