import assert from 'node:assert/strict'
import { test } from 'node:test'
import suite from './testdata/aws-signing-test-suite.json' with { type: 'json' }
import { SigV4Error, collectHeaders, parseAuthorization, verifySignature } from './index.ts'
import type { SignedRequest } from './index.ts'

type PublishedRequest = (typeof suite.cases)[number]['header']

/** A published request as it would look on the wire, in characters that stand for bytes. */
function onTheWire(published: PublishedRequest): SignedRequest {
  const target = Buffer.from(published.target, 'utf8').toString('latin1')
  const question = target.indexOf('?')
  return {
    method: published.method,
    rawPath: question < 0 ? target : target.slice(0, question),
    rawQuery: question < 0 ? '' : target.slice(question + 1),
    headers: collectHeaders(published.headers.flat()),
    body: Buffer.from(published.body, 'utf8'),
  }
}

function verify(request: SignedRequest, secretAccessKey = suite.secretAccessKey): void {
  const authorization = parseAuthorization(request)
  verifySignature({ request, authorization, secretAccessKey, now: new Date(suite.now) })
}

for (const kind of ['header', 'query'] as const) {
  test(`AWS's own signing test suite verifies when signed by ${kind}`, () => {
    let run = 0
    for (const published of suite.cases) {
      const request = onTheWire(published[kind])
      const authorization = parseAuthorization(request)
      assert.equal(authorization.accessKeyId, suite.accessKeyId, published.name)
      assert.equal(authorization.sessionToken, published.token, published.name)
      assert.deepEqual(authorization.scope, {
        date: '20150830',
        region: 'us-east-1',
        service: 'service',
      })
      assert.doesNotThrow(() => verify(request), published.name)
      run += 1
    }
    assert.equal(run, 38)
  })
}

test("AWS's own signing test suite is refused under another secret", () => {
  let run = 0
  for (const published of suite.cases) {
    for (const kind of ['header', 'query'] as const) {
      assert.throws(() => verify(onTheWire(published[kind]), 'another'), SigV4Error, published.name)
      run += 1
    }
  }
  assert.equal(run, 76)
})

test('repeated query keys verify in the order of their values, as the earlier edition of the suite publishes', () => {
  const published: readonly (readonly [query: string, signature: string])[] = [
    [
      'Param1=value2&Param1=Value1',
      'eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1',
    ],
    [
      'Param1=value2&Param1=value1',
      '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
    ],
  ]
  for (const [query, signature] of published) {
    verify({
      method: 'GET',
      rawPath: '/',
      rawQuery: query,
      headers: {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
          `SignedHeaders=host;x-amz-date, Signature=${signature}`,
      },
      body: new Uint8Array(),
    })
  }
})
