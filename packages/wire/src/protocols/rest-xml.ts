import { NormalizedSchema } from '@smithy/core/schema'
import type { $SchemaRef } from '@smithy/types'
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
  /** Response headers that name the request, where they are not `x-amzn-requestid`. */
  readonly requestHeaders?: (requestId: string) => Record<string, string>
  /** A label that leads the path though the URIs leave it out: S3's `Bucket`, path style. */
  readonly outerLabel?: string
}

const string = 0
const wrappedError = structureSchema(
  'ErrorResponse',
  {},
  {
    Error: structureSchema('Error', {}, { Type: string, Code: string, Message: string }),
    RequestId: string,
  },
)
/** S3's error document: the code, the message, and whatever else is told of this error, in that order. */
function bareError(fields: Readonly<Record<string, unknown>>): $SchemaRef {
  const told = Object.keys(fields).map((name) => [name, string] as const)
  const members = { Code: string, Message: string, ...Object.fromEntries(told), RequestId: string }
  return structureSchema('Error', {}, members)
}

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
  const named =
    options.requestHeaders ?? ((requestId: string) => ({ 'x-amzn-requestid': requestId }))
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
    encode(operation, output, meta) {
      const written = bindings.encode(operation, output)
      return { ...written, headers: { ...named(meta.requestId), ...written.headers } }
    },
    encodeError(error, { requestId }) {
      const told = { Code: error.code, Message: error.message }
      const type = error.fault === 'client' ? 'Sender' : 'Receiver'
      const value = wrapErrors
        ? { Error: { ...told, Type: type }, RequestId: requestId }
        : { ...error.fields, ...told, RequestId: requestId }
      const schema = NormalizedSchema.of(wrapErrors ? wrappedError : bareError(error.fields ?? {}))
      return {
        status: errorStatus(error),
        headers: {
          ...bindings.errorHeaders(error),
          ...named(requestId),
          'content-type': 'application/xml',
          ...error.headers,
        },
        body: declaration + writeError(schema, value),
      }
    },
  }
}
