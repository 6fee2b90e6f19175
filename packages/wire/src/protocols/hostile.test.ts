import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { CborCodec } from '@smithy/core/cbor'
import fc from 'fast-check'
import { operationsOf } from './client.fixture.ts'
import {
  awsJson,
  awsQuery,
  restJson,
  restXml,
  rpcV2Cbor,
  WireDecodeError,
  type OperationSchema,
  type ServerProtocol,
  type WireRequest,
} from './index.ts'

const kmsProtocol = awsJson('1.1', 'TrentService')
const iamProtocol = awsQuery({ version: '2010-05-08', xmlNamespace: 'https://iam.example/' })
const cborProtocol = rpcV2Cbor('GraniteServiceVersion20100801')
const s3Protocol = restXml([...operationsOf(s3).values()], {
  xmlNamespace: '',
  wrapErrors: false,
  outerLabel: 'Bucket',
})
const lambdaProtocol = restJson([...operationsOf(lambda).values()])

const post = (body: string | Uint8Array): WireRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  body: typeof body === 'string' ? Buffer.from(body) : body,
})

function refusal(protocol: ServerProtocol, operation: OperationSchema, request: WireRequest) {
  try {
    return { input: protocol.decode(operation, request) }
  } catch (error) {
    if (error instanceof WireDecodeError) return { code: error.code, message: error.message }
    throw error
  }
}

const serialization = (message: string) => ({ code: 'SerializationException', message })

describe('awsJson refuses values of the wrong type in the words of AWS', () => {
  const cases: readonly (readonly [body: string, message: string])[] = [
    ['{"KeyId":1}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"KeyId":true}', 'TRUE_VALUE can not be converted to a String'],
    ['{"KeyId":false}', 'FALSE_VALUE can not be converted to a String'],
    ['{"KeyId":{}}', 'Start of structure or map found where not expected.'],
    ['{"KeyId":[]}', 'Start of list found where not expected'],
    ['{"DryRun":"yes"}', 'STRING_VALUE can not be converted to a Boolean'],
    ['{"GrantTokens":"a"}', 'Unexpected field type'],
    ['{"GrantTokens":[1]}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"EncryptionContext":{"a":1}}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"EncryptionContext":[]}', 'Start of list found where not expected'],
    ['{"Plaintext":"?"}', 'Base64 encoded value is malformed'],
    ['[]', 'Start of list found where not expected'],
    ['{', ''],
    ['\u0000', ''],
    ['"x"', 'Unexpected field type'],
  ]

  it('for every case', () => {
    let tried = 0
    for (const [body, message] of cases) {
      const result = refusal(kmsProtocol, kms.Encrypt$, post(body))
      assert.deepEqual(result, serialization(message), body)
      tried++
    }
    assert.equal(tried, 15)
  })

  it('a string where a number belongs', () => {
    const result = refusal(kmsProtocol, kms.ListKeys$, post('{"Limit":"1"}'))
    assert.deepEqual(result, serialization('STRING_VALUE can not be converted to an Integer'))
  })

  it('bytes that are not UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"KeyId":"'), Buffer.of(0xff), Buffer.from('"}')])
    assert.deepEqual(refusal(kmsProtocol, kms.Encrypt$, post(body)), serialization(''))
  })
})

describe('names that mean something to JavaScript', () => {
  it('__proto__ is an encryption context key like any other and changes no prototype', () => {
    const body = '{"__proto__":{"KeyId":"x"},"EncryptionContext":{"__proto__":"a","toString":"b"}}'
    const input = kmsProtocol.decode(kms.Encrypt$, post(body))
    assert.deepEqual(Object.keys(input), ['EncryptionContext'])
    assert.deepEqual(Object.entries(input['EncryptionContext'] ?? {}), [
      ['__proto__', 'a'],
      ['toString', 'b'],
    ])
    assert.equal(({} as Record<string, unknown>)['KeyId'], undefined)
  })

  it('__proto__ in a form is ignored', () => {
    const form = 'Action=CreateRole&__proto__.RoleName=x&Tags.__proto__.1.Key=k&Tags.member.1.Key=k'
    const input = iamProtocol.decode(iam.CreateRole$, post(form))
    assert.deepEqual(input, { Tags: [{ Key: 'k' }] })
  })
})

