import type { Forwarding } from './forwarding.ts'

const cachedStatuses = new Set([200, 203, 300, 301, 404, 410])

/**
 * How long an answer is fresh: what the origin says, within the behaviour's bounds
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html).
 */
export function ttlOf(
  status: number,
  fields: readonly string[],
  { minTtl, defaultTtl, maxTtl }: Forwarding,
  nowMs: number,
): number {
  if (!cachedStatuses.has(status) || maxTtl === 0) return 0
  const control = valueOf(fields, 'cache-control')?.toLowerCase()
  // Errors of an origin are kept for ten seconds where it does not say otherwise.
  const usual = status >= 400 ? Math.min(10, defaultTtl) : defaultTtl
  if (control !== undefined) {
    if (/\b(?:no-store|no-cache|private)\b/.test(control)) return minTtl
    const said = /\bs-maxage=(\d+)/.exec(control) ?? /\bmax-age=(\d+)/.exec(control)
    if (said) return clamped(Number(said[1]), minTtl, maxTtl)
  }
  const expires = Date.parse(valueOf(fields, 'expires') ?? '')
  if (!Number.isNaN(expires)) return clamped((expires - nowMs) / 1000, minTtl, maxTtl)
  return clamped(usual, minTtl, maxTtl)
}

const clamped = (value: number, min: number, max: number): number =>
  Math.max(min, Math.min(max, Math.max(0, value)))

/** The value of a header field, by lower-case name. */
export function valueOf(fields: readonly string[], name: string): string | undefined {
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index]?.toLowerCase() === name) return fields[index + 1]
  }
  return undefined
}
