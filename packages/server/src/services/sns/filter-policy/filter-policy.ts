import { conditionOf, isObject, isScalar } from './conditions.ts'
import type { Condition, Scalar } from './conditions.ts'
import { FilterPolicyError } from './filter-policy-error.ts'

/** What a policy looks at. */
export type FilterScope = 'MessageAttributes' | 'MessageBody'

/** A message attribute as a filter policy sees it. */
export interface FilterableAttribute {
  readonly type: string
  /** The text of strings, numbers and arrays; undefined of binary values. */
  readonly string?: string | undefined
}

/** A filter policy, ready to be asked. */
export interface FilterPolicy {
  matchesAttributes(attributes: Readonly<Record<string, FilterableAttribute>>): boolean
  /** False for bodies that are not a JSON object. */
  matchesBody(body: string): boolean
}

/** All of its properties must match, and of each `$or` one alternative. */
interface Rule {
  readonly properties: readonly (readonly [name: string, test: readonly Condition[] | Rule])[]
  readonly choices: readonly (readonly Rule[])[]
}

const maxKeys = 5
const maxCombinations = 150

/** What a rule costs: keys, and the product of its lists' lengths, each times its depth. */
interface Cost {
  readonly keys: number
  readonly combinations: number
}

/** Reads a filter policy. Throws FilterPolicyError with AWS's reason. */
export function parseFilterPolicy(json: string, scope: FilterScope): FilterPolicy {
  let policy: unknown
  try {
    policy = JSON.parse(json)
  } catch {
    throw new FilterPolicyError('failed to parse JSON.')
  }
  if (!isObject(policy)) throw new FilterPolicyError('Filter is not an object')
  const rule = ruleOf(policy, scope, 1)
  const { keys, combinations } = costOf(policy, 1)
  if (keys > maxKeys) {
    throw new FilterPolicyError(`Filter policy can not have more than ${maxKeys} keys`)
  }
  if (combinations > maxCombinations) throw new FilterPolicyError('Filter policy is too complex')
  return {
    matchesAttributes: (attributes) => matches(rule, valuesOf(attributes)),
    matchesBody(body) {
      const value = parsed(body)
      return isObject(value) && matches(rule, value)
    },
  }
}

function ruleOf(
  policy: Readonly<Record<string, unknown>>,
  scope: FilterScope,
  depth: number,
): Rule {
  const properties: [string, readonly Condition[] | Rule][] = []
  const choices: Rule[][] = []
  for (const [name, value] of Object.entries(policy)) {
    const alternatives = name === '$or' ? alternativesOf(value) : undefined
    if (alternatives) {
      choices.push(alternatives.map((alternative) => ruleOf(alternative, scope, depth)))
    } else if (Array.isArray(value)) {
      if (value.length === 0) throw new FilterPolicyError('Empty arrays are not allowed')
      properties.push([name, value.map((element: unknown) => conditionOf(element))])
    } else if (!isObject(value)) {
      throw new FilterPolicyError(`"${name}" must be an object or an array`)
    } else if (scope === 'MessageAttributes') {
      throw new FilterPolicyError(
        'Filter policy scope MessageAttributes does not support nested filter policy',
      )
    } else {
      if (Object.keys(value).length === 0) {
        throw new FilterPolicyError('Empty objects are not allowed')
      }
      properties.push([name, ruleOf(value, scope, depth + 1)])
    }
  }
  return { properties, choices }
}

/** `$or` is an operator only above a list of objects; else it is a property's name. */
function alternativesOf(value: unknown): Readonly<Record<string, unknown>>[] | undefined {
  if (!Array.isArray(value)) return undefined
  const objects = value.filter(isObject)
  return objects.length === value.length && objects.length > 1 ? objects : undefined
}

function costOf(policy: Readonly<Record<string, unknown>>, depth: number): Cost {
  let keys = 0
  let combinations = 1
  for (const [name, value] of Object.entries(policy)) {
    const alternatives = name === '$or' ? alternativesOf(value) : undefined
    if (alternatives) {
      const costs = alternatives.map((alternative) => costOf(alternative, depth))
      keys += Math.max(...costs.map((cost) => cost.keys))
      combinations *= costs.reduce((sum, cost) => sum + cost.combinations, 0)
    } else if (Array.isArray(value)) {
      keys += 1
      combinations *= value.length * depth
    } else if (isObject(value)) {
      const cost = costOf(value, depth + 1)
      keys += cost.keys
      combinations *= cost.combinations
    }
  }
  return { keys, combinations }
}

function matches(rule: Rule, value: Readonly<Record<string, unknown>>): boolean {
  return (
    rule.properties.every(([name, test]) => {
      const found = Object.hasOwn(value, name) ? value[name] : undefined
      return 'properties' in test ? matchesWithin(test, found) : meetsAny(test, found)
    }) && rule.choices.every((choice) => choice.some((each) => matches(each, value)))
  )
}

/** A nested rule looks into an object, or into each object of a list; what is not there has no properties. */
function matchesWithin(rule: Rule, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => matchesWithin(rule, element))
  return matches(rule, isObject(value) ? value : {})
}

function meetsAny(conditions: readonly Condition[], value: unknown): boolean {
  const values = scalarsIn(value)
  return conditions.some((condition) =>
    condition.kind === 'exists'
      ? condition.present === (value !== undefined)
      : values.some((each) => condition.holds(each)),
  )
}

function scalarsIn(value: unknown): readonly Scalar[] {
  if (isScalar(value)) return [value]
  return Array.isArray(value) ? value.flatMap(scalarsIn) : []
}

/** Attributes by what they are compared as; binary ones are not looked at. */
function valuesOf(
  attributes: Readonly<Record<string, FilterableAttribute>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, { type, string }] of Object.entries(attributes)) {
    if (string === undefined) continue
    if (type === 'String.Array') values[name] = parsed(string) ?? string
    else values[name] = type.startsWith('Number') ? Number(string) : string
  }
  return values
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
