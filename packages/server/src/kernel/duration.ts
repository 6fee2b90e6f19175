import { commonError } from './errors.ts'

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const maxMs = 100 * 366 * 86_400_000

/** Milliseconds of `90s`, `15m`, `12h` or `365d`, at most a century. Throws ValidationException. */
export function parseDuration(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d{1,10})([smhd])$/.exec(text) : null
  const durationMs = Number(match?.[1]) * (unitsMs[match?.[2] ?? ''] ?? NaN)
  if (!Number.isFinite(durationMs) || durationMs > maxMs) {
    throw commonError('ValidationException', 'a duration is like 90s, 15m, 12h or 365d', 400)
  }
  return durationMs
}
