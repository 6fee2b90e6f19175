import { Lambda } from '@aws-sdk/client-lambda'
import { SQS } from '@aws-sdk/client-sqs'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'
import { zipOf } from './execution/test-zip.ts'
import { newRole } from './test-support.ts'

/** A function with a version, an alias, a permission, settings, a layer and a mapping. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const lambda = bartizan.client(Lambda)
  const sqs = bartizan.client(SQS)
  const Role = await newRole(bartizan, 'canary-function-role', [
    { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
  ])
  const FunctionName = 'canary-function'
  const ZipFile = await zipOf({ 'index.js': `exports.handler = async () => 'canary-answer'` })
  const layer = await lambda.publishLayerVersion({
    LayerName: 'canary-layer',
    Description: 'canary-layer-description',
    Content: { ZipFile },
  })
  loot.keep({ ...layer, LayerName: 'canary-layer' })
  const created = await lambda.createFunction({
    FunctionName,
    Role,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Description: 'canary-description',
    Code: { ZipFile },
    Environment: { Variables: { CANARY: 'canary-variable-of-owner' } },
    Layers: [layer.LayerVersionArn ?? ''],
    Tags: { 'canary-tag': 'canary-value' },
    Publish: true,
  })
  loot.keep({ ...created, Resource: created.FunctionArn })
  const FunctionVersion = '1'
  loot.keep(await lambda.createAlias({ FunctionName, Name: 'canary-alias', FunctionVersion }))
  const Action = 'lambda:InvokeFunction'
  const permission = { FunctionName, StatementId: 'canary-statement', Action }
  loot.keep(await lambda.addPermission({ ...permission, Principal: 'sns.amazonaws.com' }))
  loot.keep({ StatementId: 'canary-statement' })
  await lambda.putFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 0 })
  await sqs.createQueue({ QueueName: 'canary-function-queue' })
  loot.keep(
    await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: `arn:aws:sqs:us-east-1:${bartizan.accountId}:canary-function-queue`,
      Enabled: false,
    }),
  )
}
