import { SigV4Error } from './error.ts'

const RFC_1123 =
  /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]0000)$/

/** Writes an instant as ISO 8601 basic format (`20150830T123600Z`), the form SigV4 uses everywhere. */
export function formatAmzDate(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** The number that the digits from `start` to `end` write; NaN when there is anything else among them. */
function digits(text: string, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 0x30
    if (!(digit >= 0 && digit <= 9)) return NaN
    value = value * 10 + digit
  }
  return value
}

/** Reads an ISO 8601 basic format timestamp into milliseconds since the epoch; undefined when it is not one. */
export function parseAmzDate(text: string): number | undefined {
  if (text.length !== 16 || text.charAt(8) !== 'T' || text.charAt(15) !== 'Z') return undefined
  const month = digits(text, 4, 6)
  const day = digits(text, 6, 8)
  const hour = digits(text, 9, 11)
  const minute = digits(text, 11, 13)
  const second = digits(text, 13, 15)
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return undefined
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  const epochMs = Date.UTC(digits(text, 0, 4), month - 1, day, hour, minute, second)
  if (Number.isNaN(epochMs)) return undefined
  // Date.UTC rolls 30 February over into March; a real date keeps its own day.
  return day <= 28 || new Date(epochMs).getUTCDate() === day ? epochMs : undefined
}

/**
 * The request's date in basic format, from an `X-Amz-Date` value or an HTTP `Date` header (RFC 1123 or basic format).
 * Throws IncompleteSignature for anything else.
 */
export function requestTimestamp(text: string): string {
  if (parseAmzDate(text) !== undefined) return text
  const epochMs = RFC_1123.test(text) ? Date.parse(text) : NaN
  if (!Number.isNaN(epochMs)) return formatAmzDate(epochMs)
  throw new SigV4Error(
    'IncompleteSignature',
    `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  )
}
