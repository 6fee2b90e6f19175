import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { addTo, ageOf, metricKey, metricPoints, metrics, rowSpanMs } from './metric-store.ts'
import type { PointsRow, Resolution } from './metric-store.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const rowsAtATime = 200

/** How long data of each resolution is kept, and what it is then merged into (CloudWatch's own figures). */
const stages: readonly { resolution: Resolution; keepMs: number; into?: Resolution }[] = [
  { resolution: 1, keepMs: 3 * hourMs },
  { resolution: 60, keepMs: 15 * dayMs, into: 300 },
  { resolution: 300, keepMs: 63 * dayMs, into: 3600 },
  { resolution: 3600, keepMs: 455 * dayMs },
]

/** Merges ageing data into coarser periods and drops what is too old, once a day while there is any. */
export const rollupJob: Job = {
  name: 'cloudwatch.rollup',
  async run(ctx, subject) {
    let isMore = false
    for (const { resolution, keepMs, into } of stages) {
      const before = ctx.now.getTime() - keepMs - rowSpanMs[resolution]
      const rows = await ctx.store.table(metricPoints).list({
        index: 'age',
        from: `${resolution}|`,
        upTo: ageOf(resolution, before),
        limit: rowsAtATime,
      })
      for (const { key, value } of rows) {
        if (into) await moveInto(ctx, value, into)
        ctx.store.table(metricPoints).delete(key)
      }
      isMore ||= rows.length === rowsAtATime
    }
    if (isMore) return ctx.schedule.at(rollupJob, subject, ctx.now)
    await forgetMetrics(ctx)
    const [any] = await ctx.store.table(metrics).list({ limit: 1 })
    if (any) ctx.schedule.at(rollupJob, subject, new Date(ctx.now.getTime() + dayMs))
  },
}

async function moveInto(ctx: Context, row: PointsRow, into: Resolution): Promise<void> {
  for (const { at, ...point } of row.points) {
    const timeMs = row.startMs + at * row.resolution * 1000
    await addTo(ctx, row.metricId, into, { timeMs, ...point })
  }
}

/** Metrics whose last data is gone are no more. */
async function forgetMetrics(ctx: Context): Promise<void> {
  const view = ctx.store.table(metrics)
  const oldestMs = ctx.now.getTime() - 456 * dayMs
  for (const { value } of await view.list()) {
    if (value.lastSeenMs < oldestMs) view.delete(metricKey(value))
  }
}

/** Sees to it that data of a place is rolled up; cheap to call again. */
export async function scheduleRollup(ctx: Context, scheduled: Set<string>): Promise<void> {
  const place = `${ctx.account}/${ctx.region}`
  if (scheduled.has(place)) return
  ctx.schedule.at(rollupJob, 'place', new Date(ctx.now.getTime() + dayMs))
  ctx.afterCommit(() => scheduled.add(place))
}
