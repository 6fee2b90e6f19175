import type { RegexMatchStatement, RegexPatternSetReferenceStatement } from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Test } from '../inspection.ts'
import { compilePattern } from '../regex/pattern.ts'
import { fieldTest } from './field-test.ts'

/** Compiles a regex match statement. */
export function regexMatchTest(compilation: Compilation, statement: RegexMatchStatement): Test {
  const matches = compilePattern(statement.RegexString ?? '')
  return fieldTest(compilation, 'RegexMatchStatement', statement, matches)
}

/** Compiles a statement that matches when any pattern of a set does. */
export function regexSetTest(
  compilation: Compilation,
  statement: RegexPatternSetReferenceStatement,
): Test {
  const patterns = compilation
    .regexSet(statement.ARN ?? '')
    .map((pattern) => ({ pattern, matches: compilePattern(pattern) }))
  return fieldTest(compilation, 'RegexPatternSetReferenceStatement', statement, (text) => {
    const found = patterns.find(({ matches }) => matches(text))
    return found && `pattern ${found.pattern}`
  })
}
