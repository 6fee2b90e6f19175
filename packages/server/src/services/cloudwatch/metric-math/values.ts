/** A metric math expression that cannot be read or computed; the message says why. */
export class MetricMathError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MetricMathError'
  }
}

/** A time series: values by the start of their period, in epoch milliseconds, ascending. */
export interface Series {
  readonly kind: 'series'
  readonly label: string
  readonly points: ReadonlyMap<number, number>
}

/** What an expression is worth: a number, a time series, or several. */
export type MathValue =
  | { readonly kind: 'scalar'; readonly value: number }
  | Series
  | { readonly kind: 'list'; readonly series: readonly Series[] }
  | { readonly kind: 'text'; readonly text: string }

/** A scalar. */
export const scalar = (value: number): MathValue => ({ kind: 'scalar', value })

/** A series with these points, in the order of time. */
export function series(label: string, points: Iterable<readonly [number, number]>): Series {
  const finite = [...points].filter(([, value]) => Number.isFinite(value))
  return { kind: 'series', label, points: new Map(finite.sort(([a], [b]) => a - b)) }
}

/** Several series. */
export const list = (all: readonly Series[]): MathValue => ({ kind: 'list', series: all })

/** Applies a function to every series of a value. */
export function mapSeries(value: MathValue, change: (each: Series) => Series): MathValue {
  if (value.kind === 'series') return change(value)
  if (value.kind === 'list') return list(value.series.map(change))
  throw new MetricMathError('a time series is needed')
}

/** Applies a function to every number of a value. */
export function mapNumbers(value: MathValue, change: (number: number) => number): MathValue {
  if (value.kind === 'scalar') return scalar(change(value.value))
  return mapSeries(value, (each) =>
    series(
      each.label,
      [...each.points].map(([time, number]) => [time, change(number)] as const),
    ),
  )
}

/** The series of a value, one or several. */
export function allSeries(value: MathValue): readonly Series[] {
  if (value.kind === 'series') return [value]
  if (value.kind === 'list') return value.series
  throw new MetricMathError('a time series is needed')
}

/** Combines two values number by number; series meet where both have a point. */
export function combine(
  left: MathValue,
  right: MathValue,
  change: (a: number, b: number) => number,
): MathValue {
  if (left.kind === 'text' || right.kind === 'text') {
    throw new MetricMathError('text cannot be computed with')
  }
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return scalar(change(left.value, right.value))
  }
  if (right.kind === 'scalar') return mapNumbers(left, (number) => change(number, right.value))
  if (left.kind === 'scalar') return mapNumbers(right, (number) => change(left.value, number))
  if (left.kind === 'list' && right.kind === 'list') {
    if (left.series.length !== right.series.length) {
      throw new MetricMathError('two lists of time series must be of the same length')
    }
    return list(left.series.map((each, index) => meet(each, right.series[index] ?? each, change)))
  }
  if (left.kind === 'list') {
    const other = allSeries(right)[0]
    return list(left.series.map((each) => (other ? meet(each, other, change) : each)))
  }
  if (right.kind === 'list') return list(right.series.map((each) => meet(left, each, change)))
  return meet(left, right, change)
}

function meet(left: Series, right: Series, change: (a: number, b: number) => number): Series {
  const points: [number, number][] = []
  for (const [time, a] of left.points) {
    const b = right.points.get(time)
    if (b !== undefined) points.push([time, change(a, b)])
  }
  return series(left.label, points)
}
