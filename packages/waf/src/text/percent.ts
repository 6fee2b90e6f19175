import { isUtf8 } from 'node:buffer'

/**
 * Takes one layer of percent escapes off: `%41`, and `%u0041` as old servers read it. Broken escapes stay. The text may be a byte
 * string or Unicode; what comes out is Unicode.
 */
export function percentDecoded(text: string, plusIsSpace: boolean): string {
  return unicodeText(percentBytes(text, plusIsSpace))
}

/** As `percentDecoded`, but leaves the bytes as they are, for a body in another charset than UTF-8. */
export function percentBytes(text: string, plusIsSpace: boolean): string {
  const source = plusIsSpace && text.includes('+') ? text.split('+').join(' ') : text
  const first = source.indexOf('%')
  if (first < 0) return source
  if (source.length < shortText) return shortDecoded(source, first)
  const units = new Uint16Array(source.length)
  let length = 0
  for (let index = 0; index < source.length; index += 1) {
    let code = source.charCodeAt(index)
    if (code === 0x25) {
      const escape = escapeAt(source, index)
      if (escape >= 0) {
        code = escape
        index += isU(source.charCodeAt(index + 1)) ? 5 : 2
      }
    }
    units[length] = code
    length += 1
  }
  return Buffer.from(units.buffer, 0, length * 2).toString('utf16le')
}

/** Below this, putting strings together costs less than a buffer. */
const shortText = 200

function shortDecoded(source: string, first: number): string {
  let decoded = ''
  let done = 0
  for (let at = first; at >= 0; at = source.indexOf('%', at)) {
    const code = escapeAt(source, at)
    if (code < 0) {
      at += 1
      continue
    }
    decoded += source.slice(done, at) + String.fromCharCode(code)
    done = at + (isU(source.charCodeAt(at + 1)) ? 6 : 3)
    at = done
  }
  return decoded + source.slice(done)
}

/** Reads a byte string as UTF-8, leniently: overlong sequences as the character they stand for, stray bytes as Latin-1. */
export function unicodeText(bytes: string): string {
  let narrow = true
  let plain = true
  for (let index = 0; index < bytes.length && narrow; index += 1) {
    const code = bytes.charCodeAt(index)
    if (code > 0x7f) plain = false
    if (code > 0xff) narrow = false
  }
  if (plain) return bytes
  if (narrow) {
    const buffer = Buffer.from(bytes, 'latin1')
    if (isUtf8(buffer)) return buffer.toString('utf8')
  }
  return lenientText(bytes)
}

function lenientText(bytes: string): string {
  const units = new Uint16Array(bytes.length)
  let length = 0
  for (let index = 0; index < bytes.length; index += 1) {
    let code = bytes.charCodeAt(index)
    const more = code < 0xc0 || code > 0xf7 ? 0 : code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3
    if (more > 0 && continues(bytes, index, more)) {
      code &= 0x3f >> more
      for (let step = 0; step < more; step += 1) {
        index += 1
        code = (code << 6) | (bytes.charCodeAt(index) & 0x3f)
      }
    }
    if (code > 0xffff) {
      units[length] = 0xd7c0 + (code >> 10)
      length += 1
      code = 0xdc00 | (code & 0x3ff)
    }
    units[length] = code
    length += 1
  }
  return Buffer.from(units.buffer, 0, length * 2).toString('utf16le')
}

function continues(bytes: string, lead: number, more: number): boolean {
  for (let step = 1; step <= more; step += 1) {
    const code = bytes.charCodeAt(lead + step)
    if (!(code >= 0x80 && code <= 0xbf)) return false
  }
  return true
}

/** The code of the escape whose percent sign is at `index`, or -1. */
function escapeAt(text: string, index: number): number {
  return isU(text.charCodeAt(index + 1)) ? hex(text, index + 2, 4) : hex(text, index + 1, 2)
}

function isU(code: number): boolean {
  return code === 0x75 || code === 0x55
}

/** The number that `digits` hexadecimal digits stand for, or -1 when they are not. */
export function hex(text: string, start: number, digits: number): number {
  let value = 0
  for (let index = start; index < start + digits; index += 1) {
    const code = text.charCodeAt(index)
    const digit =
      code >= 0x30 && code <= 0x39
        ? code - 0x30
        : code >= 0x41 && code <= 0x46
          ? code - 0x37
          : code >= 0x61 && code <= 0x66
            ? code - 0x57
            : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}
