import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { alarmInterest, alarms } from './alarm-store.ts'
import type { MetricAlarmRow } from './alarm-store.ts'

const minuteMs = 60_000

/** When alarms are to be evaluated next, so that data does not schedule it over and over. */
const awake = defineRuntime('cloudwatch.awake', () => new Map<string, number>())

/** The job that evaluates an alarm, by name: the evaluator itself lives where alarms change state. */
export const evaluateJobName = { name: 'cloudwatch.evaluate' }

/** How often an alarm is evaluated while its metrics have data: every minute, long periods more seldom. */
export function evaluationStepMs({ queries }: Pick<MetricAlarmRow, 'queries'>): number {
  const periodMs = periodMsOf({ queries })
  if (periodMs < minuteMs) return 10_000
  return Math.max(minuteMs, Math.floor(periodMs / 5 / minuteMs) * minuteMs)
}

/** The period of an alarm, in milliseconds. */
export function periodMsOf({ queries }: Pick<MetricAlarmRow, 'queries'>): number {
  const periods = queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0)
  return (Math.max(...periods) || 60) * 1000
}

/** Has an alarm evaluated at the next full step. */
export function scheduleEvaluation(ctx: Context, alarm: MetricAlarmRow): void {
  const stepMs = Math.min(evaluationStepMs(alarm), minuteMs)
  const dueMs = (Math.floor(ctx.now.getTime() / stepMs) + 1) * stepMs
  scheduleAt(ctx, alarm.name, dueMs)
}

/** Has an alarm evaluated at a time in epoch milliseconds. */
export function scheduleAt(ctx: Context, name: string, dueMs: number): void {
  ctx.schedule.at(evaluateJobName, name, new Date(dueMs))
  const due = ctx.runtime(awake)
  const id = `${ctx.account}/${ctx.region}/${name}`
  ctx.afterCommit(() => due.set(id, dueMs))
}

/** New data of these metrics has come: the alarms that watch them look at it. */
export async function wakeAlarms(ctx: Context, metricIds: readonly string[]): Promise<void> {
  const interest = await ctx.store.table(alarmInterest).get('default')
  if (!interest || interest.alarms === 0) return
  const due = ctx.runtime(awake)
  for (const equals of metricIds) {
    for (const { value } of await ctx.store.table(alarms).list({ index: 'metric', equals })) {
      const dueMs = due.get(`${ctx.account}/${ctx.region}/${value.name}`) ?? 0
      if (value.type === 'MetricAlarm' && dueMs <= ctx.now.getTime()) scheduleEvaluation(ctx, value)
    }
  }
}
