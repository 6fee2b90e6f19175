/** What is known of the values of a metric in a period. */
export interface Summary {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  /** Each distinct value with how often it came; absent when only a statistic set was published. */
  readonly values?: readonly (readonly [value: number, count: number])[]
}

/** From how many distinct values on they are rounded to three significant digits. */
const maxDistinct = 300
const keptDigits = 3

/** The summary of values, each with how often it came. */
export function summaryOf(values: readonly (readonly [number, number])[]): Summary {
  const merged = new Map<number, number>()
  for (const [value, count] of values) merged.set(value, (merged.get(value) ?? 0) + count)
  const list = [...merged].filter(([, count]) => count > 0).sort(([a], [b]) => a - b)
  return {
    count: list.reduce((sum, [, count]) => sum + count, 0),
    sum: list.reduce((sum, [value, count]) => sum + value * count, 0),
    min: list[0]?.[0] ?? 0,
    max: list.at(-1)?.[0] ?? 0,
    values: list.length > maxDistinct ? rounded(list) : list,
  }
}

/** The summary of a published statistic set; its values are known only where they are all the same. */
export function statisticSet(set: Omit<Summary, 'values'>): Summary {
  const { count, sum, min, max } = set
  const isOneValue = min === max && sum === min * count
  return { count, sum, min, max, ...(isOneValue && { values: [[min, count]] as const }) }
}

/** Both together. */
export function merge(a: Summary, b: Summary): Summary {
  const values = a.values && b.values ? summaryOf([...a.values, ...b.values]).values : undefined
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    ...(values && { values }),
  }
}

function rounded(list: readonly (readonly [number, number])[]): [number, number][] {
  const coarse = new Map<number, number>()
  for (const [value, count] of list) {
    const near = Number(value.toPrecision(keptDigits))
    coarse.set(near, (coarse.get(near) ?? 0) + count)
  }
  return [...coarse].sort(([a], [b]) => a - b)
}

/** Computes one statistic; undefined when the values that it needs are not known. */
export type Statistic = (summary: Summary) => number | undefined

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
}

/**
 * A statistic by CloudWatch's name: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `wm98`, `tc(100:)`,
 * `ts99`, `PR(:300)`, `IQM`; undefined when there is none of that name.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export function statistic(name: string): Statistic | undefined {
  if (Object.hasOwn(simple, name)) return simple[name]
  if (/^iqm$/i.test(name)) return trimmed('tm', { low: percent(25), high: percent(75) })
  const short = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/i.exec(name)
  if (short) {
    const kind = (short[1] ?? '').toLowerCase()
    const share = Number(short[2])
    if (share > 100) return undefined
    if (kind === 'p') return ({ values }) => values && percentile(values, share)
    return trimmed(kind, { low: percent(0), high: percent(share) })
  }
  const range = /^(tm|wm|tc|ts|pr)\(\s*([^:]*?)\s*:\s*([^:]*?)\s*\)$/i.exec(name)
  if (!range) return undefined
  const [, kind = '', from = '', to = ''] = range
  const low = boundOf(from)
  const high = boundOf(to)
  if (low === null || high === null || (!low && !high)) return undefined
  return trimmed(kind.toLowerCase(), { low, high })
}

/** Whether a statistic is one of the five that Statistics and Statistic take. */
export function isSimple(name: string): boolean {
  return Object.hasOwn(simple, name)
}

type Bound = { readonly percent: number } | { readonly value: number }

const percent = (share: number): Bound => ({ percent: share })

/** undefined: open; null: not a bound. */
function boundOf(text: string): Bound | undefined | null {
  if (text === '') return undefined
  const number = /^-?\d+(\.\d+)?%?$/.test(text) ? Number(text.replace('%', '')) : NaN
  if (Number.isNaN(number)) return null
  if (!text.endsWith('%')) return { value: number }
  return number >= 0 && number <= 100 ? { percent: number } : null
}

type Values = NonNullable<Summary['values']>

/** Linear interpolation between the nearest ranks. */
function percentile(values: Values, share: number): number {
  const total = values.reduce((sum, [, count]) => sum + count, 0)
  const rank = (share / 100) * (total - 1)
  const lower = valueAt(values, Math.floor(rank))
  const upper = valueAt(values, Math.ceil(rank))
  return lower + (upper - lower) * (rank - Math.floor(rank))
}

function valueAt(values: Values, rank: number): number {
  let passed = 0
  for (const [value, count] of values) {
    passed += count
    if (rank < passed) return value
  }
  return values.at(-1)?.[0] ?? 0
}

function trimmed(
  kind: string,
  { low, high }: { low?: Bound | undefined; high?: Bound | undefined },
): Statistic {
  return ({ values, count }) => {
    if (!values) return undefined
    const from = low ? edge(values, low) : -Infinity
    const to = high ? edge(values, high) : Infinity
    if (kind === 'wm') {
      const held = values.map(([value, n]) => [Math.min(Math.max(value, from), to), n] as const)
      return held.reduce((sum, [value, n]) => sum + value * n, 0) / count
    }
    const kept = values.filter(([value]) => value >= from && value <= to)
    const keptCount = kept.reduce((sum, [, n]) => sum + n, 0)
    const sum = kept.reduce((total, [value, n]) => total + value * n, 0)
    if (kind === 'tc') return keptCount
    if (kind === 'ts') return sum
    if (kind === 'pr') return (100 * keptCount) / count
    return keptCount === 0 ? undefined : sum / keptCount
  }
}

function edge(values: Values, bound: Bound): number {
  return 'value' in bound ? bound.value : percentile(values, bound.percent)
}
