import type { Context, Tables } from '../../kernel/context.ts'
import { readEventJson } from '../../kernel/event-pattern/index.ts'
import type { Job } from '../../kernel/jobs.ts'
import type { Task } from '../../kernel/tasks.ts'
import { loseEvent } from './bus-dead-letter.ts'
import type { Event } from './delivery/delivery.ts'
import { eventKey, openEvent, sealEvent, type EventKey } from './encryption.ts'
import { archivedEvents, archives, buses } from './store.ts'
import type { ArchivedEventRow, ArchiveRow, RuleRow } from './store.ts'

const dayMs = 86_400_000
const pageSize = 500

/** Keeps an event in the archive that a rule feeds, in the unit of work of its cause; soon after where KMS encrypts it. */
export function keepInArchive(
  ctx: Context,
  tables: Tables,
  { archive = '', encryptedArchive, arn }: RuleRow,
  event: Event,
): void {
  if (encryptedArchive === undefined) {
    keep(ctx, tables, archive, { event, text: JSON.stringify(event) })
    return
  }
  const [, , , region = '', account = ''] = arn.split(':')
  const payload = { archive: encryptedArchive, id: archive, event: JSON.stringify(event) }
  ctx.enqueue(archiveTask, payload, { account, region })
}

interface Archiving {
  readonly archive: string
  readonly id: string
  /** JSON. */
  readonly event: string
}

/** Encrypts an event with the key of its archive and keeps it. */
export const archiveTask: Task<Archiving> = {
  name: 'events.archive',
  async run(ctx, { archive: name, id, event: text }) {
    const archive = await ctx.store.table(archives).get(name)
    if (archive?.id !== id) return undefined
    const event = readEventJson(text) as Event
    const identifier = archive.kmsKeyIdentifier
    let key
    try {
      key = identifier === undefined ? undefined : await eventKey(ctx, archive.busArn, identifier)
    } catch (error) {
      const bus = await ctx.store.table(buses).get(archive.bus)
      loseEvent(ctx, bus ?? { arn: archive.busArn }, event, error)
      return undefined
    }
    keep(ctx, ctx.store, id, { event, text, ...(key && { key }) })
    return undefined
  },
}

function keep(
  ctx: Context,
  tables: Tables,
  archiveId: string,
  { event, text, key }: { readonly event: Event; readonly text: string; readonly key?: EventKey },
): void {
  const row: ArchivedEventRow = {
    event: key ? sealEvent(key, text) : text,
    ...(key && { sealing: key.sealing }),
    archivedAt: ctx.now.toISOString(),
    sizeBytes: Buffer.byteLength(text),
  }
  tables.table(archivedEvents).put(`${archiveId}|${event.time}|${event.id}`, row)
}

/** An event of an archive. Throws AwsError when KMS refuses EventBridge its key. */
export async function readArchived(
  ctx: Context,
  { event, sealing }: ArchivedEventRow,
): Promise<Event> {
  return readEventJson(sealing ? await openEvent(ctx, sealing, event) : event) as Event
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
