import { characterMarks } from './inspected-value.ts'
import { entitiesDecoded, escapesDecoded, utf7Decoded, widthFolded } from './text/escapes.ts'
import { percentDecoded } from './text/percent.ts'

/** What `readings` says of a text: the members of the same names of an `InspectedValue`. */
export interface Readings {
  readonly forms: readonly string[]
  readonly marks: number
}

const formLimit = 5
/** Shorter text cannot be told from a word, and decodes to too little to do harm. */
const shortestBase64 = 12

// Beyond the public marks: which decoders are worth trying.
const notBase64 = 1 << 16
const ampersand = 1 << 17
const backslash = 1 << 18
const twin = 1 << 19
const plus = 1 << 20
const publicMarks = notBase64 - 1
const encoded = characterMarks.percent | ampersand | backslash | twin | plus

const table = markTable()

/**
 * Reads a text, already decoded once as its place in the request asks, in every way that differs: layer by layer without percent
 * escapes, JavaScript escapes, HTML entities, full-width letters, UTF-7, base64. Linear; plain text costs one scan.
 */
export function readings(text: string): Readings {
  let found = scan(text)
  let marks = found
  if ((found & encoded) === 0 && ((found & notBase64) !== 0 || text.length < shortestBase64)) {
    return { forms: [text], marks: found & publicMarks }
  }
  const forms = [text]
  let current = text
  while (forms.length < formLimit) {
    const next = withoutLayer(current, found)
    if (next === undefined || next === current) break
    forms.push(next)
    current = next
    found = scan(next)
    marks |= found
  }
  return { forms, marks: marks & publicMarks }
}

/** The marks of a text's characters as they stand, without any decoding. */
export function marksOf(text: string): number {
  return scan(text) & publicMarks
}

/** The text with its outermost layer of encoding taken off; undefined when there is none. */
function withoutLayer(text: string, found: number): string | undefined {
  if ((found & characterMarks.percent) !== 0) {
    const decoded = percentDecoded(text, (found & characterMarks.space) === 0)
    if (decoded !== text && withoutPlus(decoded) !== withoutPlus(text)) return decoded
  }
  if ((found & backslash) !== 0) {
    const decoded = escapesDecoded(text)
    if (decoded !== text) return decoded
  }
  if ((found & ampersand) !== 0 && !isPage(text, found)) {
    const decoded = entitiesDecoded(text)
    if (decoded !== text) return decoded
  }
  if ((found & twin) !== 0) return widthFolded(text)
  if ((found & (plus | characterMarks.space)) !== 0 && text.includes('AD')) {
    const decoded = utf7Decoded(text)
    if (decoded !== text) return decoded
  }
  return (found & notBase64) === 0 && text.length >= shortestBase64 ? base64Text(text) : undefined
}

/**
 * A piece of HTML as editors write it, in which references stand for what is to be shown and not run: `<p>&lt;b&gt;</p>`. Where
 * they hide letters they are no editor's.
 */
function isPage(text: string, found: number): boolean {
  return (
    (found & characterMarks.angle) !== 0 &&
    /<\/?[a-z][a-z\d]{0,15}(?:>|\s[^<>]{0,200}>)/i.test(text) &&
    !/&#(?!0*(?:34|38|39|60|62);|x0*(?:22|26|27|3c|3e);)(?:0*\d{2,3}|x0*[\da-f]{2})(?![\da-f])/i.test(
      text,
    )
  )
}

/** A percent sign that began no escape is no reason for a form whose pluses alone have become spaces. */
function withoutPlus(text: string): string {
  return text.includes('+') ? text.split('+').join(' ') : text
}

/** What base64 stands for, when it is text with something in it that a detector would look at. */
function base64Text(text: string): string | undefined {
  if (unpadded(text) % 4 === 1) return undefined
  const bytes = Buffer.from(text, 'base64').toString('latin1')
  if (!isPrintable(bytes)) return undefined
  return (scan(bytes) & publicMarks & ~characterMarks.digit) === 0 ? undefined : bytes
}

/** A base64 text's length without the signs that fill it up. */
function unpadded(text: string): number {
  let length = text.length
  while (length > 0 && text.charCodeAt(length - 1) === 0x3d) length -= 1
  return length
}

function isPrintable(bytes: string): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    const code = bytes.charCodeAt(index)
    if (code > 126 || (code < 32 && code !== 9 && code !== 10 && code !== 12 && code !== 13)) {
      return false
    }
  }
  return true
}

function scan(text: string): number {
  let found = 0
  let previous = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 128) {
      found |= table[code] ?? 0
      if (code === previous ? code === 0x2e || code === 0x2d : code === 0x2a && previous === 0x2f) {
        found |= code === 0x2e ? characterMarks.dot : characterMarks.hash
      }
    } else found |= wideMarks(code)
    previous = code
  }
  return found
}

function wideMarks(code: number): number {
  let found = characterMarks.wide | notBase64
  if ((code >= 0xff01 && code <= 0xff5e) || code === 0x2b9 || code === 0x2bc || code === 0x2032) {
    found |= twin
  } else if (code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x202f)) {
    found |= characterMarks.space
  }
  return found
}

function markTable(): Uint32Array {
  const marks = new Uint32Array(128)
  const set = (characters: string, mark: number): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0)
      marks[code] = (marks[code] ?? 0) | mark
    }
  }
  for (let code = 0; code < 128; code += 1) {
    if (!/[\w+/=-]/.test(String.fromCharCode(code))) marks[code] = notBase64
    if (code < 32 || code === 127) marks[code] = notBase64 | characterMarks.control
  }
  set(`'"\``, characterMarks.quote)
  set('<>', characterMarks.angle)
  set('()', characterMarks.parenthesis)
  set('{}[]', characterMarks.brace)
  set(';', characterMarks.semicolon)
  set('|&', characterMarks.pipe)
  set('$', characterMarks.dollar)
  set('/\\', characterMarks.slash)
  set('=:!', characterMarks.equals)
  set('#', characterMarks.hash)
  set('%', characterMarks.percent)
  set(' \t\n\v\f\r', characterMarks.space)
  set('0123456789', characterMarks.digit)
  set('&', ampersand)
  set('\\', backslash)
  set('+', plus)
  marks[127] = (marks[127] ?? 0) | characterMarks.wide
  return marks
}
