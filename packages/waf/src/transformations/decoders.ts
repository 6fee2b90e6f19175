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
  return /^(?:[\da-fA-F]{2})+$/.test(text) ? fromHex(text) : text
}

/** Decodes the hexadecimal literals of SQL: `0x414243` becomes `ABC`. */
export function sqlHexDecode(text: string): string {
  return text.replace(/0x((?:[\da-f]{2})+)/gi, (_, digits: string) => fromHex(digits))
}

function fromHex(digits: string): string {
  return Buffer.from(digits, 'hex').toString('latin1')
}

/** Decodes percent escapes, and a plus as a space. */
export function urlDecode(text: string): string {
  const spaced = replaced(text, '+', ' ')
  if (!spaced.includes('%')) return spaced
  return spaced.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => character(hex))
}

/** Like `urlDecode`, and decodes Microsoft's `%uHHHH`, of which but full-width letters keep the low byte only. */
export function urlDecodeUni(text: string): string {
  const spaced = replaced(text, '+', ' ')
  if (!spaced.includes('%')) return spaced
  return spaced.replace(
    /%(?:u([\da-fA-F]{4})|([\da-fA-F]{2}))/gi,
    (_, unit?: string, byte?: string) =>
      unit === undefined ? character(byte ?? '') : lowByte(unit),
  )
}

/** Full-width ASCII becomes ASCII; of any other code the low byte stays, as AWS documents. */
function lowByte(hex: string): string {
  const code = Number.parseInt(hex, 16)
  const fullWidth = code >= 0xff01 && code <= 0xff5e
  return String.fromCharCode(fullWidth ? code - 0xfee0 : code & 0xff)
}

function character(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}

const controlEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Decodes the escapes of ANSI C; what is none stays. */
export function escapeSeqDecode(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:([abfnrtv])|([\\?'"])|x([\da-fA-F]{2})|([0-3]?[0-7]{1,2}|0[0-3]?[0-7]{1,2}))/g,
    (_, control?: string, same?: string, hex?: string, octal?: string) => {
      if (control !== undefined) return controlEscapes[control] ?? ''
      if (same !== undefined) return same
      return String.fromCharCode(
        (hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16)) & 0xff,
      )
    },
  )
}

const jsEscape = /\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|([0-3]?[0-7]{1,2})|([abfnrtv])|([^]))/g

/** Decodes the escapes of JavaScript, `\uHHHH` to one byte. */
export function jsDecode(text: string): string {
  return withoutJsEscapes(text, lowByte)
}

/** Decodes the escapes of JavaScript, `\uHHHH` to UTF-8, and full-width letters to ASCII. */
export function jsDecodeExt(text: string): string {
  return withoutJsEscapes(text, (unit) => {
    const code = Number.parseInt(unit, 16)
    return code < 0x80 || (code >= 0xff01 && code <= 0xff5e) ? lowByte(unit) : utf8Bytes(code)
  })
}

function withoutJsEscapes(text: string, unicode: (hex: string) => string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    jsEscape,
    (_, unit?: string, hex?: string, octal?: string, control?: string, same?: string) => {
      if (unit !== undefined) return unicode(unit)
      if (hex !== undefined) return character(hex)
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
      return control === undefined ? (same ?? '') : (controlEscapes[control] ?? '')
    },
  )
}

/** Decodes the escapes of CSS 2, of whose code two bytes count; a backslash before anything else goes, as in `ja\vascript`. */
export function cssDecode(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:([\da-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|\r?\n|([^]))/g,
    (_, hex?: string, same?: string) => (hex === undefined ? (same ?? '') : lowByte(hex.slice(-4))),
  )
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

/** Decodes HTML's character references; codes above one byte become UTF-8. */
export function htmlEntityDecode(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#x([\da-f]{1,8})|#(\d{1,10})|(amp|apos|gt|lt|nbsp|newline|quot|tab));?/gi,
    (reference, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? reference
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      if (code > 0x10ffff) return reference
      return code < 0x100 ? String.fromCharCode(code) : utf8Bytes(code)
    },
  )
}

function utf8Bytes(code: number): string {
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1')
}

/** Writes every UTF-8 sequence that is not ASCII as `%uHHHH`; bytes that are no UTF-8 stay. */
export function utf8ToUnicode(text: string): string {
  return text.replace(
    /[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3}/g,
    (sequence) => {
      let code = sequence.charCodeAt(0) & (0xff >> (sequence.length + 1))
      for (const byte of sequence.slice(1)) code = (code << 6) | (byte.charCodeAt(0) & 0x3f)
      return `%u${code.toString(16).padStart(4, '0')}`
    },
  )
}

/** One character for another; splitting is ten times faster than `replaceAll` where there are many. */
export function replaced(text: string, from: string, to: string): string {
  return text.includes(from) ? text.split(from).join(to) : text
}
