import { NormalizedSchema } from '@smithy/core/schema'
import type { $SchemaRef } from '@smithy/types'
import { jsonWriter } from './json-writer.ts'
import type { OperationSchema, ServerProtocol, WireError } from './protocol.ts'
import { formFields, queryReader } from './query-reader.ts'
import {
  errorMembers,
  errorStatus,
  inputOf,
  memoized,
  nameOf,
  outputOf,
  queryErrorTrait,
  structureSchema,
} from './shapes.ts'
import { xmlWriter } from './xml-document.ts'

/** What a Query service's requests and responses carry. */
export interface QueryOptions {
  /** The API version, such as `2010-05-08`. */
  readonly version: string
  /** The `xmlns` of every response. */
  readonly xmlNamespace: string
}

const string = 0
const json = 'application/json'
const writeJson = jsonWriter({ jsonName: false })
const metadataSchema = structureSchema('ResponseMetadata', {}, { RequestId: string })
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** The operation a form names, when its version is the service's or absent. */
function actionOf(version: string): ServerProtocol['operationName'] {
  return (request) => {
    const fields = formFields(request)
    const asked = fields.get('Version')
    if (asked !== null && asked !== version) return undefined
    return fields.get('Action') ?? undefined
  }
}

/** The code a Query client sees: the `awsQueryError` trait's, else the shape's name. */
function queryCode(error: WireError): string {
  return error.queryCode ?? queryErrorTrait(error).code ?? error.code
}

function queryStatus(error: WireError): number {
  return error.status ?? queryErrorTrait(error).status ?? errorStatus(error)
}

const members = (schema: NormalizedSchema): Record<string, $SchemaRef> =>
  schema.isStructSchema() ? Object.fromEntries(schema.structIterator()) : {}

/**
 * The AWS Query protocol (IAM, STS): a form in, XML out.
 * Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export function awsQuery({ version, xmlNamespace }: QueryOptions): ServerProtocol {
  const read = queryReader({ ec2: false })
  const write = xmlWriter(xmlNamespace)
  const envelopes = memoized((operation: OperationSchema): NormalizedSchema => {
    const name = nameOf(operation)
    const result = outputOf(operation)
    const parts: Record<string, $SchemaRef> = { ResponseMetadata: metadataSchema }
    const withResult = result.isUnitSchema() ? parts : { [`${name}Result`]: operation[5], ...parts }
    return NormalizedSchema.of(structureSchema(`${name}Response`, {}, withResult))
  })
  const headers = (requestId: string): Record<string, string> => ({
    'x-amzn-requestid': requestId,
    'content-type': 'text/xml',
  })
  return {
    id: 'awsQuery',
    operationName: actionOf(version),
    decode: (operation, request) => read(inputOf(operation), request),
    encode(operation, output, { requestId, accept }) {
      const value = {
        [`${nameOf(operation)}Result`]: output,
        ResponseMetadata: { RequestId: requestId },
      }
      if (accept === json) {
        // Undocumented, but cluster authenticators rely on it: https://github.com/kubernetes-sigs/aws-iam-authenticator.
        const inner = writeJson.write(envelopes(operation), value).toString()
        const body = `{"${nameOf(operation)}Response":${inner}}`
        return { status: 200, headers: { ...headers(requestId), 'content-type': json }, body }
      }
      const body = write(envelopes(operation), value)
      return { status: 200, headers: headers(requestId), body }
    },
    encodeError(error, { requestId }) {
      const { message: _lower, Message: _upper, ...fields } = errorMembers(error)
      const modelled = error.schema === undefined ? {} : members(NormalizedSchema.of(error.schema))
      const { message: _lowerSchema, Message: _upperSchema, ...extra } = modelled
      const inner = { Type: string, Code: string, Message: string, ...extra }
      const schema = structureSchema(
        'ErrorResponse',
        {},
        { Error: structureSchema('Error', {}, inner), RequestId: string },
      )
      const value = {
        Error: {
          ...fields,
          Type: error.fault === 'client' ? 'Sender' : 'Receiver',
          Code: queryCode(error),
          Message: error.message,
        },
        RequestId: requestId,
      }
      const body = write(NormalizedSchema.of(schema), value)
      return { status: queryStatus(error), headers: headers(requestId), body }
    },
  }
}

const ec2ErrorSchema = structureSchema(
  'Response',
  {},
  {
    Errors: structureSchema(
      'Errors',
      {},
      { Error: structureSchema('Error', {}, { Code: string, Message: string }) },
    ),
    RequestID: string,
  },
)

/**
 * The EC2 Query protocol: Query with flat lists and an unwrapped result.
 * Source: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export function ec2Query({ version, xmlNamespace }: QueryOptions): ServerProtocol {
  const read = queryReader({ ec2: true })
  const write = xmlWriter(xmlNamespace)
  const writeError = xmlWriter('')
  const envelopes = memoized((operation: OperationSchema): NormalizedSchema => {
    const parts = { requestId: string, ...members(outputOf(operation)) }
    return NormalizedSchema.of(structureSchema(`${nameOf(operation)}Response`, {}, parts))
  })
  const headers = (requestId: string): Record<string, string> => ({
    'x-amzn-requestid': requestId,
    'content-type': 'text/xml;charset=UTF-8',
  })
  return {
    id: 'ec2Query',
    operationName: actionOf(version),
    decode: (operation, request) => read(inputOf(operation), request),
    encode(operation, output, { requestId }) {
      const body = declaration + write(envelopes(operation), { ...output, requestId })
      return { status: 200, headers: headers(requestId), body }
    },
    encodeError(error, { requestId }) {
      const value = {
        Errors: { Error: { Code: queryCode(error), Message: error.message } },
        RequestID: requestId,
      }
      const body = declaration + writeError(NormalizedSchema.of(ec2ErrorSchema), value)
      return { status: queryStatus(error), headers: headers(requestId), body }
    },
  }
}
