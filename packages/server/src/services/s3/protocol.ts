import {
  hostedBucket,
  restXml,
  type OperationSchema,
  type RestXmlOptions,
  type ServerProtocol,
  type WireError,
  type WireRequest,
  type WireResponse,
} from '@bartizan/wire'
import { checkDocument } from './document-integrity.ts'
import { hostIdOf, invalidArgument } from './errors.ts'

const xmlNamespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** The request as if it named its bucket in the path. */
export function pathStyle<Request extends WireRequest>(request: Request): Request {
  const bucket = hostedBucket(request.headers['host'])
  if (bucket === undefined) return request
  return { ...request, path: `/${bucket}${request.path === '' ? '/' : request.path}` }
}

/** Query services answer unsigned GETs too (`?Action=ConfirmSubscription`): those are not S3's. */
function isQueryCall({ query }: WireRequest): boolean {
  return /(^|&)Action=/.test(query) && !/X-Amz-S|AWSAccessKeyId=/.test(query)
}

const options: RestXmlOptions = {
  xmlNamespace,
  wrapErrors: false,
  outerLabel: 'Bucket',
  requestHeaders: (requestId) => ({
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostIdOf(requestId),
    server: 'AmazonS3',
  }),
}

const errors = restXml([], options)

/** Page sizes that are no numbers have words of their own. Throws InvalidArgument. */
function checkPageSize({ query }: WireRequest): void {
  const [, name = '', text = ''] =
    /(?:^|&)(max-(?:keys|uploads|parts|buckets))=([^&]*)/.exec(query) ?? []
  if (/^-?\d*$/.test(text)) return
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text)
}

/** S3's protocol: REST XML in both addressing styles, with the two answers that S3 writes its own way. */
export function s3Protocol(operations: readonly OperationSchema[]): ServerProtocol {
  const plain = restXml(operations, options)
  return {
    ...plain,
    operationName: (request) =>
      isQueryCall(request) ? undefined : plain.operationName(pathStyle(request)),
    decode(operation, request) {
      checkPageSize(request)
      checkDocument(operation, request)
      return plain.decode(operation, pathStyle(request))
    },
    encode(operation, output, meta) {
      const written = plain.encode(operation, output, meta)
      if (output['ContentRange'] !== undefined) return { ...written, status: 206 }
      if (operation[2] !== 'GetBucketLocation') return written
      // s3UnwrappedXmlOutput: the member is the document.
      const location = output['LocationConstraint']
      const open = `<LocationConstraint xmlns="${xmlNamespace}"`
      const element =
        location === undefined ? `${open}/>` : `${open}>${String(location)}</LocationConstraint>`
      return { ...written, body: `<?xml version="1.0" encoding="UTF-8"?>\n${element}` }
    },
    encodeError: (error, { requestId }) => s3ErrorResponse(error, requestId),
  }
}

/** An error as S3 writes it; 304 has no body. */
export function s3ErrorResponse(error: WireError, requestId: string): WireResponse {
  const fields = { ...error.fields, HostId: hostIdOf(requestId) }
  const written = errors.encodeError({ ...error, fields }, { requestId })
  return error.status === 304 ? { ...written, body: '' } : written
}
