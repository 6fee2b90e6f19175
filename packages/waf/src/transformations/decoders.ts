import { hex } from '../text/percent.ts'
import { codeEscape, lowByte, unescaped, utf8Bytes } from './escapes.ts'
import type { Escape } from './escapes.ts'

/** Decodes base64, ordinary or URL-safe; a text that is not entirely base64 stays as it is. */
export function base64Decode(text: string): string {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) ? fromBase64(text) : text
}

/** Decodes what of a text is base64 and ignores the rest. */
export function base64DecodeExt(text: string): string {
  return fromBase64(text.replace(/[^A-Za-z0-9+/_-]+/g, ''))
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1')
}

/** Decodes pairs of hexadecimal digits; a text that is anything else stays as it is. */
export function hexDecode(text: string): string {
  return /^(?:[\da-fA-F]{2})+$/.test(text) ? Buffer.from(text, 'hex').toString('latin1') : text
}

/** Decodes the hexadecimal literals of SQL: `0x414243` becomes `ABC`. */
export function sqlHexDecode(text: string): string {
  return unescaped(text, '0', (all, at) => {
    if ((all.charCodeAt(at + 1) | 0x20) !== 0x78) return undefined
    let decoded = ''
    let length = 2
    for (let code = hex(all, at + length, 2); code >= 0; code = hex(all, at + length, 2)) {
      decoded += String.fromCharCode(code)
      length += 2
    }
    return length === 2 ? undefined : { text: decoded, length }
  })
}

/** Decodes percent escapes, and a plus as a space. */
export function urlDecode(text: string): string {
  return unescaped(replaced(text, '+', ' '), '%', percentEscape)
}

/** Like `urlDecode`, and decodes Microsoft's `%uHHHH`, of which but full-width letters keep the low byte only. */
export function urlDecodeUni(text: string): string {
  return unescaped(replaced(text, '+', ' '), '%', (all, at) => {
    if ((all.charCodeAt(at + 1) | 0x20) !== 0x75) return percentEscape(all, at)
    const code = hex(all, at + 2, 4)
    return code < 0 ? undefined : { text: lowByte(code), length: 6 }
  })
}

function percentEscape(text: string, at: number): Escape | undefined {
  const code = hex(text, at + 1, 2)
  return code < 0 ? undefined : { text: String.fromCharCode(code), length: 3 }
}

/** Decodes the escapes of ANSI C; what is none stays. */
export function escapeSeqDecode(text: string): string {
  return unescaped(text, '\\', (all, at) => {
    const next = all.charAt(at + 1)
    return next !== '' && `\\?'"`.includes(next) ? { text: next, length: 2 } : codeEscape(all, at)
  })
}

/** Decodes the escapes of JavaScript, `\uHHHH` to one byte. */
export function jsDecode(text: string): string {
  return withoutJsEscapes(text, lowByte)
}

/** Decodes the escapes of JavaScript, `\uHHHH` to UTF-8, and full-width letters to ASCII. */
export function jsDecodeExt(text: string): string {
  return withoutJsEscapes(text, (code) =>
    code >= 0xff01 && code <= 0xff5e ? lowByte(code) : utf8Bytes(code),
  )
}

function withoutJsEscapes(text: string, unicode: (code: number) => string): string {
  return unescaped(text, '\\', (all, at) => {
    if (all.charAt(at + 1) === 'u') {
      const code = hex(all, at + 2, 4)
      if (code >= 0) return { text: unicode(code), length: 6 }
    }
    return codeEscape(all, at) ?? sameCharacter(all, at)
  })
}

function sameCharacter(text: string, at: number): Escape | undefined {
  return at + 1 < text.length ? { text: text.charAt(at + 1), length: 2 } : undefined
}

/** Decodes the escapes of CSS 2, of whose code two bytes count; a backslash before anything else goes, as in `ja\vascript`. */
export function cssDecode(text: string): string {
  return unescaped(text, '\\', (all, at) => {
    let digits = 0
    while (digits < 6 && hex(all, at + 1 + digits, 1) >= 0) digits += 1
    const next = all.charAt(at + 1)
    if (digits === 0) return next === '\n' ? { text: '', length: 2 } : sameCharacter(all, at)
    const kept = Math.min(digits, 4)
    const code = hex(all, at + 1 + digits - kept, kept)
    const after = all.charAt(at + 1 + digits)
    const space = after !== '' && ' \t\r\n\f'.includes(after) ? 1 : 0
    return { text: lowByte(code), length: 1 + digits + space }
  })
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  nbsp: '\xa0',
  newline: '\n',
  quot: '"',
  tab: '\t',
}
const reference = /&(?:#x([\da-f]{1,8})|#(\d{1,10})|(amp|apos|gt|lt|nbsp|newline|quot|tab));?/iy

/** Decodes HTML's character references; codes above one byte become UTF-8. */
export function htmlEntityDecode(text: string): string {
  return unescaped(text, '&', (all, at) => {
    reference.lastIndex = at
    const [whole = '', hexadecimal, decimal, name] = reference.exec(all) ?? []
    if (whole === '') return undefined
    if (name !== undefined) {
      return { text: entities[name.toLowerCase()] ?? whole, length: whole.length }
    }
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
    if (code > 0x10ffff) return undefined
    return {
      text: code < 0x100 ? String.fromCharCode(code) : utf8Bytes(code),
      length: whole.length,
    }
  })
}

/** Writes every UTF-8 sequence that is not ASCII as `%uHHHH`; bytes that are no UTF-8 stay. */
export function utf8ToUnicode(text: string): string {
  let result = ''
  let copied = 0
  for (let at = 0; at < text.length; at += 1) {
    const lead = text.charCodeAt(at)
    const more = lead < 0xc0 || lead > 0xf7 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    if (more === 0) continue
    let code = lead & (0x3f >> more)
    let length = 1
    while (length <= more && (text.charCodeAt(at + length) & 0xc0) === 0x80) {
      code = (code << 6) | (text.charCodeAt(at + length) & 0x3f)
      length += 1
    }
    if (length <= more) continue
    result += `${text.slice(copied, at)}%u${code.toString(16).padStart(4, '0')}`
    copied = at + length
    at = copied - 1
  }
  return result + text.slice(copied)
}

/** One character for another; splitting is ten times faster than `replaceAll` where there are many. */
export function replaced(text: string, from: string, to: string): string {
  return text.includes(from) ? text.split(from).join(to) : text
}
