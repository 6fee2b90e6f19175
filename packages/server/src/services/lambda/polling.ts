import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { QueuePollers } from './queue-pollers.ts'
import { eventSourceMappings, type EventSourceMappingRow } from './store.ts'

/** The server's pollers. */
const queuePollers = defineRuntime(
  'lambda.pollers',
  (host) => new QueuePollers(host),
  (pollers) => pollers.stop(),
)

/** How often it is made sure that a mapping is polled, in milliseconds: a server may have gone with its pollers. */
const watchMs = 60_000

/** Makes sure that a mapping is polled, here and now, and again in a minute. */
export const watchJob: Job = {
  name: 'lambda.watch',
  async run(ctx, uuid) {
    const row = await ctx.store.table(eventSourceMappings).get(uuid)
    if (!row?.enabled) return
    const pollers = ctx.runtime(queuePollers)
    ctx.afterCommit(() => pollers.poll(row))
    // By the clock and not by the due time, which may lie far back: one run makes up for all that were missed.
    ctx.schedule.at(watchJob, uuid, new Date(pollers.now().getTime() + watchMs))
  },
}

/** Begins to poll a mapping's queue once the call has committed. */
export function startPolling(ctx: Context, row: EventSourceMappingRow): void {
  const pollers = ctx.runtime(queuePollers)
  ctx.schedule.at(watchJob, row.uuid, new Date(ctx.now.getTime() + watchMs))
  ctx.afterCommit(() => pollers.poll(row))
}

/** Ends polling a mapping's queue once the call has committed; what is under way is finished. */
export function stopPolling(ctx: Context, row: EventSourceMappingRow): void {
  const pollers = ctx.runtime(queuePollers)
  ctx.schedule.cancel(watchJob, row.uuid)
  ctx.afterCommit(() => pollers.leave(row.uuid))
}
