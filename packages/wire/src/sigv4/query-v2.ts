import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Authorization } from './authorization.ts'
import { SIGNATURE_MISMATCH_MESSAGE, SigV4Error } from './error.ts'
import { hostedBucket } from './hosted-bucket.ts'
import type { SignedRequest } from './request.ts'

/** Query parameters that name what is meant, and so are signed. */
const SUBRESOURCES = new Set(
  `accelerate acl analytics cors defaultObjectAcl delete encryption inventory legal-hold lifecycle
  location logging metrics notification object-lock ownershipControls partNumber policy policyStatus
  publicAccessBlock replication requestPayment restore retention select select-type tagging torrent
  uploadId uploads versionId versioning versions website
  response-cache-control response-content-disposition response-content-encoding
  response-content-language response-content-type response-expires`.split(/\s+/),
)

/**
 * Reads a link of S3's older signature (`AWSAccessKeyId`, `Expires`, `Signature`), which boto3 still
 * makes by default; undefined for any other request.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
 */
export function parseQueryV2(rawQuery: string): Authorization | undefined {
  if (!rawQuery.includes('AWSAccessKeyId=')) return undefined
  const query = new URLSearchParams(rawQuery)
  const accessKeyId = query.get('AWSAccessKeyId')
  const signature = query.get('Signature')
  const expires = query.get('Expires')
  if (accessKeyId === null || signature === null || expires === null) return undefined
  const sessionToken = query.get('x-amz-security-token')
  return {
    kind: 'query-v2',
    accessKeyId,
    scope: { date: '', region: 'us-east-1', service: 's3' },
    signedHeaders: [],
    signature,
    amzDate: expires,
    payloadHash: 'UNSIGNED-PAYLOAD',
    ...(sessionToken !== null && { sessionToken }),
  }
}

/** Checks such a link. Throws SigV4Error (RequestExpired, InvalidSignature). */
export function verifyQueryV2(
  request: SignedRequest,
  { amzDate: expires, signature }: Authorization,
  { secretAccessKey, now }: { readonly secretAccessKey: string; readonly now: Date },
): void {
  const seconds = /^\d{1,12}$/.test(expires) ? Number(expires) : NaN
  if (!(now.getTime() <= seconds * 1000)) {
    throw new SigV4Error('RequestExpired', 'Request has expired')
  }
  const expected = createHmac('sha1', secretAccessKey)
    .update(stringToSign(request, expires))
    .digest()
  const claimed = Buffer.from(signature, 'base64')
  if (claimed.length === expected.length && timingSafeEqual(claimed, expected)) return
  throw new SigV4Error('InvalidSignature', SIGNATURE_MISMATCH_MESSAGE)
}

function stringToSign(request: SignedRequest, expires: string): string {
  const query = new URLSearchParams(request.rawQuery)
  const said = (name: string): string => request.headers[name] ?? query.get(name) ?? ''
  const amz = new Map<string, string>()
  for (const [name, value] of [...query, ...Object.entries(request.headers)]) {
    if (name.toLowerCase().startsWith('x-amz-')) amz.set(name.toLowerCase(), (value ?? '').trim())
  }
  const headers = [...amz].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    request.method,
    said('content-md5'),
    said('content-type'),
    expires,
    ...headers.map(([name, value]) => `${name}:${value}`),
    resourceOf(request, query),
  ].join('\n')
}

function resourceOf({ headers, rawPath }: SignedRequest, query: URLSearchParams): string {
  const bucket = hostedBucket(headers['host'])
  const named = [...query]
    .filter(([name]) => SUBRESOURCES.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  const path = bucket === undefined ? rawPath : `/${bucket}${rawPath}`
  return named.length === 0 ? path : `${path}?${named.join('&')}`
}
