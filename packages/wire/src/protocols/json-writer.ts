import { JsonCodec2 } from '@smithy/core/protocols'
import { NormalizedSchema } from '@smithy/core/schema'
import type { WireError } from './protocol.ts'
import { errorMembers, kindOf, memoized, timestampFormatOf } from './shapes.ts'
import type { JsonDialect } from './json-reader.ts'

/** Writes typed values as JSON bytes by the SDK's codec. */
export interface JsonWriter {
  /** The value's JSON. */
  write(schema: NormalizedSchema, value: unknown): Uint8Array | string
  /** An error's members as one JSON object, starting with the given extra members. */
  writeError(error: WireError, extra: Readonly<Record<string, string>>): string
}

/** What `JSON.stringify` writes as the codec writes a scalar; undefined for what it would not. */
type Plain = (value: unknown) => string | number | boolean | undefined

interface FlatMember {
  readonly wireName: string
  readonly name: string
  readonly plain: Plain | undefined
}

const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

function plainOf(schema: NormalizedSchema): Plain | undefined {
  switch (kindOf(schema)) {
    case 'string':
      if (schema.getMergedTraits().mediaType !== undefined) return undefined
      return (value) => (typeof value === 'string' ? value : undefined)
    case 'number':
      return finite
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined)
    case 'blob':
      return (value) =>
        value instanceof Uint8Array
          ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
          : undefined
    case 'timestamp':
      if (timestampFormatOf(schema, 'epoch-seconds') !== 'epoch-seconds') return undefined
      return (value) => (value instanceof Date ? finite(value.getTime() / 1000) : undefined)
    default:
      return undefined
  }
}

/**
 * Writes structures of scalars alone, which most answers of a busy service are, by `JSON.stringify`: it makes one
 * string, where the codec makes five views of bytes. Answers undefined for any other value.
 */
function flatWriter(
  dialect: JsonDialect,
): (schema: NormalizedSchema, value: unknown) => string | undefined {
  const membersOf = memoized((schema: NormalizedSchema): readonly FlatMember[] | null => {
    if (!schema.isStructSchema() || schema.isUnionSchema()) return null
    const members = [...schema.structIterator()]
    // The codec makes up a token that is not set.
    if (members.some(([, member]) => member.isIdempotencyToken())) return null
    return members.map(([name, member]) => {
      const jsonName = dialect.jsonName ? member.getMergedTraits().jsonName : undefined
      return { wireName: jsonName ?? name, name, plain: plainOf(member) }
    })
  })
  return (schema, value) => {
    const members = membersOf(schema)
    if (members === null || typeof value !== 'object' || value === null) return undefined
    const fields = value as Readonly<Record<string, unknown>>
    if (fields['__type'] !== undefined) return undefined
    const flat: Record<string, string | number | boolean> = {}
    for (const { wireName, name, plain } of members) {
      const field = fields[name]
      if (field === undefined || field === null) continue
      const scalar = plain?.(field)
      if (scalar === undefined) return undefined
      flat[wireName] = scalar
    }
    return JSON.stringify(flat)
  }
}

/** Makes the writer of a dialect: epoch seconds, base64. */
export function jsonWriter(dialect: JsonDialect): JsonWriter {
  const codec = new JsonCodec2({
    jsonName: dialect.jsonName,
    timestampFormat: { useTrait: true, default: 7 },
  })
  const serializer = codec.createSerializer()
  const writeFlat = flatWriter(dialect)
  const write: JsonWriter['write'] = (schema, value) => {
    const flat = writeFlat(schema, value)
    if (flat !== undefined) return flat
    serializer.write(schema, value)
    const json: Uint8Array | string = serializer.flush()
    if (typeof json === 'string') return json
    // A plain view: the codec's own class would decode itself when used as text.
    return Buffer.from(json.buffer, json.byteOffset, json.byteLength)
  }
  return {
    write,
    writeError(error, extra) {
      if (error.schema === undefined) return JSON.stringify({ ...extra, message: error.message })
      const members = errorMembers(error)
      const modelled = write(NormalizedSchema.of(error.schema), members).toString()
      // Two JSON objects joined; a schema without a message member gets one all the same.
      const head = error.schema[4].some((name) => name in members && /^message$/i.test(name))
        ? extra
        : { ...extra, message: error.message }
      const start = JSON.stringify(head)
      if (start === '{}') return modelled
      if (modelled === '{}') return start
      return `${start.slice(0, -1)},${modelled.slice(1)}`
    },
  }
}
