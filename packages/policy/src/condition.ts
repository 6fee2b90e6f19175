import { CONDITION_OPERATORS } from './condition-operators.ts'
import type { ConditionOperator, ValueTest } from './condition-operators.ts'
import type { ConditionContext, ConditionValues } from './context.ts'
import { PolicySyntaxError, SYNTAX } from './syntax-error.ts'
import { parseTemplate } from './variables.ts'

/** One key of a Condition element, ready to be tested. */
export interface Condition {
  /** The operator as the policy writes it, with its qualifiers. */
  readonly operator: string
  /** The condition key, in lower case. */
  readonly key: string
  /** The condition key as the policy writes it. */
  readonly writtenKey: string
  readonly values: readonly string[]
  /** Keys that the values name as policy variables, in lower case. */
  readonly variables: readonly string[]
  readonly holds: (context: ConditionContext) => boolean
}

type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

/** Whether a name is a condition operator, qualifiers included. */
export function isConditionOperator(name: string): boolean {
  const found = OPERATOR.exec(name)
  if (!found) return false
  const isNull = found[2] === 'Null' && found[3] === undefined
  return isNull || Object.hasOwn(CONDITION_OPERATORS, found[2] ?? '')
}

/** Compiles one key under one operator; throws `PolicySyntaxError` for what IAM would refuse. */
export function compileCondition(
  operator: string,
  writtenKey: string,
  values: readonly string[],
  withVariables: boolean,
): Condition {
  const found = OPERATOR.exec(operator)
  if (!found || !isConditionOperator(operator)) throw new PolicySyntaxError(SYNTAX)
  const key = writtenKey.toLowerCase()
  const named = { operator, key, writtenKey, values }
  const name = found[2] ?? ''
  if (name === 'Null') return { ...named, variables: [], holds: nullCheck(key, values) }
  const entry = CONDITION_OPERATORS[name]
  if (!entry) throw new PolicySyntaxError(SYNTAX)
  const takesVariables = withVariables && /^(String|Arn)/.test(name)
  const templates = values.map((value) => parseTemplate(value, takesVariables))
  const test = conditionTest(quantifierOf(found[1]), entry, entry.compile(templates))
  const whenMissing = found[3] !== undefined || missingOutcome(quantifierOf(found[1]), entry)
  return {
    ...named,
    variables: templates.flatMap((template) => template.variables),
    holds: (context) => {
      const given = context.get(key)
      return given === undefined ? whenMissing : test(given, context)
    },
  }
}

function quantifierOf(text: string | undefined): Quantifier {
  return text === 'ForAllValues' || text === 'ForAnyValue' ? text : undefined
}

/** Negated operators hold on missing keys; ForAllValues holds and ForAnyValue fails on nothing. */
function missingOutcome(quantifier: Quantifier, operator: ConditionOperator): boolean {
  if (quantifier !== undefined) return quantifier === 'ForAllValues'
  return operator.negated
}

function conditionTest(
  quantifier: Quantifier,
  operator: ConditionOperator,
  matches: ValueTest,
): (given: ConditionValues, context: ConditionContext) => boolean {
  const { negated } = operator
  if (quantifier === 'ForAllValues') {
    return (given, context) =>
      isNullSet(given) || given.every((value) => matches(value, context) !== negated)
  }
  if (quantifier === 'ForAnyValue') {
    return (given, context) =>
      !isNullSet(given) && given.some((value) => matches(value, context) !== negated)
  }
  return (given, context) => given.some((value) => matches(value, context)) !== negated
}

/** AWS counts an empty string as a null data set under the set operators. */
function isNullSet(given: ConditionValues): boolean {
  return given.length === 0 || (given.length === 1 && given[0] === '')
}

function nullCheck(key: string, values: readonly string[]): (context: ConditionContext) => boolean {
  const wanted = new Set(values.map((value) => value.toLowerCase()))
  return (context) => {
    const given = context.get(key)
    return wanted.has(String(given === undefined || given.length === 0))
  }
}
