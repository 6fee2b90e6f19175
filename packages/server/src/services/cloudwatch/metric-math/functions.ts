import {
  allSeries,
  list,
  mapNumbers,
  mapSeries,
  MetricMathError,
  scalar,
  series,
} from './values.ts'
import type { MathValue, Series } from './values.ts'

/** What functions know of the request besides their arguments. */
export interface MathScope {
  readonly periodMs: number
  /** The starts of the periods of the request, ascending. */
  readonly times: readonly number[]
  /** Every metric of the request that is not an expression, for METRICS(). */
  readonly metrics: readonly { readonly id: string; readonly series: Series }[]
}

/** A function of metric math. */
export type MathFunction = (args: readonly MathValue[], scope: MathScope) => MathValue

type Aggregate = (values: readonly number[]) => number

const sum: Aggregate = (values) => values.reduce((total, value) => total + value, 0)
const mean: Aggregate = (values) => sum(values) / values.length

function deviation(values: readonly number[]): number {
  const average = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - average) ** 2)))
}

/** Of one series a scalar; of several, one series of what stands at each time. */
function aggregate(name: string, of: Aggregate): MathFunction {
  return (args) => {
    const only = args.length === 1 ? args[0] : undefined
    if (only?.kind === 'series') {
      const values = [...only.points.values()]
      return values.length === 0 ? series(name, []) : scalar(of(values))
    }
    if (only?.kind === 'list') return acrossTimes(name, only.series, of)
    if (args.length > 0 && args.every((arg) => arg.kind === 'scalar')) {
      return scalar(of(args.map((arg) => (arg.kind === 'scalar' ? arg.value : 0))))
    }
    return acrossTimes(name, args.flatMap(allSeries), of)
  }
}

function acrossTimes(label: string, all: readonly Series[], of: Aggregate): Series {
  const times = new Set(all.flatMap(({ points }) => [...points.keys()]))
  return series(
    label,
    [...times].map((time) => {
      const values = all.flatMap(({ points }) => points.get(time) ?? [])
      return [time, of(values)] as const
    }),
  )
}

function one(args: readonly MathValue[]): MathValue {
  const [only] = args
  if (args.length !== 1 || !only) throw new MetricMathError('one argument is needed')
  return only
}

const numeric =
  (change: (value: number) => number): MathFunction =>
  (args) =>
    mapNumbers(one(args), change)

const perSeries =
  (change: (each: Series, scope: MathScope) => Series): MathFunction =>
  (args, scope) =>
    mapSeries(one(args), (each) => change(each, scope))

/** A series of something that depends on the time of each point only. */
const ofTime = (part: (time: Date) => number): MathFunction =>
  perSeries(({ label, points }) =>
    series(
      label,
      [...points.keys()].map((time) => [time, part(new Date(time))] as const),
    ),
  )

function differences(
  { label, points }: Series,
  of: (step: { value: number; timeMs: number }) => number,
): Series {
  const all = [...points]
  return series(
    label,
    all.slice(1).map(([time, value], index) => {
      const [before, earlier] = all[index] ?? [time, value]
      return [time, of({ value: value - earlier, timeMs: time - before })] as const
    }),
  )
}

function runningSum({ label, points }: Series): Series {
  let total = 0
  return series(
    label,
    [...points].map(([time, value]) => [time, (total += value)] as const),
  )
}

function fill(args: readonly MathValue[], { times }: MathScope): MathValue {
  const [value, filler] = args
  if (args.length !== 2 || !value || !filler) throw new MetricMathError('FILL needs two arguments')
  return mapSeries(value, (each) => fillOne(each, filler, times))
}

function fillOne(each: Series, filler: MathValue, times: readonly number[]): Series {
  if (each.points.size === 0) return each
  const known = [...each.points]
  return series(
    each.label,
    times.flatMap((time) => {
      const value = each.points.get(time) ?? filled(known, filler, time)
      return value === undefined ? [] : [[time, value] as const]
    }),
  )
}

function filled(
  known: readonly (readonly [number, number])[],
  filler: MathValue,
  time: number,
): number | undefined {
  if (filler.kind === 'scalar') return filler.value
  if (filler.kind === 'series') return filler.points.get(time)
  const before = known.findLast(([at]) => at < time)
  if (filler.kind === 'text' && filler.text === 'REPEAT') return before?.[1]
  const after = known.find(([at]) => at > time)
  if (filler.kind === 'text' && filler.text === 'LINEAR') {
    if (!before || !after) return undefined
    const share = (time - before[0]) / (after[0] - before[0])
    return before[1] + (after[1] - before[1]) * share
  }
  throw new MetricMathError('FILL needs a number, a time series, REPEAT or LINEAR')
}

