import { queryPairs } from './canonical.ts'
import { SigV4Error, quoteHashed } from './error.ts'
import { parseQueryV2 } from './query-v2.ts'
import { knownFields, remember } from './known-signers.ts'
import type { HeaderFields } from './known-signers.ts'
import type { SignedRequest } from './request.ts'
import type { CredentialScope } from './signing-key.ts'
import { requestTimestamp } from './timestamp.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const REGION = /^[a-z0-9][a-z0-9-]*$/
const MAX_EXPIRES_SECONDS = 604_800
// The SDK for JavaScript moves headers into a presigned query under their own lower-case names.
const HOISTED_PAYLOAD_HASH = 'x-amz-content-sha256'
const HEADER_PARAMETERS = ['Credential', 'Signature', 'SignedHeaders'] as const
const QUERY_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const

/** What a request says about who signed it and how. */
export interface Authorization {
  /** `query-v2`: a link of S3's older signature. */
  readonly kind: 'header' | 'presigned' | 'query-v2'
  readonly accessKeyId: string
  readonly scope: CredentialScope
  readonly signedHeaders: readonly string[]
  /** As sent; not necessarily 64 hexadecimal digits. */
  readonly signature: string
  /** The time of signing in ISO 8601 basic format. */
  readonly amzDate: string
  readonly sessionToken?: string
  /** How long a presigned request is good for, in seconds (1 to 604800); absent in the header form. */
  readonly expiresSeconds?: number
  /** The declared payload hash (hex, `UNSIGNED-PAYLOAD`, `STREAMING-…`); absent when the body's own hash was signed. */
  readonly payloadHash?: string
}

interface SignatureFields {
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
  readonly date: string
}

/**
 * Reads the signature of a request from its Authorization header or its query, without checking it.
 * Throws SigV4Error (MissingAuthenticationToken, IncompleteSignature, UnsupportedAlgorithm, InvalidSignature), in the
 * order in which AWS checks.
 */
export function parseAuthorization(request: SignedRequest): Authorization {
  const header = request.headers['authorization']
  const older = header === undefined ? parseQueryV2(request.rawQuery) : undefined
  if (older) return older
  const presigned = request.rawQuery === '' ? undefined : presignedParameters(request.rawQuery)
  if (header !== undefined && presigned !== undefined) {
    throw new SigV4Error(
      'InvalidSignature',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    )
  }
  const authorization =
    presigned !== undefined
      ? fromQuery(presigned, request.headers)
      : fromHeader(header?.trim(), request.headers)
  requireSignedHeaders(request.headers, authorization.signedHeaders)
  return authorization
}

function fromHeader(header: string | undefined, headers: SignedRequest['headers']): Authorization {
  if (header === undefined || !header.startsWith('AWS4-')) {
    throw new SigV4Error('MissingAuthenticationToken', 'Missing Authentication Token')
  }
  const fields = knownFields(header, headers['x-amz-date']) ?? readHeader(header, headers)
  const { accessKeyId, scope, signedHeaders, signature, amzDate } = fields
  const sessionToken = headers['x-amz-security-token']
  const payloadHash = headers['x-amz-content-sha256']?.trim()
  return {
    kind: 'header',
    accessKeyId,
    scope,
    signedHeaders,
    signature,
    amzDate,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(payloadHash !== undefined && { payloadHash }),
  }
}

function readHeader(header: string, headers: SignedRequest['headers']): HeaderFields {
  const [algorithm = '', ...pairs] = header.split(/[,\s]+/)
  requireAlgorithm(algorithm)
  const parameters = new Map<string, string>()
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals < 0) {
      throw new SigV4Error(
        'IncompleteSignature',
        'Invalid key=value pair (missing equal-sign) in Authorization header ' +
          `(hashed with SHA-256 and encoded with Base64): '${quoteHashed(header)}'.`,
      )
    }
    parameters.set(pair.slice(0, equals), pair.slice(equals + 1))
  }
  const date = headers['x-amz-date'] ?? headers['date']
  const missing = HEADER_PARAMETERS.filter((name) => !parameters.get(name)).map(
    (name) => `Authorization header requires '${name}' parameter.`,
  )
  if (!date) {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    )
  }
  if (missing.length > 0) {
    throw new SigV4Error(
      'IncompleteSignature',
      `${missing.join(' ')} (Hashed with SHA-256 and encoded with Base64) Authorization=${quoteHashed(header)}`,
    )
  }
  const fields = readFields({
    credential: parameters.get('Credential') ?? '',
    signedHeaders: parameters.get('SignedHeaders') ?? '',
    signature: parameters.get('Signature') ?? '',
    date: date ?? '',
  })
  remember(header, fields)
  return fields
}

