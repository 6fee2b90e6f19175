import { httpRouter } from './http-router.ts'
import { jsonReader, parseJson } from './json-reader.ts'
import { jsonWriter } from './json-writer.ts'
import type { OperationSchema, ServerProtocol } from './protocol.ts'
import { RestBindings } from './rest.ts'
import { errorStatus, nameOf } from './shapes.ts'

const read = jsonReader({ jsonName: true })
const writer = jsonWriter({ jsonName: true })

/**
 * The REST JSON protocol over the given operations' `http` traits.
 * Source: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export function restJson(operations: readonly OperationSchema[]): ServerProtocol {
  const router = httpRouter(operations)
  const bindings = new RestBindings(
    {
      contentType: 'application/json',
      malformed: 'SerializationException',
      timestamps: 'epoch-seconds',
      read: (schema, body) => read(schema, parseJson(body)),
      write: (schema, value) => writer.write(schema, value),
    },
    router,
  )
  return {
    id: 'restJson1',
    operationName(request) {
      const route = router.route(request)
      return route === undefined ? undefined : nameOf(route.operation)
    },
    decode: (operation, request) => bindings.decode(operation, request),
    encode(operation, output, { requestId }) {
      const written = bindings.encode(operation, output)
      return { ...written, headers: { 'x-amzn-requestid': requestId, ...written.headers } }
    },
    encodeError(error, { requestId }) {
      return {
        status: errorStatus(error),
        headers: {
          ...bindings.errorHeaders(error),
          'x-amzn-requestid': requestId,
          'x-amzn-errortype': error.code,
          'content-type': 'application/json',
        },
        body: writer.writeError(error, {}),
      }
    },
  }
}
