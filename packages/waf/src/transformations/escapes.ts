import { hex } from '../text/percent.ts'

/** What an escape stands for, and how many characters of the text it takes up. */
export interface Escape {
  readonly text: string
  readonly length: number
}

/** Reads the escape that begins at an index; undefined when none does. */
export type EscapeReader = (text: string, at: number) => Escape | undefined

/** Replaces every escape; by hand, since a callback for each of 30,000 matches of an expression takes far longer. */
export function unescaped(text: string, marker: string, read: EscapeReader): string {
  let at = text.indexOf(marker)
  if (at < 0) return text
  let result = ''
  let copied = 0
  while (at >= 0) {
    const escape = read(text, at)
    if (escape === undefined) at = text.indexOf(marker, at + 1)
    else {
      result += text.slice(copied, at) + escape.text
      copied = at + escape.length
      at = text.indexOf(marker, copied)
    }
  }
  return result + text.slice(copied)
}

const controls: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** `\n` and its like, `\xHH`, and octal codes of up to three digits. */
export function codeEscape(text: string, at: number): Escape | undefined {
  const letter = text.charAt(at + 1)
  const control = controls[letter]
  if (control !== undefined) return { text: control, length: 2 }
  if (letter === 'x') {
    const code = hex(text, at + 2, 2)
    return code < 0 ? undefined : { text: String.fromCharCode(code), length: 4 }
  }
  let code = 0
  let length = 1
  while (length < 4 && isOctal(text.charCodeAt(at + length))) {
    code = code * 8 + text.charCodeAt(at + length) - 0x30
    length += 1
  }
  return length === 1 ? undefined : { text: String.fromCharCode(code & 0xff), length }
}

function isOctal(code: number): boolean {
  return code >= 0x30 && code <= 0x37
}

/** Full-width ASCII becomes ASCII; of any other code the low byte stays, as AWS documents. */
export function lowByte(code: number): string {
  const fullWidth = code >= 0xff01 && code <= 0xff5e
  return String.fromCharCode(fullWidth ? code - 0xfee0 : code & 0xff)
}

/** The bytes of a code point in UTF-8. */
export function utf8Bytes(code: number): string {
  if (code < 0x80) return String.fromCharCode(code)
  const last = 0x80 | (code & 0x3f)
  const second = 0x80 | ((code >> 6) & 0x3f)
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), last)
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), second, last)
  const third = 0x80 | ((code >> 12) & 0x3f)
  return String.fromCharCode(0xf0 | (code >> 18), third, second, last)
}
