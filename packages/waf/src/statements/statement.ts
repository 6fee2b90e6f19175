import type { Statement } from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Inspection, Test } from '../inspection.ts'
import { asnMatchTest, geoMatchTest, ipSetTest } from './address-match.ts'
import { byteMatchTest } from './byte-match.ts'
import { sqliTest, xssTest } from './injection.ts'
import { labelMatchTest } from './label-match.ts'
import { regexMatchTest, regexSetTest } from './regex-match.ts'
import { sizeConstraintTest } from './size-constraint.ts'

/** Where a statement stands. */
export interface RuleContext {
  readonly compilation: Compilation
  /** The prefix of labels that the rules beside it add, with the colon. */
  readonly labelPrefix: string
  /** `group / rule`, or the rule's name. */
  readonly rule: string
}

/** Compiles a statement that may stand within others: all but rate-based ones and rule groups. */
export function statementTest(context: RuleContext, statement: Statement): Test {
  const test = combination(context, statement) ?? leaf(context, statement)
  if (test === undefined) {
    throw new Error(`rule ${context.rule}: no such statement: ${Object.keys(statement).join(', ')}`)
  }
  return test
}

function leaf({ compilation, labelPrefix }: RuleContext, statement: Statement): Test | undefined {
  const { ByteMatchStatement, IPSetReferenceStatement, GeoMatchStatement } = statement
  const { AsnMatchStatement, LabelMatchStatement, RegexMatchStatement } = statement
  const { RegexPatternSetReferenceStatement, SizeConstraintStatement } = statement
  const { SqliMatchStatement, XssMatchStatement } = statement
  if (ByteMatchStatement) return byteMatchTest(compilation, ByteMatchStatement)
  if (IPSetReferenceStatement) return ipSetTest(compilation, IPSetReferenceStatement)
  if (GeoMatchStatement) return geoMatchTest(GeoMatchStatement)
  if (AsnMatchStatement) return asnMatchTest(AsnMatchStatement)
  if (RegexMatchStatement) return regexMatchTest(compilation, RegexMatchStatement)
  if (RegexPatternSetReferenceStatement) {
    return regexSetTest(compilation, RegexPatternSetReferenceStatement)
  }
  if (SqliMatchStatement) return sqliTest(compilation, SqliMatchStatement)
  if (XssMatchStatement) return xssTest(compilation, XssMatchStatement)
  if (SizeConstraintStatement) return sizeConstraintTest(compilation, SizeConstraintStatement)
  if (LabelMatchStatement) return labelMatchTest(LabelMatchStatement, labelPrefix)
  return undefined
}

function combination(context: RuleContext, statement: Statement): Test | undefined {
  const compiled = (nested: readonly Statement[] = []): Test[] =>
    nested.map((each) => statementTest(context, each))
  const { AndStatement, OrStatement, NotStatement } = statement
  if (AndStatement) {
    const tests = compiled(AndStatement.Statements)
    return explained((inspection) => tests.every((test) => test(inspection)))
  }
  if (OrStatement) {
    const tests = compiled(OrStatement.Statements)
    return explained((inspection) => tests.some((test) => test(inspection)))
  }
  if (NotStatement) {
    const [test] = compiled(NotStatement.Statement ? [NotStatement.Statement] : [])
    if (test !== undefined) return explained((inspection) => !test(inspection))
  }
  return undefined
}

/** Drops why parts matched when the whole has not. */
function explained(test: Test): Test {
  return (inspection: Inspection) => {
    const { length } = inspection.details
    const matched = test(inspection)
    if (!matched) inspection.details.length = length
    return matched
  }
}
