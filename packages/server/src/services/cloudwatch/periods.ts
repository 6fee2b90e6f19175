import { merge } from './statistics.ts'
import type { Summary } from './statistics.ts'
import type { ReadPoint } from './metric-store.ts'

/** Periods of equal length, from `startMs` until the first that begins at or after `endMs`. */
export interface Periods {
  readonly startMs: number
  readonly endMs: number
  readonly periodMs: number
}

const hourMs = 3_600_000
const minuteMs = 60_000

const dayMs = 24 * hourMs

/** A start time rounded down as CloudWatch rounds it: the older, the coarser, as the data is kept. */
export function roundedStart(startMs: number, nowMs: number, periodMs: number): number {
  const ageMs = nowMs - startMs
  if (ageMs < 15 * dayMs) return floorTo(startMs, Math.min(periodMs, minuteMs))
  return floorTo(startMs, ageMs < 63 * dayMs ? 5 * minuteMs : hourMs)
}

function floorTo(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs
}

/** The periods of a request: those that divide an hour begin at whole multiples of themselves. */
export function periodsOf(startMs: number, endMs: number, periodMs: number): Periods {
  const isAligned = periodMs <= hourMs && hourMs % periodMs === 0
  const step = isAligned ? periodMs : minuteMs
  return { startMs: floorTo(startMs, step), endMs, periodMs }
}

/** The starts of the periods. */
export function startsOf({ startMs, endMs, periodMs }: Periods): number[] {
  const starts: number[] = []
  for (let at = startMs; at < endMs; at += periodMs) starts.push(at)
  return starts
}

/** What is known in each period that has data, in the order of time. */
export function byPeriod(
  points: readonly ReadPoint[],
  { startMs, endMs, periodMs }: Periods,
): ReadonlyMap<number, Summary> {
  const found = new Map<number, Summary>()
  for (const point of points.toSorted((a, b) => a.timeMs - b.timeMs)) {
    if (point.timeMs < startMs || point.timeMs >= endMs) continue
    const at = startMs + Math.floor((point.timeMs - startMs) / periodMs) * periodMs
    const known = found.get(at)
    found.set(at, known ? merge(known, point) : point)
  }
  return found
}
