import { isNode } from './compile.ts'
import type { PatternLeaf, PatternNode } from './compile.ts'
import { exactNumber } from './event-json.ts'
import type { Scalar } from './matchers.ts'

/**
 * Whether an event matches a pattern. Values of one array element are looked at together, as
 * EventBridge does: `{"a": {"b": [1], "c": [2]}}` wants both in the same element of `a`.
 */
export function matchesPattern(pattern: PatternNode, event: object): boolean {
  const root = joinNames(event)
  return objectMatches(pattern, root, root)
}

function objectMatches(node: PatternNode, value: unknown, root: unknown): boolean {
  if (Array.isArray(value)) {
    if (value.length === 0) return objectMatches(node, undefined, root)
    return value.some((element) => objectMatches(node, element, root))
  }
  for (const [name, field] of node.fields) {
    const member = memberOf(value, name)
    const fits = isNode(field)
      ? objectMatches(field, member, root)
      : leafMatches(field, member, root)
    if (!fits) return false
  }
  return node.ors.every((branches) => branches.some((branch) => objectMatches(branch, value, root)))
}

function leafMatches(leaf: PatternLeaf, value: unknown, root: unknown): boolean {
  if (valueMatches(leaf, value)) return true
  return leaf.absent && !hasLeaf(root, leaf.path, 0)
}

function valueMatches(leaf: PatternLeaf, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => valueMatches(leaf, element))
  const scalar = scalarOf(value)
  if (scalar === undefined) return false
  return leaf.present || leaf.exact.has(scalar) || leaf.matchers.some((matcher) => matcher(scalar))
}

/** Only leaves exist: an object without any, or an empty array, does not. */
function hasLeaf(value: unknown, path: readonly string[], depth: number): boolean {
  if (Array.isArray(value)) return value.some((element) => hasLeaf(element, path, depth))
  const name = path[depth]
  return name === undefined
    ? scalarOf(value) !== undefined
    : hasLeaf(memberOf(value, name), path, depth + 1)
}

function scalarOf(value: unknown): Scalar | undefined {
  if (typeof value === 'object' && value !== null) return exactNumber(value)
  return value as Scalar | undefined
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

/** An event is looked at by many patterns. */
const joinedEvents = new WeakMap<object, object>()

/** An event in which names with dots have become the path that they spell; most have none. */
function joinNames(event: object): object {
  let known = joinedEvents.get(event)
  if (!known) {
    known = hasDottedName(event) ? (joined(event) as object) : event
    joinedEvents.set(event, known)
  }
  return known
}

function hasDottedName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasDottedName)
  for (const name in value) {
    if (name.includes('.') || hasDottedName(memberOf(value, name))) return true
  }
  return false
}

function joined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (exactNumber(value) !== undefined) return value
  if (Array.isArray(value)) return value.map(joined)
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [name, member] of Object.entries(value)) place(object, name.split('.'), joined(member))
  return object
}

function place(object: Record<string, unknown>, steps: readonly string[], value: unknown): void {
  const [name = '', ...rest] = steps
  const known = memberOf(object, name)
  if (rest.length > 0) {
    const inner = isRecord(known) ? known : (Object.create(null) as Record<string, unknown>)
    place(inner, rest, value)
    object[name] = inner
  } else if (isRecord(known) && isRecord(value)) {
    for (const [key, member] of Object.entries(value)) place(known, [key], member)
  } else object[name] = value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
