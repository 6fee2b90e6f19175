import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { AwsError } from '../../kernel/errors.ts'
import { evaluateAlarm, extraPeriods } from './alarm-evaluation.ts'
import type { AlarmCondition, Verdict } from './alarm-evaluation.ts'
import { changeState } from './alarm-states.ts'
import { alarms } from './alarm-store.ts'
import type { MetricAlarmRow } from './alarm-store.ts'
import { evaluateJobName, evaluationStepMs, periodMsOf, scheduleAt } from './alarm-waking.ts'
import { evaluateQueries } from './queries.ts'

/** Evaluates an alarm, and again as long as its metrics have data that can still change its state. */
export const evaluateJob: Job = {
  ...evaluateJobName,
  async run(ctx, name) {
    const alarm = await ctx.store.table(alarms).get(name)
    if (alarm?.type !== 'MetricAlarm') return
    const values = await recentValues(ctx, alarm)
    const verdict = evaluateAlarm(
      conditionOf(alarm),
      values.map((point) => point.value),
    )
    if (verdict.state !== undefined && verdict.state !== alarm.state.value) {
      await changeState(ctx, alarm, {
        value: verdict.state,
        reason: reasonOf(alarm, verdict, values),
        reasonData: reasonDataOf(ctx, alarm, verdict, values),
      })
    }
    const mayChange = values.some(({ value }) => value !== undefined)
    if (mayChange) scheduleAt(ctx, name, ctx.now.getTime() + evaluationStepMs(alarm))
  },
}

interface RecentValue {
  readonly timeMs: number
  readonly value: number | undefined
}

/** What an alarm goes by. */
function conditionOf(alarm: MetricAlarmRow): AlarmCondition {
  return {
    comparison: alarm.comparison,
    threshold: alarm.threshold,
    evaluationPeriods: alarm.evaluationPeriods,
    datapointsToAlarm: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
    missingData: alarm.missingData ?? 'missing',
  }
}

/** The values of the alarm's last periods, newest first. */
async function recentValues(ctx: Context, alarm: MetricAlarmRow): Promise<readonly RecentValue[]> {
  const periodMs = periodMsOf(alarm)
  const count = alarm.evaluationPeriods + extraPeriods
  const endMs = ctx.now.getTime()
  const startMs = endMs - count * periodMs
  const range = { startMs, endMs, isSliding: true } as const
  const points = await evaluateQueries(ctx, alarm.queries, range)
    .then((results) => {
      const shown = results.find(({ query }) => query.ReturnData !== false)?.value
      return shown?.kind === 'series' ? shown.points : new Map<number, number>()
    })
    .catch((error: unknown) => {
      // An expression that cannot be computed has no data.
      if (error instanceof AwsError) return new Map<number, number>()
      throw error
    })
  return Array.from({ length: count }, (_, index) => {
    const timeMs = endMs - (index + 1) * periodMs
    return { timeMs, value: points.get(timeMs) }
  })
}

const words: Readonly<Record<MetricAlarmRow['comparison'], string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
}

/** The reason in CloudWatch's words. */
function reasonOf(
  alarm: MetricAlarmRow,
  { state, breaching }: Verdict,
  values: readonly RecentValue[],
): string {
  const known = values.filter(({ value }) => value !== undefined).slice(0, alarm.evaluationPeriods)
  const threshold = decimal(alarm.threshold)
  const needed = alarm.datapointsToAlarm ?? alarm.evaluationPeriods
  const total = alarm.evaluationPeriods
  if (known.length === 0) {
    if (state === 'INSUFFICIENT_DATA') {
      return `Insufficient Data: ${total} datapoint${total === 1 ? ' was' : 's were'} unknown.`
    }
    const treated = alarm.missingData === 'breaching' ? '[Breaching]' : '[NonBreaching]'
    return `Threshold Crossed: no datapoints were received for ${total} period${total === 1 ? '' : 's'} and ${total} missing datapoint${total === 1 ? ' was' : 's were'} treated as ${treated}.`
  }
  const isAlarm = state === 'ALARM'
  const chosen = known.slice(0, 5)
  const list = chosen
    .map(({ value, timeMs }) => `${decimal(value ?? 0)} (${shortTime(timeMs)})`)
    .join(', ')
  const count = isAlarm ? breaching : known.length - breaching
  const verb = `${count === 1 ? 'was' : 'were'}${isAlarm ? '' : ' not'}`
  return `Threshold Crossed: ${count} out of the last ${total} datapoint${total === 1 ? '' : 's'} [${list}] ${verb} ${words[alarm.comparison]} the threshold (${threshold}) (minimum ${needed} datapoint${needed === 1 ? '' : 's'} for ${isAlarm ? 'OK -> ALARM' : 'ALARM -> OK'} transition).`
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

/** `18/11/22 00:00:00`. */
function shortTime(ms: number): string {
  const text = new Date(ms).toISOString()
  return `${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(2, 4)} ${text.slice(11, 19)}`
}

function reasonDataOf(
  ctx: Context,
  alarm: MetricAlarmRow,
  { recent }: Verdict,
  values: readonly RecentValue[],
): string {
  const known = values.filter(({ value }) => value !== undefined).slice(0, alarm.evaluationPeriods)
  const awsTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000')
  const stat = alarm.isMath ? undefined : alarm.queries[0]?.MetricStat
  return JSON.stringify({
    version: '1.0',
    queryDate: awsTime(ctx.now.getTime()),
    ...(known.length > 0 && { startDate: awsTime(known.at(-1)?.timeMs ?? 0) }),
    ...(stat && { statistic: stat.Stat, period: stat.Period }),
    ...(stat?.Unit !== undefined && { unit: stat.Unit }),
    recentDatapoints: recent.toReversed(),
    threshold: alarm.threshold,
    evaluatedDatapoints: known.map(({ timeMs, value }) => ({ timestamp: awsTime(timeMs), value })),
  })
}
