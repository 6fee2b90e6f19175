import type { Metric, MetricDataQuery, MetricStat } from '@aws-sdk/client-cloudwatch'
import type { Context } from '../../kernel/context.ts'
import { validation } from './errors.ts'
import { isPeriod } from './get-metric-statistics.ts'
import { evaluateExpression } from './metric-math/evaluate.ts'
import type { MathScope } from './metric-math/functions.ts'
import { namesIn, parseExpression, searchesIn } from './metric-math/parse.ts'
import type { Node } from './metric-math/parse.ts'
import { MetricMathError, series } from './metric-math/values.ts'
import type { MathValue, Series } from './metric-math/values.ts'
import { metricId, readPoints, sortedDimensions } from './metric-store.ts'
import type { MetricIdentity } from './metric-store.ts'
import { byPeriod, periodsOf, startsOf } from './periods.ts'
import type { Periods } from './periods.ts'
import { searchMetrics } from './search.ts'
import { statistic } from './statistics.ts'

const idForm = /^[a-z][a-zA-Z0-9_]*$/
const maxQueries = 500

/** The time that queries are about, in epoch milliseconds; the end is exclusive. */
export interface QueryRange {
  readonly startMs: number
  readonly endMs: number
  /** Periods begin at the very start, as alarms have them. */
  readonly isSliding?: true
}

/** The periods of a range. */
export function periodsIn(range: QueryRange, periodMs: number): Periods {
  const { startMs, endMs, isSliding } = range
  return isSliding ? { startMs, endMs, periodMs } : periodsOf(startMs, endMs, periodMs)
}

/** What one query is worth. */
export interface QueryResult {
  readonly query: MetricDataQuery
  readonly value: MathValue
  readonly periodMs: number
}

/** A metric of the API as the store knows it. */
export function identityOf(metric: Metric | undefined): MetricIdentity {
  const dimensions = (metric?.Dimensions ?? []).map(({ Name = '', Value = '' }) => ({
    name: Name,
    value: Value,
  }))
  return {
    namespace: metric?.Namespace ?? '',
    name: metric?.MetricName ?? '',
    dimensions: sortedDimensions(dimensions),
  }
}

/** Parses an expression. Throws ValidationError in the name of its query. */
function parsed(query: MetricDataQuery): Node | undefined {
  if (query.Expression === undefined) return undefined
  try {
    return parseExpression(query.Expression)
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error
    throw validation(`Error in expression '${query.Id}': ${error.message}`)
  }
}

/** Checks queries as CloudWatch does before it computes anything. Throws ValidationError. */
export function checkQueries(queries: readonly MetricDataQuery[]): void {
  if (queries.length === 0 || queries.length > maxQueries) {
    throw validation(
      `The collection MetricDataQueries must have a size between 1 and ${maxQueries}.`,
    )
  }
  const ids = new Set<string>()
  queries.forEach((query, index) => {
    const { Id = '', MetricStat, Expression } = query
    const member = `MetricDataQueries.member.${index + 1}`
    if (!idForm.test(Id)) {
      throw validation(
        `The value ${Id} for parameter ${member}.Id is not matching the expected pattern ${idForm.source}.`,
      )
    }
    if (ids.has(Id)) {
      throw validation(`The values for parameter Id in parameter MetricDataQueries are not unique.`)
    }
    ids.add(Id)
    if ((MetricStat === undefined) === (Expression === undefined)) {
      throw validation(
        `The parameters ${member}.Expression and ${member}.MetricStat are mutually exclusive and exactly one of them is required.`,
      )
    }
    if (MetricStat) checkStat(MetricStat, member)
  })
  for (const query of queries) checkNames(query, ids)
  orderOf(queries)
}

function checkStat({ Stat = '', Period = 0 }: MetricStat, member: string): void {
  if (!statistic(Stat)) {
    throw validation(`The value ${Stat} for parameter ${member}.MetricStat.Stat is not supported.`)
  }
  if (!isPeriod(Period)) {
    throw validation(
      `The value ${Period} for parameter ${member}.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.`,
    )
  }
}

function checkNames(query: MetricDataQuery, ids: ReadonlySet<string>): void {
  const node = parsed(query)
  for (const name of node ? namesIn(node) : []) {
    if (!ids.has(name) && idForm.test(name)) {
      throw validation(
        `Error in expression '${query.Id}': MetricDataQuery with Id '${name}' does not exist.`,
      )
    }
  }
}

