import { NormalizedSchema } from '@smithy/core/schema'
import { httpRouter } from './http-router.ts'
import type { OperationSchema, ServerProtocol } from './protocol.ts'
import { RestBindings } from './rest.ts'
import { errorStatus, nameOf, structureSchema } from './shapes.ts'
import { xmlValue, xmlWriter } from './xml-document.ts'

/** What a REST XML service's messages carry. */
export interface RestXmlOptions {
  /** The `xmlns` of every document. */
  readonly xmlNamespace: string
  /** S3 sends a bare `<Error>`; the other services wrap it in `<ErrorResponse>`. */
  readonly wrapErrors: boolean
  /** A label that leads the path though the URIs leave it out: S3's `Bucket`, path style. */
  readonly outerLabel?: string
}

const string = 0
const bareError = structureSchema(
  'Error',
  {},
  { Code: string, Message: string, Resource: string, RequestId: string },
)
const wrappedError = structureSchema(
  'ErrorResponse',
  {},
  {
    Error: structureSchema('Error', {}, { Type: string, Code: string, Message: string }),
    RequestId: string,
  },
)
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/**
 * The REST XML protocol over the given operations' `http` traits.
 * Source: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
 */
export function restXml(
  operations: readonly OperationSchema[],
  options: RestXmlOptions,
): ServerProtocol {
  const { xmlNamespace, wrapErrors, outerLabel } = options
  const router = httpRouter(operations, outerLabel === undefined ? {} : { outerLabel })
  const write = xmlWriter(xmlNamespace)
  // S3's error documents have no namespace.
  const writeError = xmlWriter(wrapErrors ? xmlNamespace : '')
  const bindings = new RestBindings(
    {
      contentType: 'application/xml',
      malformed: 'MalformedXML',
      timestamps: 'date-time',
      read: xmlValue,
      write: (schema, value) => declaration + write(schema, value),
    },
    router,
  )
  return {
    id: 'restXml',
    operationName(request) {
      const route = router.route(request)
      return route === undefined ? undefined : nameOf(route.operation)
    },
    decode: (operation, request) => bindings.decode(operation, request),
    encode: (operation, output, meta) => bindings.encode(operation, output, meta),
    encodeError(error, { requestId }) {
      const told = { Code: error.code, Message: error.message }
      const type = error.fault === 'client' ? 'Sender' : 'Receiver'
      const value = wrapErrors
        ? { Error: { ...told, Type: type }, RequestId: requestId }
        : { ...error.fields, ...told, RequestId: requestId }
      const schema = NormalizedSchema.of(wrapErrors ? wrappedError : bareError)
      return {
        status: errorStatus(error),
        headers: {
          ...bindings.errorHeaders(error),
          'x-amzn-requestid': requestId,
          'content-type': 'application/xml',
        },
        body: declaration + writeError(schema, value),
      }
    },
  }
}
