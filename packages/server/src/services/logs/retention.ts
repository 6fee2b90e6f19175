import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { streamKey } from './access.ts'
import { batches, logGroups, logStreams, sortable } from './store.ts'
import type { LogGroupRow } from './store.ts'

const dayMs = 86_400_000
const batchesAtATime = 500
const measureEveryMs = 15 * 60_000

/** The time before which a group's events have expired; 0 when they never do. */
export function expiredBefore(group: LogGroupRow, now: Date): number {
  return group.retentionDays === undefined ? 0 : now.getTime() - group.retentionDays * dayMs
}

/** Erases expired events of a group, and comes again when the next one expires. */
export const expireJob: Job = {
  name: 'logs.expire',
  async run(ctx, name) {
    const group = await ctx.store.table(logGroups).get(name)
    if (group?.retentionDays === undefined) return
    const upTo = `${group.id}|${sortable(expiredBefore(group, ctx.now))}`
    const events = ctx.store.table(batches)
    const rows = await events.list({
      index: 'end',
      from: `${group.id}|`,
      upTo,
      limit: batchesAtATime,
    })
    const freed = new Map<string, number>()
    for (const { key, value } of rows) {
      events.delete(key)
      freed.set(value.streamName, (freed.get(value.streamName) ?? 0) + value.bytes)
    }
    for (const [stream, bytes] of freed) await takeAway(ctx, group, stream, bytes)
    await scheduleExpiry(ctx, group)
  },
}

async function takeAway(ctx: Context, group: LogGroupRow, name: string, bytes: number) {
  const streams = ctx.store.table(logStreams)
  const key = streamKey(group.id, name)
  const stream = await streams.get(key)
  if (stream) streams.put(key, { ...stream, bytes: Math.max(0, stream.bytes - bytes) })
}

/** Sees to it that expired events go when their time comes, or stay where there is no retention. */
export async function scheduleExpiry(ctx: Context, group: LogGroupRow): Promise<void> {
  if (group.retentionDays === undefined) return ctx.schedule.cancel(expireJob, group.name)
  const range = { index: 'end', from: `${group.id}|`, upTo: `${group.id}|~`, limit: 1 }
  const [oldest] = await ctx.store.table(batches).list(range)
  const lastMs = oldest?.value.lastMs ?? ctx.now.getTime()
  const due = Math.max(lastMs + 1 + group.retentionDays * dayMs, ctx.now.getTime() + 1)
  ctx.schedule.at(expireJob, group.name, new Date(due))
}

/** Sums up the stored bytes of a group. */
export const measureJob: Job = {
  name: 'logs.measure',
  async run(ctx, name) {
    const group = await ctx.store.table(logGroups).get(name)
    if (!group) return
    const streams = await ctx.store.table(logStreams).list({ prefix: `${group.id}|` })
    const storedBytes = streams.reduce((sum, { value }) => sum + value.bytes, 0)
    if (storedBytes === group.storedBytes) return
    ctx.store.table(logGroups).put(name, { ...group, storedBytes })
  },
}

/** Has a group measured a quarter of an hour after events came in, at the earliest. */
export function scheduleMeasure(ctx: Context, group: LogGroupRow, due: Map<string, number>): void {
  const nowMs = ctx.now.getTime()
  if ((due.get(group.id) ?? 0) > nowMs) return
  const next = nowMs + measureEveryMs
  ctx.schedule.at(measureJob, group.name, new Date(next))
  ctx.afterCommit(() => due.set(group.id, next))
}