/** Queries in an order in which each comes after those that it needs. Throws ValidationError. */
function orderOf(queries: readonly MetricDataQuery[]): MetricDataQuery[] {
  const byId = new Map(queries.map((query) => [query.Id ?? '', query]))
  const done = new Set<string>()
  const ordered: MetricDataQuery[] = []
  const visit = (query: MetricDataQuery, path: readonly string[]): void => {
    const { Id = '' } = query
    if (done.has(Id)) return
    if (path.includes(Id)) throw validation(`Error in expression '${Id}': it refers to itself.`)
    const node = parsed(query)
    for (const name of node ? namesIn(node) : []) {
      const needed = byId.get(name)
      if (needed) visit(needed, [...path, Id])
    }
    done.add(Id)
    ordered.push(query)
  }
  for (const query of queries) visit(query, [])
  return ordered
}

/** Computes queries over a range. Throws ValidationError for what cannot be computed. */
export async function evaluateQueries(
  ctx: Context,
  queries: readonly MetricDataQuery[],
  range: QueryRange,
): Promise<readonly QueryResult[]> {
  const values = new Map<string, { value: MathValue; periodMs: number }>()
  const metrics: { id: string; series: Series }[] = []
  const shared = sharedPeriodMs(queries)
  for (const query of orderOf(queries)) {
    const { Id = '', MetricStat: stat } = query
    if (stat) {
      const value = await readSeries(ctx, stat, range, query.Label ?? stat.Metric?.MetricName ?? Id)
      values.set(Id, { value, periodMs: (stat.Period ?? 60) * 1000 })
      metrics.push({ id: Id, series: value })
      continue
    }
    const node = parsed(query)
    if (!node) continue
    const own = namesIn(node).map((name) => values.get(name)?.periodMs ?? 0)
    const periodMs = query.Period ? query.Period * 1000 : Math.max(...own, 0) || shared
    values.set(Id, {
      value: await compute(ctx, query, node, { values, metrics, range, periodMs }),
      periodMs,
    })
  }
  return queries.map((query) => {
    const { value, periodMs } = values.get(query.Id ?? '') ?? { value: series('', []), periodMs: 0 }
    return { query, value, periodMs }
  })
}

function sharedPeriodMs(queries: readonly MetricDataQuery[]): number {
  const periods = queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0)
  return (Math.max(...periods) || 60) * 1000
}

interface Computing {
  readonly values: ReadonlyMap<string, { readonly value: MathValue }>
  readonly metrics: readonly { readonly id: string; readonly series: Series }[]
  readonly range: QueryRange
  readonly periodMs: number
}

async function compute(
  ctx: Context,
  query: MetricDataQuery,
  node: Node,
  { values, metrics, range, periodMs }: Computing,
): Promise<MathValue> {
  const searches = new Map<string, MathValue>()
  for (const args of searchesIn(node)) {
    const all: Series[] = []
    const [expression = '', Stat = 'Average', period] = args
    for (const metric of await searchMetrics(ctx, expression)) {
      const stat = { metric, stat: Stat, periodMs: Number(period ?? 0) * 1000 || periodMs }
      all.push(await seriesOf(ctx, stat, range, labelOf(metric)))
    }
    searches.set(JSON.stringify(args), { kind: 'list', series: all })
  }
  const times = startsOf(periodsIn(range, periodMs))
  const scope: MathScope = { periodMs, times, metrics }
  try {
    return evaluateExpression(node, (id) => values.get(id)?.value ?? searches.get(id), scope)
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error
    throw validation(`Error in expression '${query.Id}': ${error.message}`)
  }
}

function labelOf({ name, dimensions }: MetricIdentity): string {
  return [...dimensions.map(({ value }) => value), name].join(' ')
}

async function readSeries(
  ctx: Context,
  { Metric: metric, Period = 60, Stat = '', Unit }: MetricStat,
  range: QueryRange,
  label: string,
): Promise<Series> {
  const stat = { metric: identityOf(metric), stat: Stat, periodMs: Period * 1000 }
  return seriesOf(ctx, { ...stat, ...(Unit && { unit: Unit }) }, range, label)
}

async function seriesOf(
  ctx: Context,
  stat: { metric: MetricIdentity; stat: string; periodMs: number; unit?: string },
  range: QueryRange,
  label: string,
): Promise<Series> {
  const { periodMs, unit } = stat
  const periods = periodsIn(range, periodMs)
  const points = await readPoints(ctx, metricId(stat.metric), {
    fromMs: periods.startMs,
    toMs: range.endMs,
    bySecond: periodMs < 60_000,
  })
  const wanted = unit === undefined ? points : points.filter((point) => point.unit === unit)
  const compute = statistic(stat.stat)
  const found = [...byPeriod(wanted, periods)].flatMap(([time, summary]) => {
    const value = compute?.(summary)
    return value === undefined ? [] : [[time, value] as const]
  })
  return series(label, found)
}
