/** Entities of HTML that stand for the ASCII characters with which code is written. */
const namedEntities: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  ast: '*',
  bsol: '\\',
  colon: ':',
  comma: ',',
  commat: '@',
  dollar: '$',
  equals: '=',
  excl: '!',
  grave: '`',
  gt: '>',
  hat: '^',
  lbrace: '{',
  lbrack: '[',
  lcub: '{',
  lowbar: '_',
  lpar: '(',
  lsqb: '[',
  lt: '<',
  midast: '*',
  newline: '\n',
  num: '#',
  percnt: '%',
  period: '.',
  plus: '+',
  quest: '?',
  quot: '"',
  rbrace: '}',
  rbrack: ']',
  rcub: '}',
  rpar: ')',
  rsqb: ']',
  semi: ';',
  sol: '/',
  tab: '\t',
  verbar: '|',
  vert: '|',
}

/**
 * Takes HTML's character references off where they hide ASCII. References to other letters, and an `&amp;` that begins no further
 * reference, are how ordinary text is written: they alone make no difference.
 */
export function entitiesDecoded(text: string): string {
  let differs = false
  const decoded = text.replace(
    /&(?:#x0{0,8}([\da-f]{1,6})|#0{0,8}(\d{1,7})|([a-z]{2,7})(?=;)|(lt|gt|quot|amp));?/gi,
    (reference: string, ...found: (string | undefined)[]) => {
      const [hex, decimal, name, bare] = found
      const word = (name ?? bare)?.toLowerCase()
      if (word === 'amp') return '&'
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      const character =
        word === undefined
          ? code < 0x80
            ? String.fromCharCode(code)
            : undefined
          : namedEntities[word]
      if (character === undefined) return reference
      differs = true
      return character
    },
  )
  return differs || /&(?:#|lt|gt|quot)/i.test(decoded) ? decoded : text
}

/** Takes the escapes of JavaScript and JSON strings off: `\x3c`, `\u003c`, `\u{3c}`, `\74`, `\/`, `\"`. */
export function escapesDecoded(text: string): string {
  return text.replace(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{0{0,8}([\da-f]{1,5})\}|(0?[4-7][0-7]|1[0-7]{2})(?!\d)|(["'`/]))/gi,
    (_, ...found: (string | undefined)[]) => {
      const [byte, unit, point, octal, same] = found
      if (same !== undefined) return same
      const code =
        octal === undefined
          ? Number.parseInt(byte ?? unit ?? point ?? '', 16)
          : Number.parseInt(octal, 8)
      return String.fromCodePoint(Math.min(code, 0x10ffff))
    },
  )
}

/** Writes full-width letters and signs, and the signs that databases turn into an apostrophe, in ASCII. */
export function widthFolded(text: string): string {
  return text.replace(/[\uff01-\uff5e\u02b9\u02bc\u2032]/g, (character) => {
    const code = character.charCodeAt(0)
    return code >= 0xff01 ? String.fromCharCode(code - 0xfee0) : "'"
  })
}

/** Reads UTF-7's shifted ASCII: `+ADw-script+AD4-`; a plus may have become a space on its way. */
export function utf7Decoded(text: string): string {
  return text.replace(/[+ ](A[A-Za-z\d+/]{2,40})-?/g, (shifted, base64: string) => {
    const bytes = Buffer.from(base64, 'base64')
    let decoded = ''
    for (let index = 0; index + 1 < bytes.length; index += 2) {
      const code = bytes.readUInt16BE(index)
      if (code < 0x20 || code > 0x7e) return shifted
      decoded += String.fromCharCode(code)
    }
    return /^[<>"'&;()=+]+$/.test(decoded) ? decoded : shifted
  })
}
