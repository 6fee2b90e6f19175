import { hash } from 'node:crypto'
import type { WireRequest } from '@bartizan/wire'
import { AwsError } from '../../kernel/errors.ts'

/** An error of S3 by code, message and status, with what else S3 tells of it. */
export function s3Error(
  code: string,
  message: string,
  status: number,
  more: {
    readonly fields?: Readonly<Record<string, string>>
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): AwsError {
  return new AwsError({
    code,
    message,
    status,
    fault: status >= 500 ? 'server' : 'client',
    ...more,
  })
}

/** NoSuchBucket. */
export const noSuchBucket = (name: string): AwsError =>
  s3Error('NoSuchBucket', 'The specified bucket does not exist', 404, {
    fields: { BucketName: name },
  })

/** NoSuchKey. */
export const noSuchKey = (key: string, headers: Readonly<Record<string, string>> = {}): AwsError =>
  s3Error('NoSuchKey', 'The specified key does not exist.', 404, { fields: { Key: key }, headers })

/** NoSuchVersion. */
export const noSuchVersion = (key: string, versionId: string): AwsError =>
  s3Error('NoSuchVersion', 'The specified version does not exist.', 404, {
    fields: { Key: key, VersionId: versionId },
  })

/** NoSuchUpload. */
export const noSuchUpload = (uploadId: string): AwsError =>
  s3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
    { fields: { UploadId: uploadId } },
  )

/** AccessDenied of S3's own making, outside the policy engine. */
export const accessDenied = (message = 'Access Denied'): AwsError =>
  s3Error('AccessDenied', message, 403)

/** InvalidArgument, naming the argument. */
export const invalidArgument = (message: string, name?: string, value?: string): AwsError =>
  s3Error('InvalidArgument', message, 400, {
    fields: {
      ...(name !== undefined && { ArgumentName: name }),
      ...(value !== undefined && { ArgumentValue: value }),
    },
  })

/** InvalidRequest. */
export const invalidRequest = (message: string): AwsError => s3Error('InvalidRequest', message, 400)

/** MalformedXML. */
export const malformedXml = (): AwsError =>
  s3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    400,
  )

/** PreconditionFailed, naming the condition that did not hold. */
export const preconditionFailed = (condition: string): AwsError =>
  s3Error(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
    { fields: { Condition: condition } },
  )

/** MethodNotAllowed, as reads of a delete marker answer. */
export const methodNotAllowed = (headers: Readonly<Record<string, string>> = {}): AwsError =>
  s3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
    headers,
  })

/** The opaque `x-amz-id-2` of a request. */
export function hostIdOf(requestId: string): string {
  return hash('sha512', requestId, 'base64').slice(0, 76)
}

interface Telling {
  readonly code: string
  readonly message: string
  readonly status: number
}

/** S3's own codes and words for what other services say otherwise (S3 API reference, "Error responses"). */
const tellings: Readonly<Record<string, Telling>> = {
  InvalidClientTokenId: {
    code: 'InvalidAccessKeyId',
    message: 'The AWS Access Key Id you provided does not exist in our records.',
    status: 403,
  },
  ExpiredToken: { code: 'ExpiredToken', message: 'The provided token has expired.', status: 400 },
  MissingAuthenticationToken: { code: 'AccessDenied', message: 'Access Denied', status: 403 },
  InvalidAction: {
    code: 'MethodNotAllowed',
    message: 'The specified method is not allowed against this resource.',
    status: 405,
  },
  InternalFailure: {
    code: 'InternalError',
    message: 'We encountered an internal error. Please try again.',
    status: 500,
  },
  RequestEntityTooLargeException: {
    code: 'MaxMessageLengthExceeded',
    message: 'Your request was too big.',
    status: 400,
  },
}

/** SigV4's findings that share a code elsewhere, by how their message starts. */
const signatureTellings: readonly (readonly [RegExp, Telling])[] = [
  [
    /^Signature (expired|not yet current)/,
    {
      code: 'RequestTimeTooSkewed',
      message: 'The difference between the request time and the current time is too large.',
      status: 403,
    },
  ],
  [
    /^The request signature we calculated/,
    {
      code: 'SignatureDoesNotMatch',
      message:
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      status: 403,
    },
  ],
  [
    /^AWS query-string parameters must include/,
    {
      code: 'AuthorizationQueryParametersError',
      message:
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      status: 400,
    },
  ],
  [/^Request has expired/, { code: 'AccessDenied', message: 'Request has expired', status: 403 }],
  [
    /^The provided 'x-amz-content-sha256'/,
    {
      code: 'XAmzContentSHA256Mismatch',
      message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
      status: 400,
    },
  ],
  [
    /must be a 'SignedHeader'/,
    {
      code: 'AccessDenied',
      message: 'There were headers present in the request which were not signed',
      status: 403,
    },
  ],
  [
    /^The XML you provided/,
    {
      code: 'MalformedXML',
      message:
        'The XML you provided was not well-formed or did not validate against our published schema',
      status: 400,
    },
  ],
]

/** An error as S3 tells it: its own codes and words, and nothing to whom nobody vouches for. */
export function tellError(error: AwsError, request: WireRequest): AwsError {
  const isSigned =
    request.headers['authorization'] !== undefined ||
    /X-Amz-Sig|AWSAccessKeyId=/.test(request.query)
  const telling =
    signatureTellings.find(([form]) => form.test(error.message))?.[1] ??
    (Object.hasOwn(tellings, error.code) ? tellings[error.code] : undefined)
  const { code, message, status } = telling ?? error
  // A form's signature is among its fields; what its policy forbids is told.
  const isRefusal =
    code === 'AccessDenied' && !isSigned && !message.startsWith('Invalid according to Policy')
  const malformed = error.code === 'IncompleteSignature'
  return new AwsError({
    code: malformed ? authorizationCode(request) : code,
    message: isRefusal ? 'Access Denied' : message,
    status: malformed ? 400 : (status ?? (error.fault === 'server' ? 500 : 400)),
    fault: error.fault,
    ...(error.headers && { headers: error.headers }),
    fields: error.fields,
  })
}

function authorizationCode({ headers }: WireRequest): string {
  return headers['authorization'] === undefined
    ? 'AuthorizationQueryParametersError'
    : 'AuthorizationHeaderMalformed'
}
