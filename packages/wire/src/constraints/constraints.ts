import { NormalizedSchema } from '@smithy/core/schema'
import type { OperationSchema } from '../protocols/protocol.ts'
import { javaPattern } from './java-pattern.ts'

/** What the model says about one shape, beyond what the SDK's schema knows. */
export interface ShapeConstraints {
  readonly min?: number
  readonly max?: number
  /** A Java regular expression that the whole value must match. */
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly integer?: boolean
  /** Member to shape, where the shape has constraints. */
  readonly members?: Readonly<Record<string, string>>
  readonly element?: string
  readonly key?: string
  readonly value?: string
}

/** A service's constraints, as `scripts/generate-constraints.py` writes them. */
export interface ConstraintData {
  readonly operations: Readonly<Record<string, string>>
  readonly shapes: Readonly<Record<string, ShapeConstraints>>
}

/** An operation's constraints, compiled. */
export interface Validator {
  /** AWS's message for everything wrong with an input, or undefined when it is valid. */
  validate(input: Readonly<Record<string, unknown>>): string | undefined
}

/** Reports what is wrong with one value at a path. */
type Check = (value: unknown, path: string, failures: string[]) => void

interface Rule {
  readonly holds: (value: unknown) => boolean
  readonly text: string
}

/** A value as Java's `toString` prints it in AWS's messages. */
function printed(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if (value instanceof Uint8Array) {
    const { length } = value
    return `java.nio.HeapByteBuffer[pos=0 lim=${String(length)} cap=${String(length)}]`
  }
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${key}=${printed(item)}`)
  return `{${entries.join(', ')}}`
}

/** Unicode characters in a string; counted only when the UTF-16 length does not decide. */
const characters = (text: string): number => Array.from(text).length

const atMost = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= max * 2 && characters(text) <= max)

const atLeast = (text: string, min: number): boolean =>
  text.length >= min * 2 || characters(text) >= min

function sizeOf(value: unknown): number {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : Infinity
}

/** The rules of a shape in the order AWS prints them. */
function rulesOf(schema: NormalizedSchema, shape: ShapeConstraints): Rule[] {
  const { min, max, pattern, enum: values } = shape
  const numeric = schema.isNumericSchema()
  const measure = numeric ? 'value' : 'length'
  const rules: Rule[] = []
  if (max !== undefined) {
    rules.push({
      text: `Member must have ${measure} less than or equal to ${String(max)}`,
      holds: (value) => {
        if (typeof value === 'string') return atMost(value, max)
        return (typeof value === 'number' ? value : sizeOf(value)) <= max
      },
    })
  }
  if (min !== undefined) {
    rules.push({
      text: `Member must have ${measure} greater than or equal to ${String(min)}`,
      holds: (value) => {
        if (typeof value === 'string') return atLeast(value, min)
        return (typeof value === 'number' ? value : sizeOf(value)) >= min
      },
    })
  }
  if (pattern !== undefined) {
    const expression = javaPattern(pattern)
    const limit = max ?? Infinity
    rules.push({
      text: `Member must satisfy regular expression pattern: ${pattern}`,
      // A value that is too long is refused for that; no expression runs over it.
      holds: (value) =>
        typeof value !== 'string' || !atMost(value, limit) || expression.test(value),
    })
  }
  if (values !== undefined) {
    const allowed = new Set<unknown>(values)
    rules.push({
      text: `Member must satisfy enum value set: [${values.join(', ')}]`,
      holds: (value) => allowed.has(value),
    })
  }
  if (shape.integer === true && numeric) {
    rules.push({ text: 'Member must be an integer', holds: (value) => Number.isInteger(value) })
  }
  return rules
}

/** Whether a value of the schema holds anything that must not be repeated to anyone. */
function isSensitive(schema: NormalizedSchema, seen = new Set<unknown>()): boolean {
  if (schema.getMergedTraits().sensitive) return true
  const source = schema.getSchema()
  if (seen.has(source) && typeof source === 'object') return false
  seen.add(source)
  if (schema.isListSchema()) return isSensitive(schema.getValueSchema(), seen)
  if (schema.isMapSchema()) {
    return isSensitive(schema.getKeySchema(), seen) || isSensitive(schema.getValueSchema(), seen)
  }
  if (!schema.isStructSchema()) return false
  return [...schema.structIterator()].some(([, member]) => isSensitive(member, seen))
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const failure = (value: unknown, path: string, text: string): string =>
  value === redacted
    ? `Value at '${path}' failed to satisfy constraint: ${text}`
    : `Value '${printed(value)}' at '${path}' failed to satisfy constraint: ${text}`

const redacted = Symbol('redacted')

/** Compiles one operation's tree of shapes; a shape inside itself is compiled once. */
class ConstraintCompiler {
  readonly #data: ConstraintData
  readonly #withholdsValues: boolean
  readonly #structures = new Map<unknown, Check>()

  constructor(data: ConstraintData, withholdsValues: boolean) {
    this.#data = data
    this.#withholdsValues = withholdsValues
  }

  #isWithheld(schema: NormalizedSchema): boolean {
    return this.#withholdsValues || isSensitive(schema)
  }

  /** The check of a schema, or undefined when nothing about it can be wrong. */
  check(schema: NormalizedSchema, shapeName: string | undefined): Check | undefined {
    const shape = shapeName === undefined ? {} : (this.#data.shapes[shapeName] ?? {})
    const checks: Check[] = []
    const own = this.#own(schema, shape)
    if (own !== undefined) checks.push(own)
    if (schema.isStructSchema()) checks.push(this.#structure(schema, shape))
    if (schema.isListSchema()) checks.push(...this.#list(schema, shape))
    if (schema.isMapSchema()) checks.push(...this.#map(schema, shape))
    const [first, second] = checks
    if (second === undefined) return first
    return (value, path, failures) => {
      for (const check of checks) check(value, path, failures)
    }
  }

  #own(schema: NormalizedSchema, shape: ShapeConstraints): Check | undefined {
    const rules = rulesOf(schema, shape)
    if (rules.length === 0) return undefined
    const withheld = this.#isWithheld(schema)
    return (value, path, failures) => {
      for (const { holds, text } of rules) {
        if (!holds(value)) failures.push(failure(withheld ? redacted : value, path, text))
      }
    }
  }

  #structure(schema: NormalizedSchema, shape: ShapeConstraints): Check {
    const source = schema.getSchema()
    const known = this.#structures.get(source)
    if (known !== undefined) return known
    const members: [name: string, wireName: string, required: boolean, check?: Check][] = []
    const check: Check = (value, path, failures) => {
      const fields = value as Readonly<Record<string, unknown>>
      for (const [name, wireName, required, member] of members) {
        const field = fields[name]
        const at = path === '' ? wireName : undefined
        if (field === undefined || field === null) {
          if (!required) continue
          const where = at ?? `${path}.${wireName}`
          failures.push(
            `Value null at '${where}' failed to satisfy constraint: Member must not be null`,
          )
        } else if (member !== undefined) {
          member(field, at ?? `${path}.${wireName}`, failures)
        }
      }
    }
    this.#structures.set(source, check)
    // A structure's schema ends with how many of its members, the first ones, are required.
    const count: unknown = Array.isArray(source) ? source[6] : undefined
    const required = typeof count === 'number' ? count : 0
    let index = 0
    for (const [name, member] of schema.structIterator()) {
      const inner = this.check(member, shape.members?.[name])
      const isRequired = index++ < required
      if (inner === undefined) {
        if (isRequired) members.push([name, lowerFirst(name), isRequired])
      } else members.push([name, lowerFirst(name), isRequired, inner])
    }
    return check
  }

  #list(schema: NormalizedSchema, shape: ShapeConstraints): Check[] {
    const element = schema.getValueSchema()
    if (!element.isStructSchema() && !element.isListSchema() && !element.isMapSchema()) {
      return this.#parts(schema, element, {
        shapeName: shape.element,
        wrap: (texts) => `Member must satisfy constraint: [${texts}]`,
        parts: (value) => value as readonly unknown[],
      })
    }
    const check = this.check(element, shape.element)
    if (check === undefined) return []
    return [
      (value, path, failures) => {
        let position = 0
        for (const item of value as readonly unknown[]) {
          check(item, `${path}.${String(++position)}.member`, failures)
        }
      },
    ]
  }

  #map(schema: NormalizedSchema, shape: ShapeConstraints): Check[] {
    const element = schema.getValueSchema()
    const keys = this.#parts(schema, schema.getKeySchema(), {
      shapeName: shape.key,
      wrap: (texts) => `Map keys must satisfy constraint: [${texts}]`,
      parts: Object.keys,
    })
    if (!element.isStructSchema() && !element.isListSchema() && !element.isMapSchema()) {
      const values = this.#parts(schema, element, {
        shapeName: shape.value,
        wrap: (texts) => `Map value must satisfy constraint: [${texts}]`,
        parts: Object.values,
      })
      return [...keys, ...values]
    }
    const check = this.check(element, shape.value)
    if (check === undefined) return keys
    const entries: Check = (value, path, failures) => {
      for (const [key, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
        check(item, `${path}.${key}.member`, failures)
      }
    }
    return [...keys, entries]
  }

  /** AWS reports a collection of scalars once, with all the rules of its parts. */
  #parts(whole: NormalizedSchema, part: NormalizedSchema, options: PartOptions): Check[] {
    const { shapeName, wrap, parts } = options
    const shape = shapeName === undefined ? undefined : this.#data.shapes[shapeName]
    if (shape === undefined) return []
    const rules = rulesOf(part, shape)
    const text = wrap(rules.map((rule) => rule.text).join(', '))
    const withheld = this.#isWithheld(whole)
    return [
      (value, path, failures) => {
        const valid = parts(value as object).every((item) =>
          rules.every(({ holds }) => holds(item)),
        )
        if (!valid) failures.push(failure(withheld ? redacted : value, path, text))
      },
    ]
  }
}

interface PartOptions {
  readonly shapeName: string | undefined
  readonly wrap: (texts: string) => string
  readonly parts: (value: object) => readonly unknown[]
}

/**
 * Compiles the constraints of an operation's input. Messages are worded as AWS's services word them
 * (`1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: …`). One message names
 * everything that is wrong, in a fixed order: members as the SDK's schema has them (the required first, then
 * as the model lists them), and of each its most, its least, its pattern and its enum; no pattern of a value
 * that is too long. Members that the model marks sensitive are named without their value, and all members
 * where the service `withholdsValues`.
 */
export function compileConstraints(
  data: ConstraintData,
  operation: OperationSchema,
  withholdsValues = false,
): Validator {
  const schema = NormalizedSchema.of(operation[4])
  const check = schema.isStructSchema()
    ? new ConstraintCompiler(data, withholdsValues).check(schema, data.operations[operation[2]])
    : undefined
  return {
    validate(input) {
      const failures: string[] = []
      check?.(input, '', failures)
      if (failures.length === 0) return undefined
      const errors = failures.length === 1 ? 'error' : 'errors'
      return `${String(failures.length)} validation ${errors} detected: ${failures.join('; ')}`
    },
  }
}
