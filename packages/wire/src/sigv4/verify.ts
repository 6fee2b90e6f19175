import { hash, timingSafeEqual } from 'node:crypto'
import type { Authorization } from './authorization.ts'
import { canonicalHeaders, canonicalPaths, canonicalQuery, signsLikeS3 } from './canonical.ts'
import { SIGNATURE_MISMATCH_MESSAGE, SigV4Error } from './error.ts'
import { isSignature, SIGNATURE_LENGTH } from './known-signers.ts'
import { verifyQueryV2 } from './query-v2.ts'
import type { SignedRequest } from './request.ts'
import { deriveSigningKey } from './signing-key.ts'
import type { SigningKey, SigningKeyCache } from './signing-key.ts'
import { formatAmzDate, parseAmzDate } from './timestamp.ts'

const SKEW_MS = 15 * 60 * 1000
const SHA256_HEX = /^[0-9a-f]{64}$/i
const NOT_LATIN1 = /[\u0100-\uffff]/
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const NO_QUERY = ['']
// Where two signatures are laid side by side to be compared in constant time.
const expectedBytes = Buffer.alloc(SIGNATURE_LENGTH)
const actualBytes = Buffer.alloc(SIGNATURE_LENGTH)

/** A parsed request together with the secret that should have signed it and the time of its arrival. */
export interface VerificationInput {
  readonly request: SignedRequest
  readonly authorization: Authorization
  readonly secretAccessKey: string
  readonly now: Date
  /** Without a cache the signing key is derived anew. */
  readonly cache?: SigningKeyCache
}

/**
 * Checks that the request was signed with the secret, within its time, over exactly these bytes.
 * Returns the key that it was signed with (none for S3's older links); throws SigV4Error (SignatureExpired, SignatureNotYetCurrent, RequestExpired, InvalidSignature,
 * PayloadHashMismatch).
 */
export function verifySignature(input: VerificationInput): SigningKey | undefined {
  const { request, authorization, secretAccessKey, now, cache } = input
  if (authorization.kind === 'query-v2') {
    verifyQueryV2(request, authorization, { secretAccessKey, now })
    return undefined
  }
  checkTime(authorization, now.getTime())
  const { accessKeyId, scope } = authorization
  const key =
    cache === undefined
      ? deriveSigningKey(secretAccessKey, scope)
      : cache.get({ accessKeyId, secretAccessKey, scope })
  const payload = payloadHashes(request, authorization)
  if (!matches(request, authorization, payload.signed, key)) {
    throw new SigV4Error('InvalidSignature', SIGNATURE_MISMATCH_MESSAGE)
  }
  if (!payload.intact) {
    throw new SigV4Error(
      'PayloadHashMismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
  return key
}

function checkTime({ amzDate, expiresSeconds }: Authorization, nowMs: number): void {
  const signedMs = parseAmzDate(amzDate) ?? NaN
  if (!(signedMs <= nowMs + SKEW_MS)) {
    const latest = formatAmzDate(nowMs + SKEW_MS)
    throw new SigV4Error(
      'SignatureNotYetCurrent',
      `Signature not yet current: ${amzDate} is still later than ${latest} (${formatAmzDate(nowMs)} + 15 min.)`,
    )
  }
  if (expiresSeconds !== undefined) {
    if (nowMs <= signedMs + expiresSeconds * 1000) return
    throw new SigV4Error('RequestExpired', 'Request has expired')
  }
  if (signedMs < nowMs - SKEW_MS) {
    const earliest = formatAmzDate(nowMs - SKEW_MS)
    throw new SigV4Error(
      'SignatureExpired',
      `Signature expired: ${amzDate} is now earlier than ${earliest} (${formatAmzDate(nowMs)} - 15 min.)`,
    )
  }
}

/** The payload hash that went into the signature, and whether the body is what a declared hash says. */
function payloadHashes(
  { body, isBodyUnread }: SignedRequest,
  { kind, scope, payloadHash }: Authorization,
): { readonly signed: string; readonly intact: boolean } {
  const likeS3 = signsLikeS3(scope.service)
  if (payloadHash === undefined) {
    // S3 presigns without a declared hash mean an unsigned payload; every other service means the body's hash.
    const unsigned = kind === 'presigned' && likeS3
    return { signed: unsigned ? UNSIGNED_PAYLOAD : hash('sha256', body), intact: true }
  }
  if (payloadHash === UNSIGNED_PAYLOAD || (likeS3 && payloadHash.startsWith('STREAMING-'))) {
    return { signed: payloadHash, intact: true }
  }
  if (isBodyUnread) return { signed: payloadHash, intact: true }
  const bodyHash = hash('sha256', body)
  const intact =
    payloadHash === bodyHash ||
    (SHA256_HEX.test(payloadHash) && payloadHash.toLowerCase() === bodyHash)
  return { signed: payloadHash, intact }
}

/** Tries each canonical form that an AWS client may have signed; nearly always there is just one. */
function matches(
  request: SignedRequest,
  authorization: Authorization,
  payloadHash: string,
  key: SigningKey,
): boolean {
  const { scope, amzDate, signedHeaders, signature } = authorization
  const headers = canonicalHeaders(request.headers, signedHeaders)
  if (headers === undefined || !isSignature(signature)) return false
  const tail = `${headers}\n${signedHeaders.join(';')}\n${payloadHash}`
  for (const query of canonicalQueries(request.rawQuery, authorization)) {
    for (const path of canonicalPaths(scope.service, request.rawPath)) {
      const digest = hashBytes(`${request.method}\n${path}\n${query}\n${tail}`)
      if (isSame(key.sign(amzDate, digest), signature)) return true
    }
  }
  return false
}

/** Compares two signatures of 64 hexadecimal digits in a time that tells nothing of either. */
function isSame(actual: string, expected: string): boolean {
  actualBytes.write(actual, 'latin1')
  expectedBytes.write(expected, 'latin1')
  return timingSafeEqual(actualBytes, expectedBytes)
}

/** A presigner may add the session token before or after signing (AWS's suite has both). */
function canonicalQueries(
  rawQuery: string,
  { kind, sessionToken }: Authorization,
): readonly string[] {
  if (rawQuery === '') return NO_QUERY
  if (kind === 'header') return [canonicalQuery(rawQuery)]
  const withToken = canonicalQuery(rawQuery, ['X-Amz-Signature'])
  if (sessionToken === undefined) return [withToken]
  return [withToken, canonicalQuery(rawQuery, ['X-Amz-Signature', 'X-Amz-Security-Token'])]
}

/** SHA-256 in hex of text whose characters stand for bytes; text with any beyond U+00FF is taken as UTF-8. */
function hashBytes(text: string): string {
  if (Buffer.byteLength(text) === text.length || NOT_LATIN1.test(text)) return hash('sha256', text)
  return hash('sha256', Buffer.from(text, 'latin1'))
}
