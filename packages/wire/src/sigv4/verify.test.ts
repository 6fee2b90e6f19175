import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  SigV4Error,
  SigningKeyCache,
  collectHeaders,
  parseAuthorization,
  verifySignature,
} from './index.ts'
import type { SigV4ErrorCode, SignedRequest } from './index.ts'
import { SIGNER, signLikeTheSdk } from './signer.fixture.ts'

const { accessKeyId, secretAccessKey } = SIGNER
const CREDENTIAL = `${accessKeyId}/20260228/eu-central-1/kms/aws4_request`

function verify(request: SignedRequest, options: { now?: Date; secret?: string } = {}): void {
  const authorization = parseAuthorization(request)
  const { now = SIGNER.now, secret = secretAccessKey } = options
  verifySignature({ request, authorization, secretAccessKey: secret, now })
}

function refusal(act: () => void): { code: SigV4ErrorCode; message: string } {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof SigV4Error, String(error))
    return { code: error.code, message: error.message }
  }
  return assert.fail('the request was accepted')
}

function withHeaders(headers: Record<string, string | undefined>): SignedRequest {
  return {
    method: 'POST',
    rawPath: '/',
    rawQuery: '',
    headers: { host: 'h', 'x-amz-date': '20260228T235958Z', ...headers },
    body: new Uint8Array(),
  }
}

function authorized(authorization: string, date = '20260228T235958Z'): SignedRequest {
  return withHeaders({ authorization, 'x-amz-date': date })
}

const COMPLETE = `AWS4-HMAC-SHA256 Credential=${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`

