import { conditionHolds, evaluate } from './evaluate.ts'
import { functions } from './functions.ts'
import { isList, isObject, type Json } from './json.ts'
import { NotYetKnown, type Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'

/** Functions beside those of values: of conditions and rules, and of language extensions. */
const others = ['Fn::And', 'Fn::Contains', 'Fn::Equals', 'Fn::Not', 'Fn::Or']

/**
 * Checks the functions of a value that can be checked before anything is made: that they exist, that
 * conditions of `Fn::If` are declared, and that `Fn::FindInMap` finds. Throws TemplateError.
 */
export function checkFunctions(value: Json, scope: Scope): void {
  if (isList(value)) for (const entry of value) checkFunctions(entry, scope)
  if (!isObject(value)) return
  const entries = Object.entries(value)
  for (const [name, argument] of entries) {
    if (entries.length === 1 && name.startsWith('Fn::')) checkFunction(name, argument, scope)
    else checkFunctions(argument, scope)
  }
}

function checkFunction(name: string, argument: Json, scope: Scope): void {
  if (!Object.hasOwn(functions, name) && !others.includes(name)) {
    const known = Object.keys(functions).filter((each) => each.startsWith('Fn::'))
    throw new TemplateError(
      `Template error: Encountered unsupported function: ${name} Supported functions are: [${known.join(', ')}]`,
    )
  }
  if (name === 'Fn::If') {
    checkChoice(argument, scope)
    return
  }
  checkFunctions(argument, scope)
  if (name === 'Fn::FindInMap') findNow(argument, scope)
}

/** Only the branch that is taken is looked at. */
function checkChoice(argument: Json, scope: Scope): void {
  const [condition, whenTrue = '', whenFalse = ''] = isList(argument) ? argument : []
  if (typeof condition !== 'string') return
  if (!Object.hasOwn(scope.conditions, condition)) {
    throw new TemplateError(
      `Template error: unresolved condition dependency ${condition} in Fn::If`,
    )
  }
  checkFunctions(conditionHolds(condition, scope) ? whenTrue : whenFalse, scope)
}

function findNow(argument: Json, scope: Scope): void {
  try {
    evaluate({ 'Fn::FindInMap': argument }, scope)
  } catch (error) {
    if (!(error instanceof NotYetKnown)) throw error
  }
}
