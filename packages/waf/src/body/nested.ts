import { formFields } from './form.ts'
import { graphqlStrings } from './graphql.ts'
import { walkJson } from './json.ts'
import type { JsonError } from './json.ts'
import { unicodeText } from '../text/percent.ts'
import type { ValueList } from './value-list.ts'

/** JSON within a string within JSON is looked into; a further such layer is read as text. */
const depthLimit = 2

/**
 * Adds a value: as what it holds when it is JSON, a GraphQL document or a query string within a string, else as text. Serves
 * arguments and cookies as well as fields of bodies.
 */
export function addValue(name: string, text: string, list: ValueList, depth = 0): void {
  const first = text.charCodeAt(0)
  if (
    depth < depthLimit &&
    (first === 0x7b || first === 0x5b || first <= 0x20 || first === 0xfeff)
  ) {
    if (/^[\s\ufeff]*[[{]/.test(text) && jsonWithin(name, text, list, depth + 1)) return
  }
  if (text.includes('{') && /(?:^|\/)(?:query|mutation|document)$|^$/.test(name)) {
    const strings = graphqlStrings(text)
    if (strings !== undefined) {
      for (const string of strings) list.addText(name, string)
      return
    }
  }
  list.addText(name, text)
  if (queryString.test(text)) {
    for (const { value } of formFields(text, unicodeText)) {
      if (/\W/.test(value)) list.addText(name, value)
    }
  }
}

const queryString = /^[\w.[\]-]+=[^&\s]*(?:&[\w.[\]-]+=[^&]*)+$/

/** Adds the keys and strings of a JSON text; where it stops being JSON, the rest of it as one text. */
export function readJson(name: string, text: string, list: ValueList): void {
  const { found, error } = jsonParts(text)
  addParts(name, found, list, 0)
  if (list.full) list.addText(name, text)
  else if (error !== undefined) list.addText(name, text.slice(error.offset))
}

/** Adds what a text holds if it is JSON, or JSON that breaks off; else nothing, and says so. */
function jsonWithin(name: string, text: string, list: ValueList, depth: number): boolean {
  const { found, error } = jsonParts(text)
  if (error !== undefined && (error.offset < text.length || found.length === 0)) return false
  addParts(name, found, list, depth)
  return true
}

interface JsonPart {
  readonly pointer: string
  readonly text: string
  readonly isKey: boolean
}

function jsonParts(text: string): {
  readonly found: readonly JsonPart[]
  readonly error: JsonError
} {
  const found: JsonPart[] = []
  const error = walkJson(text, {
    key: (pointer, key) => found.push({ pointer, text: key, isKey: true }),
    text: (pointer, value) => found.push({ pointer, text: value, isKey: false }),
  })
  return { found, error }
}

function addParts(name: string, parts: readonly JsonPart[], list: ValueList, depth: number): void {
  for (const { pointer, text, isKey } of parts) {
    if (isKey) list.addName(text)
    else if (text !== '') addValue(name + pointer, text, list, depth)
    if (list.full) return
  }
}
