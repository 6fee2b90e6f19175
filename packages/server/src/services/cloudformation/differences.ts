import type { ResourceType } from '../../kernel/resource-type.ts'
import type { AwaitedType } from './awaited-type.ts'
import { sameJson, type Json } from './engine/json.ts'
import { isAwaited } from './resource-types.ts'

/** The names of the properties that differ. */
export function changedProperties(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => !sameJson(before[name] as Json, after[name] as Json))
}

/** Whether a change of these properties makes a new resource. */
export function replaces(type: ResourceType | AwaitedType, changed: readonly string[]): boolean {
  const cannotUpdate = !isAwaited(type) && type.update === undefined
  return (
    changed.length > 0 && (cannotUpdate || changed.some((name) => type.replacing.includes(name)))
  )
}
