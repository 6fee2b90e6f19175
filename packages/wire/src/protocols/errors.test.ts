import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AwsEc2QueryProtocol } from '@aws-sdk/core/protocols'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import { NormalizedSchema } from '@smithy/core/schema'
import { operationsOf, roundTrip, type ClientPackage } from './client.fixture.ts'
import {
  awsJson,
  awsQuery,
  ec2Query,
  restJson,
  restXml,
  rpcV2Cbor,
  type ErrorSchema,
  type ServerProtocol,
  type WireError,
} from './index.ts'

interface Suite {
  readonly name: string
  readonly client: ClientPackage
  readonly protocol: ServerProtocol
  readonly errors: number
  readonly command: { name: string; input: object; config?: Readonly<Record<string, unknown>> }
}

const suites: readonly Suite[] = [
  {
    name: 'awsJson1_1',
    client: kms,
    protocol: awsJson('1.1', 'TrentService'),
    errors: 48,
    command: { name: 'ListKeys', input: {} },
  },
  {
    name: 'awsQuery',
    client: iam,
    protocol: awsQuery({ version: '2010-05-08', xmlNamespace: 'https://iam.example/' }),
    errors: 38,
    command: { name: 'ListUsers', input: {} },
  },
  {
    name: 'rpcV2Cbor',
    client: cloudwatch,
    protocol: rpcV2Cbor('GraniteServiceVersion20100801'),
    errors: 19,
    command: {
      name: 'ListMetrics',
      input: {},
      config: { protocol: SmithyRpcV2CborProtocol },
    },
  },
  {
    name: 'restJson1',
    client: lambda,
    protocol: restJson([...operationsOf(lambda).values()]),
    errors: 56,
    command: { name: 'ListFunctions', input: {} },
  },
  {
    name: 'ec2Query',
    client: cloudwatch,
    protocol: ec2Query({ version: '2010-08-01', xmlNamespace: 'http://ec2.example/' }),
    errors: 19,
    command: { name: 'ListMetrics', input: {}, config: { protocol: AwsEc2QueryProtocol } },
  },
  {
    name: 'restXml',
    client: s3,
    protocol: restXml([...operationsOf(s3).values()], {
      xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
      wrapErrors: false,
      outerLabel: 'Bucket',
    }),
    errors: 21,
    command: { name: 'ListBuckets', input: {} },
  },
]

const errorSchemas = (client: ClientPackage): ErrorSchema[] =>
  Object.values(client).filter(
    (schema): schema is ErrorSchema => Array.isArray(schema) && schema[0] === -3,
  )

/** The failure the client throws when the server answers with the error. */
async function thrown({ client, protocol, command }: Suite, error: WireError): Promise<unknown> {
  try {
    await roundTrip(client, command, () => protocol.encodeError(error, { requestId: 'r-1' }))
  } catch (failure) {
    return failure
  }
  return assert.fail('the client did not throw')
}

for (const suite of suites) {
  describe(`errors over ${suite.name}`, () => {
    it('every modelled error arrives as its own class with its message', async () => {
      let tried = 0
      for (const schema of errorSchemas(suite.client)) {
        const name = schema[2]
        // A base exception of the SDK, not of the service.
        if (schema[1].startsWith('smithy.ts.sdk')) continue
        const fault = NormalizedSchema.of(schema).getMergedTraits().error ?? 'client'
        const message = `Told <why> & "how" é ${name}`
        const failure = await thrown(suite, {
          code: name,
          message,
          fault: fault as 'client' | 'server',
          schema,
        })
        assert.ok(failure instanceof Error)
        assert.ok(failure instanceof (suite.client[failure.name] as typeof Error), name)
        assert.equal(failure.message, message)
        tried++
      }
      assert.equal(tried, suite.errors)
    })

    it('an unmodelled error arrives with its code, message and request id', async () => {
      const failure = await thrown(suite, {
        code: 'AccessDeniedException',
        message: 'User: x is not authorized',
        fault: 'client',
        status: 403,
      })
      assert.ok(failure instanceof Error)
      assert.equal(failure.name, 'AccessDeniedException')
      assert.equal(failure.message, 'User: x is not authorized')
      const { $metadata: metadata } = failure as { $metadata?: unknown }
      const { httpStatusCode, requestId } = metadata as Record<string, unknown>
      assert.deepEqual({ httpStatusCode, requestId }, { httpStatusCode: 403, requestId: 'r-1' })
    })
  })
}

describe('what errors look like on the wire', () => {
  const missing: WireError = {
    code: 'NotFoundException',
    message: 'Key does not exist',
    fault: 'client',
    schema: kms.NotFoundException$,
  }

  it('KMS answers 400 with __type and a lower-case message, though the model says 404', () => {
    const { status, body, headers } = awsJson('1.1', 'TrentService').encodeError(missing, {
      requestId: 'r-1',
    })
    assert.equal(status, 400)
    assert.equal(body, '{"__type":"NotFoundException","message":"Key does not exist"}')
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1')
    assert.equal(headers['x-amzn-requestid'], 'r-1')
  })

  it('CloudWatch, which came from Query, answers 404 in every protocol, with the code of Query', () => {
    const schema = cloudwatch.DashboardNotFoundError$
    const error = { ...missing, schema, code: 'DashboardNotFoundError' }
    const target = 'GraniteServiceVersion20100801'
    const compatible = { queryCompatible: true }
    const query = { version: '2010-08-01', xmlNamespace: 'http://monitoring.example/' }
    for (const protocol of [rpcV2Cbor(target, compatible), awsJson('1.0', target, compatible)]) {
      const { status, headers } = protocol.encodeError(error, { requestId: 'r-1' })
      assert.equal(status, 404, protocol.id)
      assert.equal(headers['x-amzn-query-error'], 'ResourceNotFound;Sender')
    }
    assert.equal(awsQuery(query).encodeError(error, { requestId: 'r-1' }).status, 404)
  })

  it('IAM answers with the code and status of the awsQueryError trait', () => {
    const protocol = awsQuery({ version: '2010-05-08', xmlNamespace: 'https://iam.example/' })
    const error = { ...missing, schema: iam.NoSuchEntityException$, code: 'NoSuchEntityException' }
    const { status, body } = protocol.encodeError(error, { requestId: 'r-1' })
    assert.equal(status, 404)
    assert.equal(
      body,
      '<ErrorResponse xmlns="https://iam.example/"><Error><Type>Sender</Type>' +
        '<Code>NoSuchEntity</Code><Message>Key does not exist</Message></Error>' +
        '<RequestId>r-1</RequestId></ErrorResponse>',
    )
  })
})
