import type { TextReader } from './charset.ts'
import { percentBytes } from '../text/percent.ts'

/** A field of a form, decoded. */
export interface Field {
  readonly name: string
  readonly value: string
}

const joinedLimit = 32

/** Reads `application/x-www-form-urlencoded`. */
export function formFields(bytes: string, text: TextReader): Field[] {
  const fields: Field[] = []
  for (let start = 0; start < bytes.length;) {
    let end = bytes.indexOf('&', start)
    if (end < 0) end = bytes.length
    const equals = bytes.indexOf('=', start)
    const cut = equals < 0 || equals > end ? end : equals
    const decoded = (from: number, to: number) => text(percentBytes(bytes.slice(from, to), true))
    if (end > start) {
      fields.push({ name: decoded(start, cut), value: decoded(Math.min(cut + 1, end), end) })
    }
    start = end + 1
  }
  return fields
}

/**
 * The values of fields whose name comes more than once, joined by commas as ASP does: a payload split over them stands there whole.
 * Only where there is something to join but words and numbers.
 */
export function joinedRepeats(fields: readonly Field[]): Field[] {
  const byName = new Map<string, string[]>()
  for (const { name, value } of fields) {
    const values = byName.get(name)
    if (values === undefined) byName.set(name, [value])
    else if (values.length < joinedLimit) values.push(value)
  }
  const joined: Field[] = []
  for (const [name, values] of byName) {
    if (values.length > 1 && values.some((value) => /[^\w\s.,:@-]/.test(value))) {
      joined.push({ name, value: values.join(',') })
    }
  }
  return joined
}
