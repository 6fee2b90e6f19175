import type { MetricTransformation } from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import type { Task } from '../../kernel/tasks.ts'
import { seekGroup } from './access.ts'
import { groupArn } from './arns.ts'
import { eventsOfBatch } from './event-reader.ts'
import type { LogEvent } from './event-reader.ts'
import type { Extract } from './filter-pattern/pattern.ts'
import { patternOf } from './patterns.ts'
import { metricFilters } from './store.ts'
import type { MetricFilterRow } from './store.ts'

/** Batches that have come in, by the group's name and their `order`. */
export interface IncomingBatches {
  readonly group: string
  readonly orders: readonly string[]
}

interface Datum {
  readonly namespace: string
  readonly name: string
  readonly unit: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly minuteMs: number
  readonly values: number[]
}

const minuteMs = 60_000
const valuesPerDatum = 150
const dataPerCall = 100

/** Publishes what the metric filters of a group find in batches, at the events' own minutes. */
export const meterTask: Task<IncomingBatches> = {
  name: 'logs.meter',
  async run(ctx, { group: name, orders }) {
    const group = await seekGroup(ctx, name)
    if (!group) return undefined
    const filters = await ctx.store.table(metricFilters).list({ prefix: `${name}|` })
    const data = new Map<string, Datum>()
    for (const order of orders) {
      const events = await eventsOfBatch(ctx, group, order)
      for (const { value } of filters) gather(data, value, events)
    }
    await publish(ctx, name, [...data.values()])
    return undefined
  },
}

function gather(
  data: Map<string, Datum>,
  filter: MetricFilterRow,
  events: readonly LogEvent[],
): void {
  const pattern = patternOf(filter.pattern)
  const unmatched = new Set<number>()
  const matched = new Set<number>()
  for (const event of events) {
    const minute = Math.floor(event.timeMs / minuteMs) * minuteMs
    const extract = pattern.match(event.message)
    if (!extract) {
      unmatched.add(minute)
      continue
    }
    matched.add(minute)
    for (const transformation of filter.transformations) {
      const value = valueOf(transformation, extract)
      const dimensions = dimensionsOf(transformation, extract)
      if (value !== undefined && dimensions)
        add(data, transformation, { minute, dimensions, value })
    }
  }
  for (const minute of unmatched) {
    for (const transformation of matched.has(minute) ? [] : filter.transformations) {
      const { defaultValue: value } = transformation
      if (value !== undefined) add(data, transformation, { minute, dimensions: {}, value })
    }
  }
}

function add(
  data: Map<string, Datum>,
  { metricNamespace: namespace = '', metricName: name = '', unit = 'None' }: MetricTransformation,
  point: { minute: number; dimensions: Readonly<Record<string, string>>; value: number },
): void {
  const { minute, dimensions, value } = point
  const key = JSON.stringify([namespace, name, unit, dimensions, minute])
  const known = data.get(key)
  if (known) known.values.push(value)
  else data.set(key, { namespace, name, unit, dimensions, minuteMs: minute, values: [value] })
}

function valueOf({ metricValue = '' }: MetricTransformation, extract: Extract): number | undefined {
  const text = metricValue.startsWith('$') ? extract(metricValue) : metricValue
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** undefined when the event lacks a dimension: it then counts nowhere. */
function dimensionsOf(
  { dimensions = {} }: MetricTransformation,
  extract: Extract,
): Record<string, string> | undefined {
  const values: Record<string, string> = {}
  for (const [name, selector] of Object.entries(dimensions)) {
    const value = extract(selector)
    if (value === undefined || value === '') return undefined
    values[name] = value
  }
  return values
}

async function publish(ctx: Context, group: string, data: readonly Datum[]): Promise<void> {
  const actor = { service: 'logs.amazonaws.com', sourceArn: groupArn(ctx, group) }
  for (const namespace of new Set(data.map((datum) => datum.namespace))) {
    const MetricData = data
      .filter((datum) => datum.namespace === namespace)
      .flatMap((datum) => piecesOf(datum.values).map((Values) => metricDatum(datum, Values)))
    for (let at = 0; at < MetricData.length; at += dataPerCall) {
      await ctx.callAs(actor, 'cloudwatch', 'PutMetricData', {
        Namespace: namespace,
        MetricData: MetricData.slice(at, at + dataPerCall),
      })
    }
  }
}

function piecesOf(values: readonly number[]): number[][] {
  const pieces: number[][] = []
  for (let at = 0; at < values.length; at += valuesPerDatum) {
    pieces.push(values.slice(at, at + valuesPerDatum))
  }
  return pieces
}

function metricDatum({ name, unit, dimensions, minuteMs: at }: Datum, Values: number[]): object {
  return {
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Timestamp: new Date(at),
    Unit: unit,
    Values,
  }
}
