const quote = 0x27
const doubleQuote = 0x22
const backtick = 0x60
const space = 0x20

/**
 * The text as a lenient database would read it: lower case, without null bytes, typographic quotes and full-width characters as
 * their ASCII twins, every kind of white space (and bytes that are no UTF-8) as a space. Line ends stay, they end comments.
 */
export function normalForm(text: string): string {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0x7e || (code < 0x20 && code !== 0x0a)) return rewritten(text).toLowerCase()
  }
  return text.toLowerCase()
}

function rewritten(text: string): string {
  let result = ''
  let copied = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    const twin = asciiTwin(code)
    if (twin === code) continue
    result += text.slice(copied, index)
    if (twin !== dropped) result += String.fromCharCode(twin)
    copied = index + 1
  }
  return copied === 0 ? text : result + text.slice(copied)
}

const dropped = -1

/** The character that a database takes another for: itself for most, `dropped` for one that it leaves out. */
function asciiTwin(code: number): number {
  if (code < 0x20) return code === 0 ? dropped : code === 0x0a || code === 0x0d ? 0x0a : space
  if (code < 0x7f || (code > 0xa0 && code < 0x2b9) || (code > 0x2cb && code < 0x180e)) return code
  if (code > 0x3000 && code < 0xfeff) return code
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0
  return twins.get(code) ?? code
}

const twins = new Map<number, number>([
  [0x7f, dropped],
  [0x85, space],
  [0xa0, space],
  [0xfffd, space],
  [0xfeff, dropped],
  [0x200b, dropped],
  [0x3000, space],
  [0x202f, space],
  [0x205f, space],
  [0x180e, space],
  ...Array.from({ length: 11 }, (_, index): [number, number] => [0x2000 + index, space]),
  [0x02b9, quote],
  [0x02bb, quote],
  [0x02bc, quote],
  [0x02bd, quote],
  [0x02c8, quote],
  [0x2018, quote],
  [0x2019, quote],
  [0x201a, quote],
  [0x201b, quote],
  [0x2032, quote],
  [0x02ba, doubleQuote],
  [0x201c, doubleQuote],
  [0x201d, doubleQuote],
  [0x201e, doubleQuote],
  [0x2033, doubleQuote],
  [0x02cb, backtick],
  [0x2035, backtick],
  [0x2044, 0x2f],
  [0x2215, 0x2f],
  [0x2212, 0x2d],
])

/** The text without a layer of percent escapes that was left over, and without percent signs that begin none. */
export function withoutPercents(text: string): string {
  let result = ''
  let copied = 0
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at + 1)) {
    const code = hexPair(text, at + 1)
    result += text.slice(copied, at)
    if (code !== undefined) result += String.fromCharCode(code)
    copied = code === undefined ? at + 1 : at + 3
  }
  return result + text.slice(copied)
}

/** The text without exponents that lack digits, `1.e`: MySQL reads over them wherever they stand. */
export function withoutEmptyExponents(text: string): string {
  return text.replace(/ ?[0-9]\.e(?![a-z0-9_$])/g, '')
}

/** A text in quotes, as it was before a format doubled the quotes within. */
export function withoutDoubling(text: string): string {
  const first = text.charAt(0)
  if ((first !== '"' && first !== "'") || !text.endsWith(first)) return text
  return text.includes(first + first) ? text.slice(1, -1).replaceAll(first + first, first) : text
}

function hexPair(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? undefined : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
