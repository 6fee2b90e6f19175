import { conditionHolds, evaluate } from './evaluate.ts'
import { isList, isObject, type Json } from './json.ts'
import { NotYetKnown, type Scope } from './scope.ts'

/**
 * Checks the functions of a value as far as they can be evaluated before anything is made: what they
 * take from resources is not known yet, and exports are looked up only when they are needed. Throws
 * TemplateError.
 */
export function checkFunctions(value: Json, scope: Scope): void {
  check(value, { ...scope, resource: () => undefined, exported: laterKnown })
}

function laterKnown(name: string): never {
  throw new NotYetKnown(name)
}

function check(value: Json, scope: Scope): void {
  if (isList(value)) for (const entry of value) check(entry, scope)
  if (!isObject(value)) return
  const entries = Object.entries(value)
  for (const [name, argument] of entries) {
    const isFunction = entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))
    if (!isFunction) check(argument, scope)
    else if (!isKnown(value, scope)) check(branch(name, argument, scope), scope)
  }
}

function isKnown(call: Json, scope: Scope): boolean {
  try {
    evaluate(call, scope)
    return true
  } catch (error) {
    if (error instanceof NotYetKnown) return false
    throw error
  }
}

/** What of a function's argument counts: of a choice, what is chosen. */
function branch(name: string, argument: Json, scope: Scope): Json {
  if (name !== 'Fn::If' || !isList(argument)) return argument
  const [condition, whenTrue = '', whenFalse = ''] = argument
  return conditionHolds(String(condition), scope) ? whenTrue : whenFalse
}
