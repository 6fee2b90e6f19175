import type { ByteMatchStatement, PositionalConstraint } from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Test } from '../inspection.ts'
import { fieldTest } from './field-test.ts'

/** Compiles a string match statement; case matters and bytes are compared, as in AWS WAF. */
export function byteMatchTest(compilation: Compilation, statement: ByteMatchStatement): Test {
  const { SearchString = new Uint8Array(), PositionalConstraint: constraint = 'CONTAINS' } =
    statement
  const sought = Buffer.from(SearchString).toString('latin1')
  return fieldTest(compilation, 'ByteMatchStatement', statement, finder(constraint, sought))
}

function finder(constraint: PositionalConstraint, sought: string): (text: string) => boolean {
  switch (constraint) {
    case 'EXACTLY':
      return (text) => text === sought
    case 'STARTS_WITH':
      return (text) => text.startsWith(sought)
    case 'ENDS_WITH':
      return (text) => text.endsWith(sought)
    case 'CONTAINS':
      return (text) => text.includes(sought)
    case 'CONTAINS_WORD':
      return (text) => containsWord(text, sought)
  }
}

/** Whether the word stands between the ends of the text and characters that are neither letters, digits nor `_`. */
function containsWord(text: string, word: string): boolean {
  let at = text.indexOf(word)
  while (at >= 0) {
    if (!isWordCharacter(text, at - 1) && !isWordCharacter(text, at + word.length)) return true
    at = text.indexOf(word, at + 1)
  }
  return false
}

function isWordCharacter(text: string, index: number): boolean {
  return /\w/.test(text.charAt(index))
}
