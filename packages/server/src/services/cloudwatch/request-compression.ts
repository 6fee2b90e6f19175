import { gunzipSync } from 'node:zlib'
import { WireDecodeError } from '@bartizan/wire'
import type { ServerProtocol, WireRequest } from '@bartizan/wire'

/** The most that a compressed request may hold: as much as CloudWatch takes uncompressed, and some. */
const maxBytes = 8 * 1_048_576

const unpacked = new WeakMap<Uint8Array, Uint8Array>()

function plain<Request extends Pick<WireRequest, 'headers' | 'body'>>(request: Request): Request {
  if (request.headers['content-encoding'] !== 'gzip') return request
  let body = unpacked.get(request.body)
  if (!body) {
    try {
      body = gunzipSync(request.body, { maxOutputLength: maxBytes })
    } catch {
      throw new WireDecodeError('SerializationException', 'The body is not valid gzip')
    }
    unpacked.set(request.body, body)
  }
  return { ...request, body }
}

/**
 * A protocol that takes gzip bodies, as SDKs send PutMetricData
 * (https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait).
 */
export function gzipped(protocol: ServerProtocol): ServerProtocol {
  return {
    ...protocol,
    operationName(request) {
      try {
        return protocol.operationName(plain(request))
      } catch (error) {
        if (error instanceof WireDecodeError) return undefined
        throw error
      }
    },
    decode: (operation, request) => protocol.decode(operation, plain(request)),
  }
}