const REFUSALS: readonly (readonly [SignedRequest, SigV4ErrorCode, RegExp])[] = [
  [withHeaders({}), 'MissingAuthenticationToken', /^Missing Authentication Token$/],
  [authorized('Bearer abc'), 'MissingAuthenticationToken', /^Missing Authentication Token$/],
  [
    authorized('AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg='),
    'MissingAuthenticationToken',
    /^Missing Authentication Token$/,
  ],
  [
    withHeaders({ authorization: 'AWS4-HMAC-SHA256', 'x-amz-date': undefined }),
    'IncompleteSignature',
    /^Authorization header requires 'Credential' parameter\. Authorization header requires 'Signature' parameter\. Authorization header requires 'SignedHeaders' parameter\. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\. \(Hashed with SHA-256 and encoded with Base64\) Authorization=[\w+/]{43}=$/,
  ],
  [
    authorized('AWS4-HMAC-SHA256 Signature=b, Credential, SignedHeaders'),
    'IncompleteSignature',
    /^Invalid key=value pair \(missing equal-sign\) in Authorization header \(hashed with SHA-256 and encoded with Base64\): '[\w+/]{43}='\.$/,
  ],
  [
    authorized(COMPLETE.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
    'UnsupportedAlgorithm',
    /^Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' \(only AWS4-HMAC-SHA256 for now\)\.$/,
  ],
  [
    authorized(COMPLETE, 'Saturday'),
    'IncompleteSignature',
    /^Date must be in ISO-8601 'basic format'\. Got 'Saturday'\. See http:\/\/en\.wikipedia\.org\/wiki\/ISO_8601$/,
  ],
  [authorized(COMPLETE, '20260230T000000Z'), 'IncompleteSignature', /^Date must be in ISO-8601/],
  [authorized(COMPLETE, '20260228T240000Z'), 'IncompleteSignature', /^Date must be in ISO-8601/],
  [authorized(COMPLETE, '20261328T000000Z'), 'IncompleteSignature', /^Date must be in ISO-8601/],
  [
    authorized(COMPLETE.replace('/kms', '')),
    'IncompleteSignature',
    /^Credential must have exactly 5 slash-delimited elements, e\.g\. keyid\/date\/region\/service\/term, got 'AKIAIOSFODNN7EXAMPLE\/20260228\/eu-central-1\/aws4_request'$/,
  ],
  [
    authorized(COMPLETE.replace('eu-central-1/kms/aws4_request', 'EU/kms/aws4')),
    'InvalidSignature',
    /^Credential should be scoped to a valid region, not 'EU'\. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'\.$/,
  ],
  [
    authorized(COMPLETE.replace('/20260228/', '/20260227/')),
    'InvalidSignature',
    /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260227' != '20260228', from '20260228T235958Z'\.$/,
  ],
  [
    authorized(COMPLETE.replace('host;', '')),
    'InvalidSignature',
    /^'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization\.$/,
  ],
  [
    withHeaders({ authorization: COMPLETE, 'x-amz-target': 'TrentService.Decrypt' }),
    'InvalidSignature',
    /^'x-amz-target' must be a 'SignedHeader' in the AWS Authorization\.$/,
  ],
  [
    authorized(COMPLETE.replace('host;', 'host;__proto__;constructor;')),
    'InvalidSignature',
    /^The request signature we calculated does not match/,
  ],
  [
    { ...authorized(COMPLETE), rawQuery: 'X-Amz-Algorithm=AWS4-HMAC-SHA256' },
    'InvalidSignature',
    /^Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header\.$/,
  ],
  [
    {
      ...withHeaders({}),
      rawQuery: 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260228T235958Z',
    },
    'IncompleteSignature',
    /^AWS query-string parameters must include 'X-Amz-Credential'\. AWS query-string parameters must include 'X-Amz-Signature'\. AWS query-string parameters must include 'X-Amz-SignedHeaders'\. Re-examine the query-string parameters\.$/,
  ],
  [
    { ...withHeaders({}), rawQuery: 'X-Amz-Signature=a&X-Amz-Signature=b' },
    'IncompleteSignature',
    /'X-Amz-Signature' once/,
  ],
  [{ ...withHeaders({}), rawQuery: 'X-Amz-Signature=%FF' }, 'IncompleteSignature', /must be UTF-8/],
]

test("requests that carry no usable signature are refused in AWS's words", () => {
  let run = 0
  for (const [request, code, message] of REFUSALS) {
    const refused = refusal(() => verify(request))
    assert.equal(refused.code, code, refused.message)
    assert.match(refused.message, message)
    run += 1
  }
  assert.equal(run, 20)
})

test('a header is read the same however often it or one like it was read before', async () => {
  const first = await signLikeTheSdk({ body: Buffer.from('a') })
  const second = await signLikeTheSdk({ body: Buffer.from('b') })
  for (const request of [first, second, first]) verify(request)
  const swapped = { ...first.headers, authorization: second.headers['authorization'] }
  const cases: readonly (readonly [Record<string, string | undefined>, SigV4ErrorCode])[] = [
    [swapped, 'InvalidSignature'],
    [{ ...first.headers, 'x-amz-date': '20260227T235958Z' }, 'InvalidSignature'],
    [{ ...first.headers, 'x-amz-date': '20260228T246000Z' }, 'IncompleteSignature'],
    [{ ...first.headers, 'x-amz-date': undefined }, 'IncompleteSignature'],
    [{ ...first.headers, 'x-amz-target': 'TrentService.Encrypt' }, 'InvalidSignature'],
    [
      { ...first.headers, authorization: `${first.headers['authorization']?.slice(0, -1)},` },
      'InvalidSignature',
    ],
  ]
  for (const [headers, code] of cases) {
    assert.equal(refusal(() => verify({ ...first, headers })).code, code)
  }
  assert.equal(cases.length, 6)
})

test('a signature is good for fifteen minutes to either side of its time and no second more', async () => {
  const request = await signLikeTheSdk({})
  const at = (seconds: number) => ({ now: new Date(SIGNER.now.getTime() + seconds * 1000) })
  verify(request, at(900))
  verify(request, at(-900))
  assert.deepEqual(
    refusal(() => verify(request, at(901))),
    {
      code: 'SignatureExpired',
      message:
        'Signature expired: 20260228T235958Z is now earlier than 20260228T235959Z (20260301T001459Z - 15 min.)',
    },
  )
  assert.deepEqual(
    refusal(() => verify(request, at(-901))),
    {
      code: 'SignatureNotYetCurrent',
      message:
        'Signature not yet current: 20260228T235958Z is still later than 20260228T235957Z (20260228T234457Z + 15 min.)',
    },
  )
})

test('a presigned request is good until it expires', async () => {
  const request = await signLikeTheSdk({ method: 'GET' }, { service: 'sts', expiresIn: 3600 })
  const at = (seconds: number) => ({ now: new Date(SIGNER.now.getTime() + seconds * 1000) })
  verify(request, at(3600))
  assert.deepEqual(
    refusal(() => verify(request, at(3601))),
    { code: 'RequestExpired', message: 'Request has expired' },
  )
  assert.equal(refusal(() => verify(request, at(-901))).code, 'SignatureNotYetCurrent')
})

test('X-Amz-Expires must be a number of seconds from one to a week', async () => {
  const request = await signLikeTheSdk({ method: 'GET' }, { expiresIn: 3600 })
  let run = 0
  for (const value of ['0', '-1', '604801', '1e3', '', 'abc', '9'.repeat(400)]) {
    const rawQuery = request.rawQuery.replace('X-Amz-Expires=3600', `X-Amz-Expires=${value}`)
    const refused = refusal(() => verify({ ...request, rawQuery }))
    assert.equal(refused.code, 'IncompleteSignature')
    assert.match(refused.message, /^X-Amz-Expires /)
    run += 1
  }
  assert.equal(run, 7)
})

test('the date may come from a Date header, which the string to sign covers', () => {
  const request = withHeaders({
    authorization: COMPLETE.replace(';x-amz-date', ''),
    'x-amz-date': undefined,
    date: 'Sat, 28 Feb 2026 23:59:58 GMT',
  })
  assert.equal(parseAuthorization(request).amzDate, '20260228T235958Z')
})

test('a declared payload hash that is not the body’s is refused even though the signature holds', async () => {
  const body = Buffer.from('{"KeyId":"alias/a"}')
  const declared = await signLikeTheSdk({ body })
  assert.match(declared.headers['x-amz-content-sha256'] ?? '', /^[0-9a-f]{64}$/)
  const refused = refusal(() => verify({ ...declared, body: Buffer.from('{"KeyId":"alias/b"}') }))
  assert.equal(refused.code, 'PayloadHashMismatch')
  const headers = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }
  const streaming = { body, headers }
  verify(await signLikeTheSdk(streaming, { service: 's3' }))
  const elsewhere = await signLikeTheSdk(streaming)
  assert.equal(refusal(() => verify(elsewhere)).code, 'PayloadHashMismatch')
})

