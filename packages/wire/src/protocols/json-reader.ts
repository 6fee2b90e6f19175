import { isUtf8 } from 'node:buffer'
import type { NormalizedSchema } from '@smithy/core/schema'
import { NumericValue } from '@smithy/core/serde'
import { WireDecodeError } from './protocol.ts'
import { base64Bytes, timestampFromNumber, timestampFromText } from './scalars.ts'
import { kindOf, maxDepth, timestampFormatOf, type ShapeKind } from './shapes.ts'

/** Turns a parsed JSON value into the typed value of one schema, or throws `WireDecodeError`. */
type Reader = (value: unknown, depth: number) => unknown

/** How a protocol spells members in JSON. */
export interface JsonDialect {
  /** Whether the `jsonName` trait renames members (restJson1 yes, awsJson no). */
  readonly jsonName: boolean
}

const refuse = (message: string): never => {
  throw new WireDecodeError('SerializationException', message)
}

const javaNames: Partial<Record<ShapeKind, string>> = {
  string: 'a String',
  number: 'an Integer',
  boolean: 'a Boolean',
  timestamp: 'a Timestamp',
  blob: 'a ByteBuffer',
  bigInteger: 'a BigInteger',
  bigDecimal: 'a BigDecimal',
}

/** AWS's wording for a JSON value of the wrong type, as its services print it. */
function refuseType(value: unknown, kind: ShapeKind): never {
  if (Array.isArray(value)) return refuse('Start of list found where not expected')
  if (typeof value === 'object' && value !== null) {
    return refuse('Start of structure or map found where not expected.')
  }
  const target = javaNames[kind]
  if (target === undefined) return refuse('Unexpected field type')
  const token = value === null ? 'NULL_VALUE' : `${String(value).toUpperCase()}_VALUE`
  const named = typeof value === 'boolean' || value === null ? token : typeToken(value)
  return refuse(`${named} can not be converted to ${target}`)
}

const typeToken = (value: unknown): string =>
  typeof value === 'number' ? 'NUMBER_VALUE' : 'STRING_VALUE'

const specialNumbers = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

function readNumber(value: unknown): number {
  if (typeof value === 'number') return value
  const special = typeof value === 'string' ? specialNumbers.get(value) : undefined
  return special ?? refuseType(value, 'number')
}

function readBlob(value: unknown): Uint8Array {
  if (typeof value !== 'string') return refuseType(value, 'blob')
  return base64Bytes(value, 'SerializationException')
}

function readBigInteger(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string' && /^-?\d{1,1000}$/.test(value)) return BigInt(value)
  return refuseType(value, 'bigInteger')
}

function readBigDecimal(value: unknown): NumericValue {
  if (typeof value !== 'number' && typeof value !== 'string') return refuseType(value, 'bigDecimal')
  const text = String(value)
  if (!/^-?\d{1,1000}(\.\d{1,1000})?(e[+-]?\d{1,9})?$/i.test(text)) {
    return refuseType(value, 'bigDecimal')
  }
  return new NumericValue(text, 'bigDecimal')
}

function readDocument(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) refuse('Document nested too deeply')
  if (Array.isArray(value)) return value.map((item) => readDocument(item, depth + 1))
  const copy: Record<string, unknown> = Object.create(null)
  for (const [key, item] of Object.entries(value)) copy[key] = readDocument(item, depth + 1)
  return copy
}

function timestampReader(schema: NormalizedSchema): Reader {
  const format = timestampFormatOf(schema, 'epoch-seconds')
  return (value) => {
    if (typeof value === 'number' && format === 'epoch-seconds') {
      return timestampFromNumber(value, 'SerializationException')
    }
    if (typeof value !== 'string') return refuseType(value, 'timestamp')
    return timestampFromText(value, format, 'SerializationException')
  }
}

