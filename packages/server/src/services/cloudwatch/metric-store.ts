import { hash } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { defineTable } from '../../kernel/store/store.ts'
import { merge } from './statistics.ts'
import type { Summary } from './statistics.ts'

/** A dimension of a metric. */
export interface MetricDimension {
  readonly name: string
  readonly value: string
}

/** What a metric is: its namespace, name and dimensions together. */
export interface MetricIdentity {
  readonly namespace: string
  readonly name: string
  /** By name. */
  readonly dimensions: readonly MetricDimension[]
}

/** A metric that has data. */
export interface MetricRow extends MetricIdentity {
  /** When it was last published to, to within ten minutes; epoch milliseconds. */
  readonly lastSeenMs: number
}

const separator = '\u0001'

/** The metrics of an account and Region, by namespace, name and id. */
export const metrics = defineTable<MetricRow>({ name: 'cloudwatch.metrics', scope: 'region' })

/** A metric's data in a period: where in its row, in which unit, and what is known of it. */
export interface Point extends Summary {
  /** The period's number within the row. */
  readonly at: number
  readonly unit: string
}

/** Data of one metric at one resolution over a stretch of time. */
export interface PointsRow {
  readonly metricId: string
  readonly resolution: Resolution
  readonly startMs: number
  readonly points: readonly Point[]
}

/** How many seconds a stored period lasts. */
export type Resolution = 1 | 60 | 300 | 3600

/** The data, by `<metric id>|<resolution>|<start>`. */
export const metricPoints = defineTable<PointsRow>({
  name: 'cloudwatch.points',
  scope: 'region',
  indexes: { age: (row) => ageOf(row.resolution, row.startMs) },
})

const minuteMs = 60_000
const seenEveryMs = 10 * minuteMs

/** How long a row of each resolution is, in milliseconds. */
export const rowSpanMs: Readonly<Record<Resolution, number>> = {
  1: minuteMs,
  60: 10 * minuteMs,
  300: 240 * minuteMs,
  3600: 2880 * minuteMs,
}

/** The index value of a row by its age. */
export function ageOf(resolution: Resolution, startMs: number): string {
  return `${resolution}|${sortable(startMs)}`
}

function sortable(ms: number): string {
  return String(Math.max(0, Math.trunc(ms))).padStart(14, '0')
}

/** Dimensions in the order that makes equal sets equal. */
export function sortedDimensions(dimensions: readonly MetricDimension[]): MetricDimension[] {
  return dimensions.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** A metric's id, under which its data is kept. */
export function metricId({ namespace, name, dimensions }: MetricIdentity): string {
  const parts = [namespace, name, ...dimensions.flatMap((each) => [each.name, each.value])]
  return hash('sha256', JSON.stringify(parts)).slice(0, 32)
}

/** The key of a metric's row. */
export function metricKey(metric: MetricIdentity): string {
  return [metric.namespace, metric.name, metricId(metric)].join(separator)
}

/** What the keys of the metrics of a namespace, or of a name in it, begin with. */
export function metricPrefix(namespace: string, name?: string): string {
  return name === undefined
    ? `${namespace}${separator}`
    : `${namespace}${separator}${name}${separator}`
}

/** New data of a metric. */
export interface NewPoint {
  readonly metric: MetricIdentity
  readonly timeMs: number
  readonly unit: string
  readonly summary: Summary
  /** Kept by the second too, for some hours. */
  readonly isHighResolution: boolean
}

function rowKey(id: string, resolution: Resolution, startMs: number): string {
  return `${id}|${resolution}|${sortable(startMs)}`
}

/** Adds data to the metrics that it belongs to; returns the ids of those metrics. */
export async function addPoints(ctx: Context, added: readonly NewPoint[]): Promise<string[]> {
  const seen = new Map<string, MetricIdentity>()
  for (const point of added) {
    const id = metricId(point.metric)
    seen.set(id, point.metric)
    const stored = { timeMs: point.timeMs, unit: point.unit, ...point.summary }
    await addTo(ctx, id, 60, stored)
    if (point.isHighResolution) await addTo(ctx, id, 1, stored)
  }
  for (const metric of seen.values()) await noteSeen(ctx, metric)
  return [...seen.keys()]
}

/** Merges a summary into the row that its time and resolution belong to. */
export async function addTo(
  ctx: Context,
  id: string,
  resolution: Resolution,
  { timeMs, unit, ...summary }: Summary & { readonly timeMs: number; readonly unit: string },
): Promise<void> {
  const spanMs = rowSpanMs[resolution]
  const startMs = Math.floor(timeMs / spanMs) * spanMs
  const at = Math.floor((timeMs - startMs) / (resolution * 1000))
  const view = ctx.store.table(metricPoints)
  const key = rowKey(id, resolution, startMs)
  const row = await view.get(key)
  const points = row?.points ?? []
  const index = points.findIndex((point) => point.at === at && point.unit === unit)
  const known = points[index]
  const next = known
    ? points.with(index, { at, unit, ...merge(known, summary) })
    : [...points, { at, unit, ...summary }]
  view.put(key, { metricId: id, resolution, startMs, points: next })
}

async function noteSeen(ctx: Context, metric: MetricIdentity): Promise<void> {
  const view = ctx.store.table(metrics)
  const key = metricKey(metric)
  const row = await view.get(key)
  const nowMs = ctx.now.getTime()
  if (row && nowMs - row.lastSeenMs < seenEveryMs) return
  const { namespace, name, dimensions } = metric
  view.put(key, { namespace, name, dimensions, lastSeenMs: nowMs })
}

/** Data of a metric as it is read: the start of its stored period in epoch milliseconds. */
export interface ReadPoint extends Summary {
  readonly timeMs: number
  readonly unit: string
}

/** A metric's data in [fromMs, toMs), at the finest resolution that is kept; by the second when asked. */
export async function readPoints(
  ctx: Context,
  id: string,
  range: { readonly fromMs: number; readonly toMs: number; readonly bySecond: boolean },
): Promise<readonly ReadPoint[]> {
  if (range.bySecond) {
    const fine = await readResolution(ctx, id, 1, range)
    if (fine.length > 0) return fine
  }
  const found: ReadPoint[] = []
  for (const resolution of [60, 300, 3600] as const) {
    found.push(...(await readResolution(ctx, id, resolution, range)))
  }
  return found
}

async function readResolution(
  ctx: Context,
  id: string,
  resolution: Resolution,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadPoint[]> {
  const prefix = `${id}|${resolution}|`
  const view = ctx.store.table(metricPoints)
  const found: ReadPoint[] = []
  let after = `${prefix}${sortable(fromMs - rowSpanMs[resolution])}`
  for (;;) {
    const rows = await view.list({ prefix, after, limit: 500 })
    for (const { key, value } of rows) {
      if (value.startMs >= toMs) return found
      after = key
      for (const { at, ...point } of value.points) {
        const timeMs = value.startMs + at * resolution * 1000
        if (timeMs >= fromMs && timeMs < toMs) found.push({ timeMs, ...point })
      }
    }
    if (rows.length < 500) return found
  }
}
