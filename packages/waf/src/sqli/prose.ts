import { wordClass } from './words.ts'

/** Whether a text in normal form begins with two words that are neither operators nor clauses: no operand goes on like that. */
export function beginsWithTwoNames(text: string): boolean {
  const first = nameEnd(text, 0)
  if (first === 0 || text.charCodeAt(first) !== 0x20) return false
  const second = nameEnd(text, first + 1)
  return second > first + 1 && text.charCodeAt(second) !== 0x2f
}

/** Whether a literal that ends before `from` is followed by a word that is no operator, or a digit. */
export function nameFollows(text: string, from: number): boolean {
  let at = from
  while (text.charCodeAt(at) === 0x20) at += 1
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return true
  const end = nameEnd(text, at)
  return end > at && text.charCodeAt(end) !== 0x2f
}

/** Where a word that is no keyword ends; its beginning when there is none. */
function nameEnd(text: string, from: number): number {
  let end = from
  while (isLetter(text.charCodeAt(end))) end += 1
  return end > from && wordClass(text.slice(from, end)) === undefined ? end : from
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code > 0xff
}
