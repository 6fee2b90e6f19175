import { JsonCodec2 } from '@smithy/core/protocols'
import { NormalizedSchema } from '@smithy/core/schema'
import type { WireError } from './protocol.ts'
import { errorMembers } from './shapes.ts'
import type { JsonDialect } from './json-reader.ts'

/** Writes typed values as JSON bytes by the SDK's codec. */
export interface JsonWriter {
  /** The value's JSON. */
  write(schema: NormalizedSchema, value: unknown): Uint8Array | string
  /** An error's members as one JSON object, starting with the given extra members. */
  writeError(error: WireError, extra: Readonly<Record<string, string>>): string
}

/** Makes the writer of a dialect: epoch seconds, base64. */
export function jsonWriter(dialect: JsonDialect): JsonWriter {
  const codec = new JsonCodec2({
    jsonName: dialect.jsonName,
    timestampFormat: { useTrait: true, default: 7 },
  })
  const serializer = codec.createSerializer()
  const write: JsonWriter['write'] = (schema, value) => {
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
