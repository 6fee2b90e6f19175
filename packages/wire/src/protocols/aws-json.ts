import { jsonReader, parseJson } from './json-reader.ts'
import { jsonWriter } from './json-writer.ts'
import type { ServerProtocol, WireError } from './protocol.ts'
import {
  errorStatus,
  inputOf,
  modelledStatus,
  outputOf,
  queryErrorHeader,
  type QueryCompatibility,
} from './shapes.ts'

const read = jsonReader({ jsonName: false })
const writer = jsonWriter({ jsonName: false })

/**
 * AWS JSON answers client faults with 400 whatever `httpError` says (KMS's NotFoundException is
 * modelled as 404 and sent as 400); a server fault keeps its modelled 5xx. Services that came from
 * Query (SQS, CloudWatch) keep the statuses they had there, which are the modelled ones.
 */
function statusOf(error: WireError): number {
  if (error.status !== undefined) return error.status
  if (error.fault === 'client') return 400
  const modelled = modelledStatus(error)
  return modelled !== undefined && modelled >= 500 ? modelled : 500
}

/**
 * The AWS JSON protocol: one path, the operation in `X-Amz-Target`, JSON both ways.
 * Source: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function awsJson(
  version: '1.0' | '1.1',
  serviceTarget: string,
  options: QueryCompatibility = {},
): ServerProtocol {
  const contentType = `application/x-amz-json-${version}`
  const prefix = `${serviceTarget}.`
  const headers = (requestId: string): Record<string, string> => ({
    'x-amzn-requestid': requestId,
    'content-type': contentType,
  })
  return {
    id: version === '1.0' ? 'awsJson1_0' : 'awsJson1_1',
    operationName({ headers: { 'x-amz-target': target } }) {
      return target?.startsWith(prefix) ? target.slice(prefix.length) : undefined
    },
    decode(operation, { body }) {
      return read(inputOf(operation), parseJson(body)) as Record<string, unknown>
    },
    encode(operation, output, { requestId }) {
      const schema = outputOf(operation)
      const body = schema.isUnitSchema() ? '' : writer.write(schema, output)
      return { status: 200, headers: headers(requestId), body }
    },
    encodeError(error, { requestId }) {
      // Services that once spoke Query name the shape in full, as Amazon SQS does.
      const full = options.queryCompatible === true && error.schema !== undefined
      const type = full ? `${error.schema[1]}#${error.code}` : error.code
      const body = writer.writeError(error, { __type: type })
      const extra = options.queryCompatible === true ? queryErrorHeader(error) : {}
      return {
        status: options.queryCompatible === true ? errorStatus(error) : statusOf(error),
        headers: { ...headers(requestId), ...extra },
        body,
      }
    },
  }
}
