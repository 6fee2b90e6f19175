import { RE2JS } from 're2js'
import { unicodeText } from '../text/percent.ts'
import { splitAssertions } from './assertions.ts'
import { boundedExpression } from './bounded.ts'

/** Says whether a pattern occurs in a byte string. */
export type PatternTest = (text: string) => boolean

/**
 * Compiles a regular expression to a test that takes time in proportion to the text, whatever the two are. Assertions about what
 * follows are understood after a leading `^`; otherwise the syntax is RE2's: no back references.
 * @throws Error that says what is wrong with the pattern
 */
export function compilePattern(pattern: string): PatternTest {
  const { body, assertions } = splitAssertions(pattern)
  const test = linearTest(body)
  const tests = assertions.map((each) => ({ ...each, test: linearTest(each.body) }))
  const whole: PatternTest = (text) =>
    tests.every((each) => each.test(text) === each.expected) && test(text)
  // A pattern that is ASCII means bytes, as does AWS's; with other letters in it, it means text.
  return isAscii(pattern) ? whole : (text) => whole(unicodeText(text))
}

/** What is wrong with a regular expression, undefined when nothing is. */
export function patternFault(pattern: string): string | undefined {
  try {
    compilePattern(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function linearTest(body: string): PatternTest {
  const flags = /\(\?<[=!]/.test(body) ? RE2JS.LOOKBEHINDS : 0
  const compiled = RE2JS.compile(body, flags)
  const native = boundedExpression(body)
  return native ? (text) => native.test(text) : (text) => compiled.test(text)
}

function isAscii(pattern: string): boolean {
  return !/[^\0-\x7f]|\\[pP]|\\x\{/.test(pattern)
}