const scalarReaders: Partial<Record<ShapeKind, Reader>> = {
  string: (value) => (typeof value === 'string' ? value : refuseType(value, 'string')),
  boolean: (value) => (typeof value === 'boolean' ? value : refuseType(value, 'boolean')),
  number: readNumber,
  blob: readBlob,
  bigInteger: readBigInteger,
  bigDecimal: readBigDecimal,
  document: readDocument,
  unit: () => ({}),
}

/** Compiles readers for one dialect; every structure's reader is made once and kept. */
class ReaderCompiler {
  readonly #dialect: JsonDialect
  readonly #structures = new WeakMap<object, Reader>()

  constructor(dialect: JsonDialect) {
    this.#dialect = dialect
  }

  reader(schema: NormalizedSchema): Reader {
    const kind = kindOf(schema)
    if (kind === 'structure') return this.#structure(schema)
    if (kind === 'list') return this.#list(schema)
    if (kind === 'map') return this.#map(schema)
    if (kind === 'timestamp') return timestampReader(schema)
    return scalarReaders[kind] ?? readDocument
  }

  #list(schema: NormalizedSchema): Reader {
    const element = this.reader(schema.getValueSchema())
    const sparse = schema.getMergedTraits().sparse === 1
    return (value, depth) => {
      if (!Array.isArray(value)) return refuseType(value, 'list')
      if (depth > maxDepth) refuse('List nested too deeply')
      return value.map((item) => (item === null && sparse ? null : element(item, depth + 1)))
    }
  }

  #map(schema: NormalizedSchema): Reader {
    const member = this.reader(schema.getValueSchema())
    const sparse = schema.getMergedTraits().sparse === 1
    return (value, depth) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return refuseType(value, 'map')
      }
      if (depth > maxDepth) refuse('Map nested too deeply')
      const entries = value as Record<string, unknown>
      // No prototype: a key such as `__proto__` or `constructor` is a key like any other.
      const map: Record<string, unknown> = Object.create(null)
      for (const key of Object.keys(entries)) {
        const item = entries[key]
        map[key] = item === null && sparse ? null : member(item, depth + 1)
      }
      return map
    }
  }

  #structure(schema: NormalizedSchema): Reader {
    const key = schema.getSchema() as object
    const known = this.#structures.get(key)
    if (known !== undefined) return known
    const members: { readonly wireName: string; readonly name: string; readonly read: Reader }[] =
      []
    const union = schema.isUnionSchema()
    const reader: Reader = (value, depth) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return refuseType(value, 'structure')
      }
      if (depth > maxDepth) refuse('Structure nested too deeply')
      const fields = value as Record<string, unknown>
      const structure: Record<string, unknown> = {}
      let set = 0
      for (const { wireName, name, read } of members) {
        // Read off the prototype too: no member is called what Object.prototype calls its own.
        const field = fields[wireName]
        if (field === undefined || field === null) continue
        structure[name] = read(field, depth + 1)
        set++
      }
      if (union && set !== 1) refuse('Exactly one member of a union must be set')
      return structure
    }
    this.#structures.set(key, reader)
    for (const [name, member] of schema.structIterator()) {
      const jsonName = this.#dialect.jsonName ? member.getMergedTraits().jsonName : undefined
      members.push({ wireName: jsonName ?? name, name, read: this.reader(member) })
    }
    return reader
  }
}

/** Parses a JSON body; an empty one counts as an empty object. */
export function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {}
  if (!isUtf8(body)) return refuse('')
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    // AWS names the exception and says nothing more.
    return refuse('')
  }
}

/** Makes the strict reader of a dialect: parsed JSON and a schema in, typed value out. */
export function jsonReader(
  dialect: JsonDialect,
): (schema: NormalizedSchema, value: unknown) => unknown {
  const compiler = new ReaderCompiler(dialect)
  const compiled = new WeakMap<NormalizedSchema, Reader>()
  return (schema, value) => {
    let reader = compiled.get(schema)
    if (reader === undefined) {
      reader = compiler.reader(schema)
      compiled.set(schema, reader)
    }
    return reader(value, 0)
  }
}
