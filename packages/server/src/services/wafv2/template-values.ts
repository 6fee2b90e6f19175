type Values = Record<string, unknown>

/** Templates have the bytes of a search string as text, or as base64. */
export function withBytes(properties: Readonly<Values>): Values {
  return mapped(properties, (values) => {
    const { SearchString: text, SearchStringBase64: base64, ...rest } = values
    if (text === undefined && base64 === undefined) return values
    const SearchString =
      base64 === undefined ? Buffer.from(String(text)) : Buffer.from(String(base64), 'base64')
    return { ...rest, SearchString }
  })
}

const numbers = new Set([
  'Capacity',
  'EvaluationWindowSec',
  'ImmunityTime',
  'Limit',
  'Priority',
  'ResponseCode',
  'Size',
])
const flags = new Set(['CloudWatchMetricsEnabled', 'SampledRequestsEnabled'])

/** Templates may have numbers and truth values as text. */
export function withNumbers(properties: Readonly<Values>): Values {
  return mapped(properties, (values) => {
    const typed = Object.entries(values).map(([name, value]) => {
      if (typeof value !== 'string') return [name, value]
      if (numbers.has(name)) return [name, Number(value)]
      return [name, flags.has(name) ? value === 'true' : value]
    })
    return Object.fromEntries(typed) as Values
  })
}

/** Every object within a value, changed from the inside out. */
function mapped(values: Readonly<Values>, change: (values: Values) => Values): Values {
  const inner = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inner)
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    return mapped(value as Values, change)
  }
  const entries = Object.entries(values).map(([name, value]) => [name, inner(value)])
  return change(Object.fromEntries(entries) as Values)
}