function branch(args: readonly MathValue[]): MathValue {
  const [condition, then, otherwise] = args
  if (!condition || !then) throw new MetricMathError('IF needs a condition and a value')
  if (condition.kind === 'scalar') {
    const taken = condition.value !== 0 ? then : otherwise
    return taken ?? series('IF', [])
  }
  const at = (value: MathValue | undefined, time: number): number | undefined => {
    if (value === undefined || value.kind === 'text') return undefined
    return value.kind === 'scalar' ? value.value : allSeries(value)[0]?.points.get(time)
  }
  return mapSeries(condition, (each) =>
    series(
      then.kind === 'series' ? then.label : each.label,
      [...each.points].flatMap(([time, value]) => {
        const chosen = at(value === 0 ? otherwise : then, time)
        return chosen === undefined ? [] : [[time, chosen] as const]
      }),
    ),
  )
}

const sortKeys: Readonly<Record<string, Aggregate>> = {
  AVG: mean,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
  SUM: sum,
}

function sort(args: readonly MathValue[]): MathValue {
  const [value, by, order, limit] = args
  if (!value || by?.kind !== 'text' || order?.kind !== 'text') {
    throw new MetricMathError('SORT needs time series, a function and an order')
  }
  const key = sortKeys[by.text]
  const way = { ASC: 1, DESC: -1 }[order.text]
  if (!key || way === undefined) throw new MetricMathError('SORT cannot sort so')
  const keyOf = ({ points }: Series): number => (points.size === 0 ? 0 : key([...points.values()]))
  const sorted = allSeries(value).toSorted((a, b) => way * (keyOf(a) - keyOf(b)))
  return list(limit?.kind === 'scalar' ? sorted.slice(0, limit.value) : sorted)
}

function slice(args: readonly MathValue[]): MathValue {
  const [value, from, to] = args
  if (!value || from?.kind !== 'scalar') throw new MetricMathError('SLICE needs where to begin')
  const all = allSeries(value)
  const end = to?.kind === 'scalar' ? to.value : from.value + 1
  const part = all.slice(from.value, end)
  const [only] = part
  return to === undefined && only ? only : list(part)
}

function metrics(args: readonly MathValue[], scope: MathScope): MathValue {
  const [filter] = args
  const text = filter?.kind === 'text' ? filter.text : ''
  return list(scope.metrics.filter(({ id }) => id.includes(text)).map((each) => each.series))
}

/** `TIME_SERIES(5)`: the number at every time of the request. */
function timeSeries(args: readonly MathValue[], { times }: MathScope): MathValue {
  const value = one(args)
  if (value.kind !== 'scalar') return value
  return series(
    'TIME_SERIES',
    times.map((time) => [time, value.value] as const),
  )
}

const ends =
  (pick: 'first' | 'last'): MathFunction =>
  (args) => {
    const value = one(args)
    const all = allSeries(value)
    if (value.kind === 'list') return (pick === 'first' ? all[0] : all.at(-1)) ?? series('', [])
    const numbers = [...(all[0]?.points.values() ?? [])]
    const found = pick === 'first' ? numbers[0] : numbers.at(-1)
    return found === undefined ? series('', []) : scalar(found)
  }

/**
 * The functions of metric math
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
 */
export const mathFunctions: Readonly<Record<string, MathFunction>> = {
  ABS: numeric(Math.abs),
  AVG: aggregate('AVG', mean),
  CEIL: numeric(Math.ceil),
  DATAPOINT_COUNT: aggregate('DATAPOINT_COUNT', (values) => values.length),
  DATE: ofTime((time) => time.getUTCDate()),
  DAY: ofTime((time) => time.getUTCDay() || 7),
  DIFF: perSeries((each) => differences(each, ({ value }) => value)),
  DIFF_TIME: perSeries((each) => differences(each, ({ timeMs }) => timeMs / 1000)),
  EPOCH: ofTime((time) => time.getTime() / 1000),
  FILL: fill,
  FIRST: ends('first'),
  FLOOR: numeric(Math.floor),
  HOUR: ofTime((time) => time.getUTCHours()),
  IF: branch,
  LAST: ends('last'),
  LOG: numeric(Math.log),
  LOG10: numeric(Math.log10),
  MAX: aggregate('MAX', (values) => Math.max(...values)),
  METRIC_COUNT: (args) => scalar(args.flatMap(allSeries).length),
  METRICS: metrics,
  MIN: aggregate('MIN', (values) => Math.min(...values)),
  MINUTE: ofTime((time) => time.getUTCMinutes()),
  MONTH: ofTime((time) => time.getUTCMonth() + 1),
  PERIOD: (_args, { periodMs }) => scalar(periodMs / 1000),
  RATE: perSeries((each) => differences(each, ({ value, timeMs }) => value / (timeMs / 1000))),
  REMOVE_EMPTY: (args) => list(allSeries(one(args)).filter(({ points }) => points.size > 0)),
  RUNNING_SUM: perSeries(runningSum),
  SLICE: slice,
  SORT: sort,
  STDDEV: aggregate('STDDEV', deviation),
  SUM: aggregate('SUM', sum),
  TIME_SERIES: timeSeries,
  YEAR: ofTime((time) => time.getUTCFullYear()),
}
