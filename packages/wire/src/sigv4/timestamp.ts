import { SigV4Error } from './error.ts'

const BASIC_FORMAT = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const RFC_1123 =
  /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]0000)$/

/** Writes an instant as ISO 8601 basic format (`20150830T123600Z`), the form SigV4 uses everywhere. */
export function formatAmzDate(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** Reads an ISO 8601 basic format timestamp into milliseconds since the epoch; undefined when it is not one. */
export function parseAmzDate(text: string): number | undefined {
  const match = BASIC_FORMAT.exec(text)
  if (match === null) return undefined
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const month = Number(match[2])
  const epochMs = Date.UTC(Number(match[1]), month - 1, day, hour, minute, second)
  // Date.UTC rolls a 13th month or 30 February over into another month; a real date keeps its own.
  const read = new Date(epochMs)
  return read.getUTCMonth() === month - 1 && read.getUTCDate() === day ? epochMs : undefined
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
