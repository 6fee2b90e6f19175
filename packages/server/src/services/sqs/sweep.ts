import type { Context, Tables } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import type { Table } from '../../kernel/store/store.ts'
import type { Task } from '../../kernel/tasks.ts'
import { settingsOf } from './attributes.ts'
import { settleGroup } from './groups.ts'
import { attempts, deduplications, groups, messages, queues } from './store.ts'
import type { QueueRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** How many rows one unit of work clears away. */
const stepRows = 500
const fifoSweepMs = 600_000

async function erase<T extends object>(
  tables: Tables,
  table: Table<T>,
  prefix: string,
): Promise<number> {
  const view = tables.table(table)
  const rows = await view.list({ prefix, limit: stepRows })
  for (const { key } of rows) view.delete(key)
  return rows.length
}

/** Clears away what a deleted or purged queue held, a step at a time. */
export const eraseTask: Task<{ readonly generation: string }> = {
  name: 'sqs.erase',
  async run(ctx, { generation }) {
    const prefix = `${generation}/`
    const counts = [
      await erase(ctx.store, messages, prefix),
      await erase(ctx.store, groups, prefix),
      await erase(ctx.store, deduplications, prefix),
      await erase(ctx.store, attempts, prefix),
    ]
    return counts.includes(stepRows) ? { retryAt: ctx.now } : undefined
  },
}

/** Deletes messages older than the queue keeps them; tells how many rows it saw. */
async function expireMessages(
  tables: Tables,
  queue: QueueRow,
  now: number,
): Promise<{ readonly oldest: number | undefined; readonly isMore: boolean }> {
  const { retentionMs, isFifo } = settingsOf(queue)
  const view = tables.table(messages)
  const rows = await view.list({ prefix: `${queue.generation}/`, limit: stepRows })
  const expired = rows.filter(({ value }) => value.sentAt + retentionMs <= now)
  for (const { key } of expired) view.delete(key)
  const touched = new Map(expired.map(({ value }) => [value.groupId, value]))
  if (isFifo) for (const row of touched.values()) await settleGroup(tables, row, now)
  const rest = rows.filter((row) => !expired.includes(row))
  const [oldest] = rest.map(({ value }) => value.sentAt).sort((a, b) => a - b)
  return { oldest, isMore: expired.length === stepRows }
}

async function expireMarks<T extends { readonly until: number }>(
  tables: Tables,
  table: Table<T>,
  { generation }: QueueRow,
  now: number,
): Promise<number> {
  const view = tables.table(table)
  const rows = await view.list({ prefix: `${generation}/`, limit: stepRows })
  const old = rows.filter(({ value }) => value.until <= now)
  for (const { key } of old) view.delete(key)
  return rows.length
}

/** Deletes what a queue has kept for long enough, and comes again while there is more. */
export const sweepJob: Job = {
  name: 'sqs.sweep',
  async run(ctx, subject) {
    const [name = '', generation] = subject.split('/')
    const queue = await ctx.store.table(queues).get(name)
    if (!queue || queue.generation !== generation) return
    const now = ctx.now.getTime()
    const { oldest, isMore } = await expireMessages(ctx.store, queue, now)
    const marks =
      (await expireMarks(ctx.store, deduplications, queue, now)) +
      (await expireMarks(ctx.store, attempts, queue, now))
    if (isMore) scheduleSweep(ctx, queue, now + 1)
    else if (marks > 0) scheduleSweep(ctx, queue, now + fifoSweepMs)
    else if (oldest !== undefined) {
      scheduleSweep(ctx, queue, Math.max(oldest + settingsOf(queue).retentionMs, now) + 1000)
    }
  },
}

function scheduleSweep(ctx: Context, queue: QueueRow, due: number): void {
  const { account, name, generation } = queue
  ctx.schedule.at(sweepJob, `${name}/${generation}`, new Date(due), { account })
  ctx.afterCommit(() => ctx.runtime(waitingRoom).sweepAt(generation, due))
}

/** Sees to it that what is put into a queue now is cleared away one day. */
export function ensureSweep(ctx: Context, queue: QueueRow): void {
  const room = ctx.runtime(waitingRoom)
  if (room.isSwept(queue.generation)) return
  const { isFifo, retentionMs } = settingsOf(queue)
  scheduleSweep(ctx, queue, room.now() + (isFifo ? fifoSweepMs : retentionMs + 1000))
}
