import { CborCodec } from '@smithy/core/cbor'
import { NormalizedSchema } from '@smithy/core/schema'
import { isWholeCbor } from './cbor-frame.ts'
import { WireDecodeError, type ServerProtocol } from './protocol.ts'
import {
  errorMembers,
  errorStatus,
  inputOf,
  outputOf,
  queryErrorHeader,
  structureSchema,
  type QueryCompatibility,
} from './shapes.ts'
import { typedValue } from './typed-value.ts'

const codec = new CborCodec()
const serializer = codec.createSerializer()
const deserializer = codec.createDeserializer()
const string = 0

function write(schema: NormalizedSchema, value: unknown): Uint8Array {
  serializer.write(schema, value)
  return serializer.flush()
}

function read(schema: NormalizedSchema, body: Uint8Array): Record<string, unknown> {
  if (schema.isUnitSchema() || body.length === 0) return {}
  const malformed = (): never => {
    throw new WireDecodeError('SerializationException', 'The body is not valid CBOR')
  }
  if (!isWholeCbor(body)) return malformed()
  let value: unknown
  try {
    // A Buffer of its own: the decoder hands out views, and only decodes text fast from Buffers.
    value = deserializer.read(schema, Buffer.from(body))
  } catch {
    return malformed()
  }
  return typedValue(schema, value, 'SerializationException') as Record<string, unknown>
}

/**
 * The Smithy RPC v2 CBOR protocol: `POST /service/{name}/operation/{operation}`, CBOR both ways.
 * Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */
export function rpcV2Cbor(serviceName: string, options: QueryCompatibility = {}): ServerProtocol {
  const headers = (requestId: string): Record<string, string> => ({
    'x-amzn-requestid': requestId,
    'smithy-protocol': 'rpc-v2-cbor',
    'content-type': 'application/cbor',
  })
  return {
    id: 'rpcV2Cbor',
    operationName({ method, path, headers: { 'smithy-protocol': protocol } }) {
      if (method !== 'POST' || protocol !== 'rpc-v2-cbor') return undefined
      const match = /\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path)
      return match?.[1] === serviceName ? match[2] : undefined
    },
    decode: (operation, { body }) => read(inputOf(operation), body),
    encode(operation, output, { requestId }) {
      const schema = outputOf(operation)
      if (!schema.isUnitSchema()) {
        return { status: 200, headers: headers(requestId), body: write(schema, output) }
      }
      const { 'content-type': _none, ...bare } = headers(requestId)
      return { status: 200, headers: bare, body: '' }
    },
    encodeError(error, { requestId }) {
      const modelled =
        error.schema === undefined
          ? {}
          : Object.fromEntries(NormalizedSchema.of(error.schema).structIterator())
      const namespace = error.schema?.[1]
      const envelope = structureSchema(
        'Error',
        {},
        { __type: string, message: string, ...modelled },
      )
      const value = {
        message: error.message,
        ...errorMembers(error),
        __type: namespace === undefined ? error.code : `${namespace}#${error.code}`,
      }
      const extra = options.queryCompatible === true ? queryErrorHeader(error) : {}
      return {
        status: errorStatus(error),
        headers: { ...headers(requestId), ...extra },
        body: write(NormalizedSchema.of(envelope), value),
      }
    },
  }
}
