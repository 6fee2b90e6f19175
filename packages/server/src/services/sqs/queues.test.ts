import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { startTestServer } from '@bartizan/testkit'
import { waitingRoom } from './waiting-room.ts'
import type { TestCredentials, TestServer } from '@bartizan/testkit'

let server: TestServer
let sqs: SQSClient

async function queue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))
  return QueueUrl
}

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:${server.accountId}:${name}`

async function userWith(name: string, ...actions: readonly string[]): Promise<TestCredentials> {
  const iam = server.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

before(async () => {
  server = await startTestServer()
  sqs = server.client(SQSClient)
})
after(() => server.close())

describe('queues', () => {
  test('attributes are checked, changed, unset and shown as they were asked for', async () => {
    const QueueUrl = await queue('attributes', { VisibilityTimeout: '5' })
    const get = async (...AttributeNames: 'All'[]) =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes
    const set = (Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }))
    assert.equal(await get(), undefined)
    assert.equal((await get('All'))?.VisibilityTimeout, '5')
    await assert.rejects(set({ Policy: 'no policy' }), { name: 'InvalidAttributeValue' })
    const allowing = (Action: string): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: '*', Action, Resource: '*' },
      })
    await assert.rejects(set({ Policy: allowing('sns:Publish') }), {
      name: 'InvalidAttributeValue',
    })
    await set({ Policy: allowing('SQS:SendMessage') })
    await set({ Policy: '' })
    await assert.rejects(set({ VisibilityTimeout: '43201' }), { name: 'InvalidAttributeValue' })
    await assert.rejects(set({ RedrivePolicy: '[]' }), /Redrive policy is not a valid JSON map/)
    const deadLetterTargetArn = arnOf('attributes')
    const often = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1001 })
    await assert.rejects(set({ RedrivePolicy: often }), /valid values are from 1 to 1000/)
    await assert.rejects(set({ QueueArn: 'x' }), { name: 'InvalidAttributeName' })
    await assert.rejects(set({ FifoQueue: 'true' }), { name: 'InvalidAttributeName' })
    await assert.rejects(set({ ContentBasedDeduplication: 'true' }), {
      name: 'InvalidAttributeName',
    })
    await assert.rejects(set({ KmsMasterKeyId: 'alias/x', SqsManagedSseEnabled: 'true' }))
    await set({ KmsMasterKeyId: 'alias/x' })
    assert.equal((await get('All'))?.SqsManagedSseEnabled, 'false')
    await set({ KmsMasterKeyId: '' })
    const after = await get('All')
    assert.equal(after?.KmsMasterKeyId, undefined)
    assert.equal(after?.SqsManagedSseEnabled, 'true')
  })

  test('a queue made anew does not have the old one’s messages', async () => {
    const QueueUrl = await queue('anew')
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'old' }))
    await sqs.send(new DeleteQueueCommand({ QueueUrl }))
    await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })), {
      name: 'QueueDoesNotExist',
    })
    await queue('anew')
    assert.equal((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages, undefined)
  })

  test('messages go only from dead-letter queues back to where they came from', async () => {
    await queue('no-dead-letters')
    await assert.rejects(
      sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('no-dead-letters') })),
      /must be configured as a Dead Letter Queue/,
    )
    await assert.rejects(
      sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('nowhere') })),
      { name: 'ResourceNotFoundException' },
    )
  })
})

describe('metrics', () => {
  test('CloudWatch learns how many messages there are and how old', async () => {
    const QueueUrl = await queue('measured')
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    await server.advance('90s')
    const { runtimes, serviceMetrics } = server.server.kernel
    await runtimes.of(waitingRoom).gauges.sample()
    await serviceMetrics.flush()
    const maximum = async (MetricName: string): Promise<number | undefined> => {
      const { Datapoints } = await server.client(CloudWatchClient).send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/SQS',
          MetricName,
          Dimensions: [{ Name: 'QueueName', Value: 'measured' }],
          StartTime: new Date(server.now().getTime() - 600_000),
          EndTime: new Date(server.now().getTime() + 60_000),
          Period: 3600,
          Statistics: ['Maximum'],
        }),
      )
      return Datapoints?.[0]?.Maximum
    }
    assert.equal(await maximum('ApproximateNumberOfMessagesVisible'), 1)
    assert.equal(await maximum('NumberOfMessagesSent'), 1)
    assert.ok(((await maximum('ApproximateAgeOfOldestMessage')) ?? 0) >= 90)
  })
})

describe('who may use a queue', () => {
  test('a user needs permission, and a deny of the queue’s policy outweighs it', async () => {
    const QueueUrl = await queue('guarded')
    const credentials = await userWith('sender', 'sqs:SendMessage')
    const mine = server.client(SQSClient, { credentials })
    const send = () => mine.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    await send()
    await assert.rejects(mine.send(new ReceiveMessageCommand({ QueueUrl })), {
      name: 'AccessDenied',
    })
    const Statement = [
      { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: arnOf('guarded') },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
    await assert.rejects(send(), /explicit deny in a resource-based policy/)
  })

  test('another account sends when it was given permission, and never administers', async () => {
    const QueueUrl = await queue('lent')
    const { accountId, credentials } = await server.createAccount()
    const theirs = server.client(SQSClient, { credentials })
    const send = () => theirs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    await assert.rejects(send(), { name: 'AccessDenied' })
    await sqs.send(
      new AddPermissionCommand({
        QueueUrl,
        Label: 'lend',
        AWSAccountIds: [accountId],
        Actions: ['*'],
      }),
    )
    await send()
    const found = await theirs.send(
      new GetQueueUrlCommand({ QueueName: 'lent', QueueOwnerAWSAccountId: server.accountId }),
    )
    assert.equal(found.QueueUrl, QueueUrl)
    await assert.rejects(theirs.send(new DeleteQueueCommand({ QueueUrl })), {
      name: 'AccessDenied',
    })
  })

  test('a queue with a KMS key keeps its messages from those who may not use the key', async () => {
    const kms = server.client(KMSClient)
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId ?? ''
    const QueueUrl = await queue('sealed', {
      KmsMasterKeyId: KeyId,
      KmsDataKeyReusePeriodSeconds: '60',
    })
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'secret' }))
    const credentials = await userWith('reader', 'sqs:*')
    const reader = server.client(SQSClient, { credentials })
    await assert.rejects(reader.send(new ReceiveMessageCommand({ QueueUrl })), {
      name: 'KmsAccessDenied',
    })
    await assert.rejects(reader.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })), {
      name: 'KmsAccessDenied',
    })
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    assert.equal(Messages[0]?.Body, 'secret')
    await kms.send(new DisableKeyCommand({ KeyId }))
    const withinReuse = new SendMessageCommand({ QueueUrl, MessageBody: 'within' })
    await sqs.send(withinReuse)
    await server.advance('61s')
    await assert.rejects(sqs.send(withinReuse), { name: 'KmsDisabled' })
    await kms.send(new EnableKeyCommand({ KeyId }))
    await sqs.send(withinReuse)
  })
})
