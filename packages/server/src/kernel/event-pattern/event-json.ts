/** A number whose digits JavaScript could not keep; `JSON.stringify` writes it as it was. */
interface ExactNumber {
  readonly rawJSON: string
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

interface ExactJson {
  parse(text: string, reviver: Reviver): unknown
  rawJSON(text: string): ExactNumber
  isRawJSON(value: unknown): boolean
}

/** ECMAScript's "JSON.parse source text access", which the compiler's library lacks. */
const exact = JSON as unknown as ExactJson

/** What a number may look like that does not survive reading and writing; text may look so too. */
const mayBeInexact = /\d{16}|\.\d*0(?!\d)|\d[eE]|-0/

/** Reads JSON so that writing it again changes no number: `12345678901234567890` and `1.0` stay. */
export function readEventJson(text: string): unknown {
  if (!mayBeInexact.test(text)) return JSON.parse(text)
  const keep: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? exact.rawJSON(source)
      : value
  return exact.parse(text, keep)
}

/** The value of a number that was kept as it was written; undefined for everything else. */
export function exactNumber(value: unknown): number | undefined {
  return exact.isRawJSON(value) ? Number((value as ExactNumber).rawJSON) : undefined
}
