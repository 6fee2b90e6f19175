import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { parseAuthorization, verifySignature } from './index.ts'
import type { SignedRequest } from './index.ts'
import { SIGNER, signLikeTheSdk } from './signer.fixture.ts'
import type { ClientRequest, SigningChoice } from './signer.fixture.ts'

function verify(request: SignedRequest): void {
  const authorization = parseAuthorization(request)
  const { secretAccessKey, now } = SIGNER
  verifySignature({ request, authorization, secretAccessKey, now })
}

const PATHS = [
  '/',
  '/2015-03-31/functions/name/invocations',
  '/caf%C3%A9/%E6%97%A5%E6%9C%AC',
  '/a//b',
  '//a///b//',
  '/a/./b/../c/',
  '/..',
  '/a%2Fb/arn%3Aaws%3Akms%3A%3A',
  '/with%20space/plus+tilde~',
  "/sub!$&'()*,;=:@",
]

const REQUESTS: readonly (readonly [ClientRequest, SigningChoice])[] = [
  [
    {
      body: Buffer.from('{"KeyId":"alias/a"}'),
      headers: { 'x-amz-target': 'TrentService.Encrypt' },
    },
    {},
  ],
  [{ method: 'GET', query: { b: ['2', '10', ''], a: 'x y+z', A: '', 'é&=': '%41~*' } }, {}],
  [{ headers: { 'x-amz-meta-a': '  a   b\t c  ', 'x-amz-meta-b': '"p   q"' } }, {}],
  [{ body: Buffer.from([0, 255]) }, { sessionToken: 'IQoJ/+==' }],
  [{ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, body: Buffer.from('any') }, {}],
  [
    { method: 'GET', query: { Action: 'GetCallerIdentity' } },
    { service: 'sts', expiresIn: 60 },
  ],
  [{ method: 'GET' }, { service: 'sts', expiresIn: 604_800, sessionToken: 'IQoJ/+==' }],
  [
    { method: 'GET', path: '/k', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    { service: 's3', expiresIn: 1 },
  ],
]

test("what the SDK for JavaScript's signer signs verifies, whatever the path", async () => {
  let run = 0
  for (const path of PATHS) {
    for (const service of ['kms', 's3']) {
      for (const choice of [{ service }, { service, expiresIn: 900, sessionToken: 'token' }]) {
        const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
        const request = await signLikeTheSdk({ method: 'PUT', path, headers }, choice)
        assert.doesNotThrow(() => verify(request), `${service} ${path} ${JSON.stringify(choice)}`)
        run += 1
      }
    }
  }
  assert.equal(run, 40)
})

test("what the SDK for JavaScript's signer signs verifies, whatever query, headers and token", async () => {
  let run = 0
  for (const [client, choice] of REQUESTS) {
    const request = await signLikeTheSdk(client, choice)
    assert.doesNotThrow(() => verify(request), JSON.stringify([client, choice]))
    assert.equal(parseAuthorization(request).sessionToken, choice.sessionToken)
    assert.equal(parseAuthorization(request).expiresSeconds, choice.expiresIn)
    run += 1
  }
  assert.equal(run, 8)
})

const BOTOCORE = `
import datetime, json, sys
import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
given = json.load(sys.stdin)
moment = datetime.datetime.fromisoformat(given['now'].replace('Z', '+00:00'))
auth.get_current_datetime = lambda *a, **k: moment
signed = []
for case in given['cases']:
    credentials = Credentials(given['accessKeyId'], given['secretAccessKey'], case.get('token'))
    request = AWSRequest(method=case['method'], url='http://127.0.0.1:4566' + case['target'],
                         data=case['body'].encode(), headers=case['headers'])
    kind = getattr(auth, case['signer'])
    kind(credentials, case['service'], given['region']).add_auth(request)
    prepared = request.prepare()
    headers = {name.lower(): value for name, value in request.headers.items()}
    signed.append({'url': prepared.url, 'headers': headers})
json.dump(signed, sys.stdout)
`

const BOTOCORE_CASES = PATHS.flatMap((path) => [
  { method: 'POST', target: path, body: '{"a":"é"}', service: 'kms', signer: 'SigV4Auth' },
  { method: 'GET', target: path, body: '', service: 'sts', signer: 'SigV4QueryAuth' },
  { method: 'PUT', target: path, body: 'x', service: 's3', signer: 'S3SigV4Auth' },
  { method: 'GET', target: path, body: '', service: 's3', signer: 'S3SigV4QueryAuth' },
  {
    method: 'GET',
    target: `${path}?b=2&a=%20%2B&b=10`,
    body: '',
    service: 'ssm',
    signer: 'SigV4Auth',
  },
]).map((request, index) => ({
  ...request,
  headers: {
    'X-Amz-Meta-Spaced': ' a   b ',
    // Given a Date header, botocore refreshes it and sends no X-Amz-Date.
    ...(index % 10 === 0 ? { Date: 'to be replaced' } : {}),
  },
  ...(index % 2 === 0 ? { token: 'IQoJ//+==' } : {}),
}))

function botocoreAbsence(): string | false {
  const found = spawnSync('python3', [
    '-c',
    'from botocore.auth import get_current_datetime, S3SigV4QueryAuth',
  ])
  return found.status === 0 ? false : 'python3 with a recent botocore is not installed'
}

test('what botocore signs verifies, by header and by query', { skip: botocoreAbsence() }, () => {
  const { accessKeyId, secretAccessKey, region, now } = SIGNER
  const input = { accessKeyId, secretAccessKey, region, now, cases: BOTOCORE_CASES }
  const python = spawnSync('python3', ['-c', BOTOCORE], {
    input: JSON.stringify(input),
    encoding: 'utf8',
  })
  assert.equal(python.status, 0, python.stderr)
  const signed: { url: string; headers: Record<string, string> }[] = JSON.parse(python.stdout)
  let run = 0
  let datedByDateHeader = 0
  for (const [index, sent] of signed.entries()) {
    const { method, body } = BOTOCORE_CASES[index] ?? assert.fail('more answers than cases')
    const [rawPath = '', rawQuery = ''] = sent.url.slice('http://127.0.0.1:4566'.length).split('?')
    const request: SignedRequest = {
      method,
      rawPath,
      rawQuery,
      headers: { host: '127.0.0.1:4566', ...sent.headers },
      body: Buffer.from(body, 'utf8'),
    }
    assert.doesNotThrow(() => verify(request), `${index} ${sent.url}`)
    run += 1
    if (request.headers['x-amz-date'] === undefined && rawQuery === '') datedByDateHeader += 1
  }
  assert.equal(run, 50)
  assert.equal(datedByDateHeader, 5)
})
