import { sameJson } from './engine/json.ts'
import type { StackDefinition, StackRow } from './store.ts'

/** Whether a stack would stay as it is. */
export function sameDefinition(one: StackDefinition, other: StackDefinition): boolean {
  const part = ({
    templateText: text,
    parameters,
    storeValues,
    tags,
    notificationArns,
  }: StackDefinition) => ({
    text,
    parameters,
    storeValues,
    tags: tags.map((tag) => ({ ...tag })),
    notificationArns: [...notificationArns],
  })
  return sameJson(part(one), part(other))
}

/** A stack's definition. */
export function definitionOf({ definition }: Pick<StackRow, 'definition'>): StackDefinition {
  return JSON.parse(definition) as StackDefinition
}