test('no refusal ever holds the secret', async () => {
  const request = await signLikeTheSdk({ body: Buffer.from('a') })
  const secret = 'a-very-secret-access-key'
  const { message } = refusal(() => verify(request, { secret }))
  assert.ok(!message.includes(secret))
  assert.match(
    message,
    /^The request signature we calculated does not match the signature you provided\. Check/,
  )
})

test('the cache answers as no cache does, keeps what was used last and never outlives a secret', async () => {
  const cache = new SigningKeyCache(2)
  const request = await signLikeTheSdk({})
  const authorization = parseAuthorization(request)
  const input = { request, authorization, now: SIGNER.now, cache }
  verifySignature({ ...input, secretAccessKey })
  verifySignature({ ...input, secretAccessKey })
  assert.equal(cache.size, 1)
  assert.equal(
    refusal(() => verifySignature({ ...input, secretAccessKey: 'rotated' })).code,
    'InvalidSignature',
  )
  const keyed = { accessKeyId, secretAccessKey, scope: authorization.scope }
  const first = cache.get(keyed)
  cache.get({ ...keyed, scope: { ...authorization.scope, service: 'sts' } })
  assert.equal(cache.get(keyed), first)
  cache.get({ ...keyed, scope: { ...authorization.scope, service: 'ssm' } })
  assert.equal(cache.get(keyed), first)
  assert.equal(cache.size, 2)
  assert.throws(() => new SigningKeyCache(0), RangeError)
})

test('repeated headers are joined with a comma alone, under lower-case names', () => {
  const headers = collectHeaders(['X-A', '1', 'Host', 'h', 'x-a', '2', '__proto__', 'x'])
  assert.equal(headers['x-a'], '1,2')
  assert.deepEqual(Object.keys(headers), ['x-a', 'host', '__proto__'])
})
