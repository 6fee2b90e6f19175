/**
 * How management policies (tag, backup, AI opt-out) merge from the root down to an account
 * (https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html).
 */

/** What is wrong with a management policy's text. */
export class InheritanceSyntaxError extends Error {}

type Json = string | number | boolean | null | readonly Json[] | JsonObject
interface JsonObject {
  readonly [key: string]: Json
}

const setting = ['@@assign', '@@append', '@@remove'] as const
type Setting = (typeof setting)[number]
const control = '@@operators_allowed_for_child_policies'
const grants: readonly string[] = ['@@all', '@@none', ...setting]

/** A node of the effective policy while it is built. */
interface Node {
  /** As the policy that brought the key in spelled it. */
  readonly name: string
  value?: Json
  /** The operators that policies further down may use; absent means all. */
  allowed?: ReadonlySet<string> | undefined
  readonly children: Map<string, Node>
}

/** Checks a management policy's text. Throws InheritanceSyntaxError. */
export function checkManagementPolicy(text: string, top: string): void {
  const document = parse(text)
  const names = Object.keys(document).filter((name) => name !== control)
  if (names.length !== 1 || names[0] !== top) throw new InheritanceSyntaxError(`needs ${top}`)
  checkNode(document)
}

function checkNode(node: JsonObject): void {
  const operators = Object.keys(node).filter((name) => name.startsWith('@@') && name !== control)
  for (const [name, value] of Object.entries(node)) {
    if (name === control) checkControl(value)
    else if (name.startsWith('@@')) checkOperator(name, value)
    else if (operators.length > 0) throw new InheritanceSyntaxError('a setting has no members')
    else if (!isObject(value)) throw new InheritanceSyntaxError(`${name} needs an operator`)
    else checkNode(value)
  }
}

function checkControl(value: Json): void {
  const isKnown = isList(value) && value.every((each) => grants.includes(String(each)))
  if (!isKnown) throw new InheritanceSyntaxError(`${control} lists operators`)
}

function checkOperator(name: string, value: Json): void {
  if (!setting.some((each) => each === name)) throw new InheritanceSyntaxError(`${name} is unknown`)
  const flat = isList(value) ? value : [value]
  if (flat.some((each) => isObject(each) || isList(each))) {
    throw new InheritanceSyntaxError(`${name} takes a value or a list of values`)
  }
}

/** The effective policy of the policies at each level, the root's first; undefined when there is none. */
export function effectivePolicy(levels: readonly (readonly string[])[]): string | undefined {
  if (levels.every((level) => level.length === 0)) return undefined
  const root: Node = { name: '', children: new Map() }
  for (const level of levels) {
    const limits: (() => void)[] = []
    for (const text of level) merge(root, parse(text), undefined, limits)
    // A level's own limits bind those below it.
    for (const limit of limits) limit()
  }
  return JSON.stringify(rendered(root) ?? {})
}

function merge(
  node: Node,
  document: JsonObject,
  inherited: ReadonlySet<string> | undefined,
  limits: (() => void)[],
): void {
  const allowed = both(inherited, node.allowed)
  for (const [name, value] of Object.entries(document)) {
    if (name === control) limits.push(() => (node.allowed = both(node.allowed, operatorsIn(value))))
    else if (isSetting(name)) {
      if (!allowed || allowed.has(name)) set(node, name, value)
    } else if (isObject(value)) merge(childOf(node, name), value, allowed, limits)
  }
}

/** Keys are one key whatever their case. */
function childOf(node: Node, name: string): Node {
  const key = name.toLowerCase()
  let child = node.children.get(key)
  if (!child) node.children.set(key, (child = { name, children: new Map() }))
  return child
}

function set(node: Node, operator: Setting, value: Json): void {
  if (operator === '@@assign') node.value = value
  else {
    const given = isList(value) ? value : [value]
    const before: readonly Json[] = node.value === undefined ? [] : [node.value].flat()
    if (operator === '@@append') {
      node.value = [...new Set([...before, ...given])]
    } else if (node.value !== undefined) {
      node.value = before.filter((each) => !given.includes(each))
    }
  }
}

function operatorsIn(value: Json): ReadonlySet<string> | undefined {
  const names = (isList(value) ? value : []).map(String)
  if (names.includes('@@all')) return undefined
  return new Set(names.filter(isSetting))
}

function both(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (!one || !other) return one ?? other
  return new Set([...one].filter((name) => other.has(name)))
}

function rendered(node: Node): Json | undefined {
  if (node.value !== undefined) return node.value
  const members: [string, Json][] = []
  for (const child of node.children.values()) {
    const value = rendered(child)
    if (value !== undefined) members.push([child.name, value])
  }
  return members.length > 0 ? Object.fromEntries(members) : undefined
}

function parse(text: string): JsonObject {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    throw new InheritanceSyntaxError('not JSON')
  }
  if (!isObject(value)) throw new InheritanceSyntaxError('not an object')
  return value
}

function isSetting(name: string): name is Setting {
  return setting.some((each) => each === name)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
