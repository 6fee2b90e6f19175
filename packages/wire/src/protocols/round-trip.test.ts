import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AwsEc2QueryProtocol, AwsJson1_0Protocol, AwsQueryProtocol } from '@aws-sdk/core/protocols'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as sts from '@aws-sdk/client-sts'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import fc from 'fast-check'
import {
  canonical,
  hasStream,
  operationsOf,
  roundTrip,
  valueOf,
  type ClientPackage,
} from './client.fixture.ts'
import {
  awsJson,
  awsQuery,
  ec2Query,
  restJson,
  rpcV2Cbor,
  type OperationSchema,
  type ServerProtocol,
} from './index.ts'
import { inputOf, outputOf } from './shapes.ts'

interface Suite {
  readonly name: string
  readonly client: ClientPackage
  readonly protocol: ServerProtocol
  readonly operations: number
  /** Forms cannot carry empty structures. */
  readonly form?: 'awsQuery' | 'ec2Query'
  readonly config?: Readonly<Record<string, unknown>>
  readonly runs?: number
}

const lambdaOperations = [...operationsOf(lambda).values()]
const monitoring = '2010-08-01'
const monitoringNamespace = 'http://monitoring.amazonaws.com/doc/2010-08-01/'

const suites: readonly Suite[] = [
  {
    name: 'KMS over awsJson1_1',
    client: kms,
    protocol: awsJson('1.1', 'TrentService'),
    operations: 56,
    runs: 4,
  },
  {
    name: 'CloudTrail over awsJson1_1',
    client: cloudtrail,
    protocol: awsJson('1.1', 'CloudTrail_20131101'),
    operations: 60,
  },
  {
    name: 'IAM over awsQuery',
    client: iam,
    protocol: awsQuery({
      version: '2010-05-08',
      xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    }),
    operations: 180,
    form: 'awsQuery',
  },
  {
    name: 'STS over awsQuery',
    client: sts,
    protocol: awsQuery({
      version: '2011-06-15',
      xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    }),
    operations: 12,
    form: 'awsQuery',
    runs: 5,
  },
  {
    name: 'CloudWatch over awsJson1_0',
    client: cloudwatch,
    protocol: awsJson('1.0', 'GraniteServiceVersion20100801', { queryCompatible: true }),
    operations: 55,
    config: { protocol: AwsJson1_0Protocol },
  },
  {
    name: 'CloudWatch over rpcV2Cbor',
    client: cloudwatch,
    protocol: rpcV2Cbor('GraniteServiceVersion20100801'),
    operations: 55,
    config: { protocol: SmithyRpcV2CborProtocol },
    runs: 4,
  },
  {
    name: 'CloudWatch over awsQuery',
    client: cloudwatch,
    protocol: awsQuery({ version: monitoring, xmlNamespace: monitoringNamespace }),
    operations: 55,
    form: 'awsQuery',
    config: { protocol: AwsQueryProtocol },
  },
  {
    name: 'CloudWatch over ec2Query',
    client: cloudwatch,
    protocol: ec2Query({ version: monitoring, xmlNamespace: monitoringNamespace }),
    operations: 55,
    form: 'ec2Query',
    config: { protocol: AwsEc2QueryProtocol },
  },
  {
    name: 'Lambda over restJson1',
    client: lambda,
    protocol: restJson(lambdaOperations),
    operations: 86,
    runs: 3,
  },
]

/** Sends one generated input and takes one generated output back. */
async function exchange(
  { client, protocol, config }: Suite,
  name: string,
  operation: OperationSchema,
  [input, output]: readonly [unknown, unknown],
): Promise<void> {
  const received = await roundTrip(
    client,
    { name, input, ...(config === undefined ? {} : { config }) },
    (request) => {
      assert.equal(protocol.operationName(request), name)
      const decoded = protocol.decode(operation, request)
      assert.deepEqual(canonical(decoded), canonical(input), `${name} input`)
      return protocol.encode(operation, output as Record<string, unknown>, { requestId: 'r-1' })
    },
  )
  assert.deepEqual(canonical(received), canonical(output), `${name} output`)
}

for (const suite of suites) {
  describe(suite.name, () => {
    it('carries generated inputs and outputs of every operation unchanged', async () => {
      let tried = 0
      for (const [name, operation] of operationsOf(suite.client)) {
        if (hasStream(operation)) continue
        const empty = fc.constant({})
        const input = inputOf(operation).isUnitSchema()
          ? empty
          : valueOf(inputOf(operation), {
              whole: suite.form !== undefined,
              emptyLists: suite.form !== 'ec2Query',
            })
        const output = outputOf(operation).isUnitSchema()
          ? empty
          : valueOf(outputOf(operation), { whole: false, emptyLists: true })
        await fc.assert(
          fc.asyncProperty(fc.tuple(input, output), (values) =>
            exchange(suite, name, operation, values),
          ),
          { numRuns: suite.runs ?? 2 },
        )
        tried++
      }
      assert.equal(tried, suite.operations)
    })
  })
}