describe('bodies made to exhaust the server', () => {
  it('JSON, XML, CBOR and forms nested very deeply are refused or ignored', () => {
    const depth = 200_000
    const json = refusal(kmsProtocol, kms.Encrypt$, post(`{"KeyId":${'['.repeat(depth)}`))
    assert.equal(json.code, 'SerializationException')
    const xml = post('<a>'.repeat(depth))
    assert.equal(refusal(s3Protocol, s3.PutBucketTagging$, xml).code, 'MalformedXML')
    const cbor = post(Buffer.alloc(depth, 0x81))
    const result = refusal(cborProtocol, cloudwatch.PutMetricData$, cbor)
    assert.equal(result.code, 'SerializationException')
    const form = post(`${'a.'.repeat(depth)}=1`)
    assert.equal(refusal(iamProtocol, iam.CreateRole$, form).code, 'MalformedQueryString')
  })

  it('a CBOR array that announces more items than there are bytes is refused unread', () => {
    const body = Buffer.from('9a7fffffff', 'hex')
    const result = refusal(cborProtocol, cloudwatch.PutMetricData$, post(body))
    assert.deepEqual(result, serialization('The body is not valid CBOR'))
  })

  it('XML with a document type is refused', () => {
    const body = '<!DOCTYPE a [<!ENTITY b "c">]><Tagging/>'
    assert.equal(refusal(s3Protocol, s3.PutBucketTagging$, post(body)).code, 'MalformedXML')
  })
})

describe('arbitrary bytes', () => {
  const cborSeed = (() => {
    const serializer = new CborCodec().createSerializer()
    serializer.write(cloudwatch.PutMetricDataInput$, {
      Namespace: 'N',
      MetricData: [{ MetricName: 'm', Value: 1.5, Timestamp: new Date(0) }],
    })
    return Buffer.from(serializer.flush())
  })()
  const targets: readonly (readonly [ServerProtocol, OperationSchema, Buffer])[] = [
    [
      kmsProtocol,
      kms.CreateGrant$,
      Buffer.from('{"KeyId":"k","Operations":["Decrypt"],"Constraints":{"SourceArn":"a"}}'),
    ],
    [
      iamProtocol,
      iam.CreateRole$,
      Buffer.from('RoleName=a&Tags.member.1.Key=b&MaxSessionDuration=1'),
    ],
    [cborProtocol, cloudwatch.PutMetricData$, cborSeed],
    [
      s3Protocol,
      s3.PutBucketLifecycleConfiguration$,
      Buffer.from('<L><Rule><ID>a</ID><Expiration><Days>3</Days></Expiration></Rule></L>'),
    ],
    [lambdaProtocol, lambda.CreateFunction$, Buffer.from('{"FunctionName":"f","Timeout":3}')],
  ]

  it('throw nothing but WireDecodeError, wherever they are put', () => {
    let tried = 0
    for (const [protocol, operation, seed] of targets) {
      const mutated = fc
        .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 4 })
        .map((changes) => {
          const copy = Buffer.from(seed)
          for (const [at, byte] of changes) copy[at] = byte
          return copy
        })
      const body = fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated)
      const place = fc.record({ path: fc.string(), query: fc.string(), header: fc.string() })
      fc.assert(
        fc.property(body, place, (bytes, { path, query, header }) => {
          const headers = { 'x-amz-target': header, 'content-type': '', date: header }
          const request = { method: 'POST', path, query, headers, body: bytes }
          protocol.operationName(request)
          refusal(protocol, operation, request)
          tried++
        }),
        { numRuns: 400 },
      )
    }
    assert.ok(tried >= 2000)
  })

  it('every operation of a service survives a body meant for another', () => {
    let tried = 0
    for (const operation of operationsOf(kms).values()) {
      for (const body of ['{"KeyId":{"a":[{}]},"Tags":[null]}', 'null', '0', '']) {
        refusal(kmsProtocol, operation, post(body))
        tried++
      }
    }
    assert.equal(tried, 224)
  })
})
