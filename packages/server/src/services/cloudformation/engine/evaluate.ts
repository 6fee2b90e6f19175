import { holds, isMet } from './conditions.ts'
import { functions } from './functions.ts'
import { isList, isObject, type Json, type JsonObject } from './json.ts'
import type { Scope } from './scope.ts'
import { noValue, type Evaluation, type Value } from './value.ts'
import { TemplateError } from './template-error.ts'

/** Evaluates a value of a template. Throws TemplateError, or NotYetKnown. */
export function evaluate(value: Json, scope: Scope): Value {
  if (isList(value)) return listOf(value, scope)
  if (!isObject(value)) return value
  const call = functionCall(value)
  if (call) return call.run(call.argument, evaluationIn(scope))
  const members: [string, Json][] = []
  for (const [name, entry] of Object.entries(value)) {
    const found = evaluate(entry, scope)
    if (found !== noValue) members.push([name, found])
  }
  return Object.fromEntries(members)
}

/** Evaluates properties; those without a value are left out. */
export function evaluateObject(value: JsonObject, scope: Scope): JsonObject {
  const found = evaluate(value, scope)
  if (!isObject(found)) throw new TemplateError('Template format error: an object was expected.')
  return found
}

/** Evaluates to a value that is there. */
export function evaluatePresent(value: Json, scope: Scope): Json {
  const found = evaluate(value, scope)
  return found === noValue ? '' : found
}

/** Whether a condition of the template holds, by name. Throws TemplateError for one that is not there. */
export function conditionHolds(name: string, scope: Scope): boolean {
  return isMet(name, evaluationIn(scope))
}

/** Whether a condition expression holds. */
export function expressionHolds(expression: Json, scope: Scope): boolean {
  return holds(expression, evaluationIn(scope))
}

function evaluationIn(scope: Scope): Evaluation {
  return { scope, evaluate: (inner) => evaluate(inner, scope) }
}

function listOf(list: readonly Json[], scope: Scope): Json {
  const values: Json[] = []
  for (const entry of list) {
    const found = evaluate(entry, scope)
    if (found !== noValue) values.push(found)
  }
  return values
}

const valueFunctions = Object.keys(functions).filter((name) => name.startsWith('Fn::'))

/** The function that an object with one member stands for. */
function functionCall(value: JsonObject) {
  const names = Object.keys(value)
  const [name = ''] = names
  if (names.length !== 1 || (name !== 'Ref' && !name.startsWith('Fn::'))) return undefined
  const run = Object.hasOwn(functions, name) ? functions[name] : undefined
  const argument = value[name]
  if (!run || argument === undefined) {
    throw new TemplateError(
      `Template error: Encountered unsupported function: ${name} Supported functions are: [${valueFunctions.join(', ')}]`,
    )
  }
  return { run, argument }
}
