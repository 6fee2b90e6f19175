import { formFields } from './form.ts'
import { graphqlStrings } from './graphql.ts'
import { walkJson } from './json.ts'
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
    if (/^[\s\ufeff]*[[{]/.test(text) && readJson(name, text, list, 'all or nothing', depth + 1))
      return
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

/**
 * Adds the keys and strings of a JSON text.
 *
 * @param broken what becomes of a text that is not JSON (one that only breaks off is): the rest of it is added as one text; or
 *   nothing is added
 * @returns whether the text was JSON, or (with `rest`) has been added in any case
 */
export function readJson(
  name: string,
  text: string,
  list: ValueList,
  broken: 'rest' | 'all or nothing',
  depth = 0,
): boolean {
  const found: [pointer: string, text: string, isKey: boolean][] = []
  const error = walkJson(text, {
    key: (pointer, key) => found.push([pointer, key, true]),
    text: (pointer, value) => found.push([pointer, value, false]),
  })
  const isJson = error === undefined || (error.offset >= text.length && found.length > 0)
  if (!isJson && broken === 'all or nothing') return false
  for (const [pointer, value, isKey] of found) {
    if (isKey) list.addName(value)
    else if (value !== '') addValue(name + pointer, value, list, depth)
    if (list.full) break
  }
  if (list.full) list.addText(name, text)
  else if (error !== undefined) list.addText(name, text.slice(error.offset))
  return true
}
