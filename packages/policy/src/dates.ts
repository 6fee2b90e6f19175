const ISO =
  /^(-?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[Tt](?:(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/
const EPOCH = /^-?\d+(?:\.\d+)?$/
const YEAR = /^\d{4}$/
const INT64_LIMIT = 9223372036854775808n

/**
 * Reads a date of a policy or request: W3C/ISO 8601 to any precision, or seconds of the Unix epoch.
 * @returns milliseconds since 1970, or `undefined` when the text is no date
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function parseDate(text: string): number | undefined {
  if (EPOCH.test(text) && !YEAR.test(text)) {
    const whole = BigInt(text.split('.')[0] ?? '0')
    if (whole >= INT64_LIMIT || whole < -INT64_LIMIT) return undefined
    return Number(text) * 1000
  }
  const found = ISO.exec(text)
  if (!found) return undefined
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0'] = found
  const fraction = Number(`0.${found[7] ?? '0'}`)
  if (!inRange(Number(month), 1, 12) || !inRange(Number(day), 1, 31)) return undefined
  if (!inRange(Number(hour), 0, 24) || !inRange(Number(minute), 0, 59)) return undefined
  if (!inRange(Number(second), 0, 60)) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second), Math.floor(fraction * 1000))
  return date.getTime() - offsetOf(found[8])
}

function offsetOf(zone: string | undefined): number {
  if (!zone || zone === 'Z' || zone === 'z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  const digits = zone.replace(/[^\d]/g, '')
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0')) * 60_000
}

function inRange(value: number, low: number, high: number): boolean {
  return value >= low && value <= high
}
