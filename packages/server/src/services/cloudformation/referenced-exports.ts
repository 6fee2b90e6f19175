import { evaluatePresent } from './engine/evaluate.ts'
import { isList, isObject, scalarText, type Json } from './engine/json.ts'
import { NotYetKnown, type Scope } from './engine/scope.ts'
import type { Template } from './engine/template.ts'

/** The names of the exports that a template imports. */
export function referencedExports(template: Template, scope: Scope): string[] {
  const names: string[] = []
  const collect = (value: Json): void => {
    if (isList(value)) return value.forEach(collect)
    if (!isObject(value)) return
    for (const [name, argument] of Object.entries(value)) {
      if (name === 'Fn::ImportValue') names.push(...nameOf(argument, scope))
      else collect(argument)
    }
  }
  for (const { properties } of Object.values(template.resources)) collect(properties)
  for (const { value } of Object.values(template.outputs)) collect(value)
  return names
}

function nameOf(argument: Json, scope: Scope): string[] {
  try {
    const name = scalarText(evaluatePresent(argument, scope))
    return name === undefined ? [] : [name]
  } catch (error) {
    if (error instanceof NotYetKnown) return []
    throw error
  }
}
