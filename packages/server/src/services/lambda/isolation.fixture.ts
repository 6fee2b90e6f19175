import { Lambda } from '@aws-sdk/client-lambda'
import { SQS } from '@aws-sdk/client-sqs'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'
import { zipOf } from './execution/test-zip.ts'
import { newFunction, newRole } from './test-support.ts'

/** A function with a version, an alias, a layer, a permission and a queue as its event source. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const lambda = bartizan.client(Lambda)
  const FunctionName = 'canary-function'
  const queue = await bartizan.client(SQS).createQueue({ QueueName: 'canary-function-queue' })
  const Role = await newRole(bartizan, 'canary-function-role', [
    { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
  ])
  const layer = await lambda.publishLayerVersion({
    LayerName: 'canary-layer',
    Description: 'canary description of the layer',
    Content: { ZipFile: await zipOf({ 'canary.txt': 'canary' }) },
  })
  const source = 'exports.handler = async () => "canary answer of the function"'
  const made = await newFunction(bartizan, FunctionName, source, {
    Role,
    Description: 'canary description of the function',
    Environment: { Variables: { canary: 'canary-variable-of-the-owner' } },
    Layers: [layer.LayerVersionArn ?? ''],
    Tags: { 'canary-function-tag': 'canary-function-tag-value' },
  })
  loot.keep({ FunctionName, FunctionArn: made.FunctionArn, Resource: made.FunctionArn })
  loot.keep({ FunctionName: made.FunctionArn, LayerName: 'canary-layer', ...layer })
  const { Version } = await lambda.publishVersion({ FunctionName })
  const alias = { FunctionName, Name: 'canary-alias', FunctionVersion: Version }
  const { RevisionId } = await lambda.createAlias(alias)
  loot.keep({ Name: 'canary-alias', Qualifier: 'canary-alias', RevisionId })
  await lambda.addPermission({
    FunctionName,
    StatementId: 'canary-statement',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
    SourceAccount: bartizan.accountId,
  })
  await lambda.putFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 1 })
  const EventSourceArn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:canary-function-queue`
  const mapping = { FunctionName, EventSourceArn, Enabled: false }
  loot.keep({ UUID: (await lambda.createEventSourceMapping(mapping)).UUID, EventSourceArn })
  loot.keep({ Role, Statement: 'canary-statement', QueueUrl: queue.QueueUrl })
}
