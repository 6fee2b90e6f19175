import type { NormalizedSchema } from '@smithy/core/schema'
import { NumericValue } from '@smithy/core/serde'
import { WireDecodeError } from './protocol.ts'
import { kindOf, maxDepth, type ShapeKind } from './shapes.ts'

const scalarTests: Partial<Record<ShapeKind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && !Number.isNaN(value),
  blob: (value) => value instanceof Uint8Array,
  timestamp: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  bigInteger: (value) => typeof value === 'bigint',
  bigDecimal: (value) => value instanceof NumericValue,
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  !(value instanceof Date)

/**
 * Checks that what one of the SDK's lenient deserializers returned has the types of its schema,
 * and copies it without unknown members; maps get no prototype. Throws `WireDecodeError`.
 */
export function typedValue(
  schema: NormalizedSchema,
  value: unknown,
  code: string,
  depth = 0,
): unknown {
  const kind = kindOf(schema)
  const refuse = (): never => {
    throw new WireDecodeError(code, `Unexpected value where a ${kind} was expected`)
  }
  if (depth > maxDepth) return refuse()
  if (kind === 'document') return value
  if (kind === 'unit') return {}
  if (kind === 'list') {
    if (!Array.isArray(value)) return refuse()
    const element = schema.getValueSchema()
    return Array.from(value, (item: unknown) => typedValue(element, item, code, depth + 1))
  }
  if (kind === 'map') {
    if (!isRecord(value)) return refuse()
    const element = schema.getValueSchema()
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(value)) {
      map[key] = typedValue(element, item, code, depth + 1)
    }
    return map
  }
  if (kind === 'structure') {
    if (!isRecord(value)) return refuse()
    const structure: Record<string, unknown> = {}
    for (const [name, member] of schema.structIterator()) {
      const item = Object.hasOwn(value, name) ? value[name] : undefined
      if (item === undefined || item === null) continue
      structure[name] = typedValue(member, item, code, depth + 1)
    }
    return structure
  }
  // 64-bit integers beyond 2^53 come as bigint where the schema says number.
  const scalar = kind === 'number' && typeof value === 'bigint' ? Number(value) : value
  const whole =
    kind === 'bigInteger' && Number.isSafeInteger(value) ? BigInt(Number(value)) : scalar
  return scalarTests[kind]?.(whole) === true ? whole : refuse()
}
