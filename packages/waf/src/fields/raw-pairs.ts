import type { RawPair } from '../parsed-request.ts'

/** Splits a query string at `&`, or a Cookie header at `;`, into names and values as they were sent. */
export function rawPairs(text: string, separator: '&' | ';'): RawPair[] {
  const found: RawPair[] = []
  for (let start = 0; start < text.length;) {
    let end = text.indexOf(separator, start)
    if (end < 0) end = text.length
    const part = separator === ';' ? text.slice(start, end).trim() : text.slice(start, end)
    const equals = part.indexOf('=')
    if (equals >= 0) found.push({ name: part.slice(0, equals), value: part.slice(equals + 1) })
    else if (part !== '') found.push({ name: part, value: '' })
    start = end + 1
  }
  return found
}
