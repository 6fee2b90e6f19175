import { BlockList, isIP } from 'node:net'
import { FilterPolicyError } from './filter-policy-error.ts'

/** A value that a filter policy compares: of an attribute, an element of one, or a leaf of a body. */
export type Scalar = string | number | boolean | null

/** Whether one value meets a condition. */
export type ValueCondition = (value: Scalar) => boolean

/** A condition on a property: on its values, or on whether it is there. */
export type Condition =
  | { readonly kind: 'value'; readonly holds: ValueCondition }
  | { readonly kind: 'exists'; readonly present: boolean }

/** Whether a JSON value is no object and no array. */
export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const maxNumber = 1_000_000_000

function text(operator: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new FilterPolicyError(`${operator} match pattern must be a string`)
}

const prefixOf =
  (start: string): ValueCondition =>
  (value) =>
    typeof value === 'string' && value.startsWith(start)

const suffixOf =
  (end: string): ValueCondition =>
  (value) =>
    typeof value === 'string' && value.endsWith(end)

function equalsIgnoringCase(operand: string): ValueCondition {
  const lower = operand.toLowerCase()
  return (value) => typeof value === 'string' && value.toLowerCase() === lower
}

/** `anything-but` takes a value, a list of values, or a prefix or suffix. */
function anythingBut(operand: unknown): ValueCondition {
  if (isObject(operand)) {
    const [[name, inner] = ['', undefined], ...more] = Object.entries(operand)
    if (more.length > 0) throw new FilterPolicyError('Only one key allowed in match expression')
    const known = { prefix: prefixOf, suffix: suffixOf } as const
    if (name !== 'prefix' && name !== 'suffix') {
      throw new FilterPolicyError(`Unsupported anything-but pattern: ${name}`)
    }
    const refused = known[name](text(name, inner))
    return (value) => !refused(value)
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand]
  if (values.length === 0 || !values.every((value) => isScalar(value) && value !== null)) {
    throw new FilterPolicyError('anything-but list must contain only strings, numbers or booleans')
  }
  const refused = new Set<unknown>(values)
  return (value) => !refused.has(value)
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

function comparison(operator: unknown, bound: unknown): (value: number) => boolean {
  const compare = comparisons[String(operator)]
  if (typeof operator !== 'string' || !compare) {
    throw new FilterPolicyError(`Unrecognized numeric range operator: ${String(operator)}`)
  }
  if (typeof bound !== 'number') {
    throw new FilterPolicyError(`Value of ${operator} must be numeric`)
  }
  if (Math.abs(bound) > maxNumber) throw new FilterPolicyError('Value is out of range')
  return (value) => compare(value, bound)
}

/** `numeric` takes an operator and a number, or the two ends of a range. */
function numeric(operand: unknown): ValueCondition {
  if (!Array.isArray(operand)) throw new FilterPolicyError('Value of numeric must be an array.')
  const [operator, bound, upper, top, ...more]: readonly unknown[] = operand
  if (operand.length === 0) {
    throw new FilterPolicyError('Invalid member in numeric match: ]')
  }
  const first = comparison(operator, bound)
  if (operand.length <= 2) return (value) => typeof value === 'number' && first(value)
  if (more.length > 0 || operator === '=') {
    throw new FilterPolicyError('Too many elements in numeric expression')
  }
  const rises = operator === '>' || operator === '>='
  if (!rises || (upper !== '<' && upper !== '<=')) {
    throw new FilterPolicyError(`Bad numeric range operator: ${String(upper)}`)
  }
  const second = comparison(upper, top)
  if (Number(bound) >= Number(top)) throw new FilterPolicyError('Bottom must be less than top')
  return (value) => typeof value === 'number' && first(value) && second(value)
}

function cidr(operand: unknown): ValueCondition {
  const [address = '', bits] = text('cidr', operand).split('/')
  const version = isIP(address)
  const length = bits === undefined ? NaN : Number(bits)
  if (version === 0 || !(length >= 0 && length <= (version === 4 ? 32 : 128))) {
    throw new FilterPolicyError("Malformed CIDR, one '/' required")
  }
  const list = new BlockList()
  list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6')
  return (value) => {
    const kind = typeof value === 'string' ? isIP(value) : 0
    return kind !== 0 && list.check(String(value), kind === 4 ? 'ipv4' : 'ipv6')
  }
}

const operators: Readonly<Record<string, (operand: unknown) => ValueCondition>> = {
  prefix: (operand) => prefixOf(text('prefix', operand)),
  suffix: (operand) => suffixOf(text('suffix', operand)),
  'equals-ignore-case': (operand) => equalsIgnoringCase(text('equals-ignore-case', operand)),
  'anything-but': anythingBut,
  numeric,
  cidr,
}

/**
 * Reads one element of a property's list. Throws FilterPolicyError.
 * Source: https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and its siblings.
 */
export function conditionOf(element: unknown): Condition {
  if (isScalar(element)) return { kind: 'value', holds: (value) => value === element }
  if (!isObject(element)) {
    throw new FilterPolicyError('Match value must be String, number, true, false, or null')
  }
  const [[name, operand] = ['', undefined], ...more] = Object.entries(element)
  if (more.length > 0) throw new FilterPolicyError('Only one key allowed in match expression')
  if (name === 'exists') {
    if (typeof operand === 'boolean') return { kind: 'exists', present: operand }
    throw new FilterPolicyError('exists match pattern must be either true or false.')
  }
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!operator) throw new FilterPolicyError(`Unrecognized match type ${name}`)
  return { kind: 'value', holds: operator(operand) }
}