function fromQuery(
  parameters: ReadonlyMap<string, string>,
  headers: SignedRequest['headers'],
): Authorization {
  const missing = QUERY_PARAMETERS.filter((name) => !parameters.get(name)).map(
    (name) => `AWS query-string parameters must include '${name}'.`,
  )
  if (missing.length > 0) {
    throw new SigV4Error(
      'IncompleteSignature',
      `${missing.join(' ')} Re-examine the query-string parameters.`,
    )
  }
  requireAlgorithm(parameters.get('X-Amz-Algorithm') ?? '')
  const expires = parameters.get('X-Amz-Expires')
  const sessionToken = parameters.get('X-Amz-Security-Token') ?? headers['x-amz-security-token']
  const payloadHash =
    parameters.get('X-Amz-Content-Sha256') ??
    parameters.get(HOISTED_PAYLOAD_HASH) ??
    headers['x-amz-content-sha256']
  return {
    kind: 'presigned',
    ...readFields({
      credential: parameters.get('X-Amz-Credential') ?? '',
      signedHeaders: parameters.get('X-Amz-SignedHeaders') ?? '',
      signature: parameters.get('X-Amz-Signature') ?? '',
      date: parameters.get('X-Amz-Date') ?? '',
    }),
    ...(expires === undefined ? {} : { expiresSeconds: readExpires(expires) }),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(payloadHash === undefined ? {} : { payloadHash: payloadHash.trim() }),
  }
}

/** The decoded `X-Amz-` parameters of a presigned query; undefined when the query carries no signature. */
function presignedParameters(rawQuery: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const [name, value] of queryPairs(rawQuery)) {
    if (!name.startsWith('X-Amz-') && name !== HOISTED_PAYLOAD_HASH) continue
    if (parameters.has(name)) {
      throw new SigV4Error(
        'IncompleteSignature',
        `AWS query-string parameters must include '${name}' once. Re-examine the query-string parameters.`,
      )
    }
    parameters.set(name, decodeComponent(value))
  }
  const signed = parameters.has('X-Amz-Algorithm') || parameters.has('X-Amz-Signature')
  return signed ? parameters : undefined
}

function decodeComponent(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new SigV4Error(
      'IncompleteSignature',
      'AWS query-string parameters must be UTF-8. Re-examine the query-string parameters.',
    )
  }
}

function requireAlgorithm(algorithm: string): void {
  if (algorithm === ALGORITHM) return
  throw new SigV4Error(
    'UnsupportedAlgorithm',
    `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now).`,
  )
}

function readFields(fields: SignatureFields): HeaderFields {
  const amzDate = requestTimestamp(fields.date)
  const elements = fields.credential.split('/')
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = elements
  if (elements.length !== 5 || accessKeyId === '') {
    throw new SigV4Error(
      'IncompleteSignature',
      'Credential must have exactly 5 slash-delimited elements, ' +
        `e.g. keyid/date/region/service/term, got '${fields.credential}'`,
    )
  }
  const faults: string[] = []
  if (!REGION.test(region)) {
    faults.push(`Credential should be scoped to a valid region, not '${region}'.`)
  }
  if (terminator !== 'aws4_request') {
    faults.push(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`,
    )
  }
  if (date !== amzDate.slice(0, 8)) {
    faults.push(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    )
  }
  if (faults.length > 0) throw new SigV4Error('InvalidSignature', faults.join(' '))
  return {
    accessKeyId,
    scope: { date, region, service },
    signedHeaders: fields.signedHeaders.split(';'),
    signature: fields.signature,
    amzDate,
  }
}

function readExpires(text: string): number {
  const seconds = /^-?\d+$/.test(text) ? Number(text) : NaN
  if (seconds >= 1 && seconds <= MAX_EXPIRES_SECONDS) return seconds
  const fault = Number.isNaN(seconds)
    ? 'X-Amz-Expires should be a number'
    : seconds < 1
      ? 'X-Amz-Expires must be greater than 0'
      : 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds'
  throw new SigV4Error('IncompleteSignature', fault)
}

/** Host and every `x-amz-` header must be signed; a session token may be added after signing (AWS's suite does it). */
function requireSignedHeaders(
  headers: SignedRequest['headers'],
  signedHeaders: readonly string[],
): void {
  if (!signedHeaders.includes('host') && !signedHeaders.includes(':authority')) {
    throw new SigV4Error(
      'InvalidSignature',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  }
  for (const name in headers) {
    if (!name.startsWith('x-amz-') || name === 'x-amz-security-token') continue
    if (headers[name] === undefined || signedHeaders.includes(name)) continue
    throw new SigV4Error(
      'InvalidSignature',
      `'${name}' must be a 'SignedHeader' in the AWS Authorization.`,
    )
  }
}
