import { PutMetricData$ } from '@aws-sdk/client-cloudwatch'
import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch'
import { defineRuntime } from '../../kernel/runtime.ts'
import { operation } from '../../kernel/service.ts'
import type { MetricSink } from '../../kernel/service-metrics.ts'
import { wakeAlarms } from './alarm-waking.ts'
import { invalidCombination, invalidValue, missing } from './errors.ts'
import { addPoints, sortedDimensions } from './metric-store.ts'
import type { NewPoint } from './metric-store.ts'
import { scheduleRollup } from './rollup.ts'
import { statisticSet, summaryOf } from './statistics.ts'
import type { Summary } from './statistics.ts'

const largest = 2 ** 360
const maxMetrics = 1000
const maxValues = 150
const hourMs = 3_600_000
const oldestMs = 14 * 24 * hourMs
const newestMs = 2 * hourMs

const rolledUp = defineRuntime('cloudwatch.rolled-up', () => new Set<string>())

function checkNumber(value: number | undefined, parameter: string): void {
  if (value === undefined || (Number.isFinite(value) && Math.abs(value) <= largest)) return
  throw invalidValue(`The value ${value} for parameter ${parameter} is invalid.`)
}

/** The rules of a datum beyond its model
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html). */
function checkDatum(datum: MetricDatum, member: string): void {
  const { Value, Values, Counts, StatisticValues, Dimensions, StorageResolution } = datum
  const given = { Value, Values, StatisticValues }
  const names = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  )
  if (names.length > 1) {
    throw invalidCombination(
      `The parameters ${member}.${names[0]} and ${member}.${names[1]} are mutually exclusive and you have specified both.`,
    )
  }
  if (names.length === 0) {
    throw missing(
      `At least one of the parameters ${member}.Value, ${member}.Values and ${member}.StatisticValues must be specified.`,
    )
  }
  checkNumber(Value, `${member}.Value`)
  for (const value of Values ?? []) checkNumber(value, `${member}.Values`)
  for (const count of Counts ?? []) checkNumber(count, `${member}.Counts`)
  for (const [name, value] of Object.entries(StatisticValues ?? {})) {
    checkNumber(value, `${member}.StatisticValues.${name}`)
  }
  if (Counts && Counts.length !== Values?.length) {
    throw invalidValue(
      `The parameters ${member}.Values and ${member}.Counts must be of the same size.`,
    )
  }
  if (Values && Values.length > maxValues) {
    throw invalidValue(`The collection ${member}.Values must not have a size greater than 150.`)
  }
  if (StorageResolution !== undefined && StorageResolution !== 1 && StorageResolution !== 60) {
    throw invalidValue(
      `The value ${StorageResolution} for parameter ${member}.StorageResolution is not supported. Supported values are 1 and 60.`,
    )
  }
  const dimensions = new Set((Dimensions ?? []).map(({ Name }) => Name))
  if (dimensions.size < (Dimensions?.length ?? 0)) {
    throw invalidValue(`No duplicate dimension names are allowed in ${member}.Dimensions.`)
  }
}

function allData(input: PutMetricDataInput): MetricDatum[] {
  const ofEntities = (input.EntityMetricData ?? []).flatMap(({ MetricData }) => MetricData ?? [])
  return [...(input.MetricData ?? []), ...ofEntities]
}

function checkData(input: PutMetricDataInput): void {
  const data = allData(input)
  if (data.length === 0) throw missing('The parameter MetricData is required.')
  if (data.length > maxMetrics) {
    throw invalidValue('The collection MetricData must not have a size greater than 1000.')
  }
  data.forEach((datum, index) => checkDatum(datum, `MetricData.member.${index + 1}`))
}

function summarized({ Value, Values, Counts, StatisticValues: set }: MetricDatum): Summary {
  if (set) {
    const { SampleCount: count = 0, Sum: sum = 0, Minimum: min = 0, Maximum: max = 0 } = set
    return statisticSet({ count, sum, min, max })
  }
  if (Value !== undefined) return summaryOf([[Value, 1]])
  return summaryOf((Values ?? []).map((value, index) => [value, Counts?.[index] ?? 1] as const))
}

function pointOf(namespace: string, datum: MetricDatum, now: Date, member: string): NewPoint {
  const timeMs = (datum.Timestamp ?? now).getTime()
  const ageMs = now.getTime() - timeMs
  if (ageMs > oldestMs || ageMs < -newestMs) {
    throw invalidValue(
      `The value ${datum.Timestamp?.toISOString()} for parameter ${member}.Timestamp is not valid: it must be within the past two weeks, and no more than two hours in the future.`,
    )
  }
  const dimensions = (datum.Dimensions ?? []).map(({ Name = '', Value = '' }) => ({
    name: Name,
    value: Value,
  }))
  return {
    metric: { namespace, name: datum.MetricName ?? '', dimensions: sortedDimensions(dimensions) },
    timeMs,
    unit: datum.Unit ?? 'None',
    summary: summarized(datum),
    isHighResolution: datum.StorageResolution === 1,
  }
}

/** PutMetricData: what is acknowledged is durable and at once there to be read. */
export const PutMetricData = operation<PutMetricDataInput, object>(PutMetricData$, {
  unrecorded: true,
  check: checkData,
  // AWS services publish about themselves without anybody's permission.
  access: (input, ctx) =>
    ctx.principal.kind === 'service'
      ? 'authenticated'
      : { resource: '*', conditions: { 'cloudwatch:namespace': input.Namespace } },
  async handle(input, ctx) {
    const namespace = input.Namespace ?? ''
    if (namespace.startsWith('AWS/') && ctx.principal.kind !== 'service') {
      throw invalidValue('The value AWS/ for parameter Namespace is invalid.')
    }
    const points = allData(input).map((datum, index) =>
      pointOf(namespace, datum, ctx.now, `MetricData.member.${index + 1}`),
    )
    await wakeAlarms(ctx, await addPoints(ctx, points))
    await scheduleRollup(ctx, ctx.runtime(rolledUp))
    return {}
  },
})

/** Takes what the services of this server publish about themselves. */
export const metricSink: MetricSink = {
  async onMetrics(minutes, ctx) {
    const points = minutes.map(({ namespace, name, unit, dimensions, minute, values }) => ({
      metric: {
        namespace,
        name,
        dimensions: sortedDimensions(
          Object.entries(dimensions).map(([dimension, value]) => ({ name: dimension, value })),
        ),
      },
      timeMs: Date.parse(minute),
      unit,
      summary: summaryOf(values.map((value) => [value, 1] as const)),
      isHighResolution: false,
    }))
    await wakeAlarms(ctx, await addPoints(ctx, points))
    await scheduleRollup(ctx, ctx.runtime(rolledUp))
  },
}
