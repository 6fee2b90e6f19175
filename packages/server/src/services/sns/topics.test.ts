import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  AddPermissionCommand,
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import type { TestServer } from '@bartizan/testkit'

let server: TestServer
let sns: SNSClient
let sqs: SQSClient

async function topic(Name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name, Attributes }))
  return TopicArn
}

const queueArn = (account: string, name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`

before(async () => {
  server = await startTestServer()
  sns = server.client(SNSClient)
  sqs = server.client(SQSClient)
})
after(() => server.close())

describe('topics', () => {
  test('attributes are checked, and counted subscriptions are told apart', async () => {
    const TopicArn = await topic('counted')
    await sqs.send(new CreateQueueCommand({ QueueName: 'counted' }))
    const Endpoint = queueArn(server.accountId, 'counted')
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
    const elsewhere = { TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1:9/' }
    await sns.send(new SubscribeCommand(elsewhere))
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
    assert.equal(Attributes?.['SubscriptionsConfirmed'], '1')
    assert.equal(Attributes?.['SubscriptionsPending'], '1')
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }))
    for (const Action of ['sqs:SendMessage', 'sns:CreateTopic']) {
      const statement = { Effect: 'Allow', Principal: '*', Action, Resource: TopicArn }
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
      await assert.rejects(set('Policy', policy), /Policy statement action out of service scope!/)
    }
    await assert.rejects(set('Policy', '{"Statement":"none"}'), {
      name: 'InvalidParameterException',
    })
    await assert.rejects(set('SignatureVersion', '3'), { name: 'InvalidParameterException' })
    await assert.rejects(
      set('DeliveryPolicy', '{"http":{"defaultHealthyRetryPolicy":{"numRetries":999}}}'),
    )
    await sns.send(new DeleteTopicCommand({ TopicArn }))
    const { Subscriptions } = await sns.send(new ListSubscriptionsCommand({}))
    assert.deepEqual(Subscriptions, [])
  })

  test('a hundred topics are a page', async () => {
    for (let n = 0; n < 101; n++) await topic(`page-${n}`)
    const first = await sns.send(new ListTopicsCommand({}))
    assert.equal(first.Topics?.length, 100)
    const { NextToken } = first
    const second = await sns.send(new ListTopicsCommand({ NextToken }))
    assert.ok((second.Topics?.length ?? 0) >= 1)
    assert.equal(second.NextToken, undefined)
    await assert.rejects(sns.send(new ListTopicsCommand({ NextToken: 'forged' })), {
      name: 'InvalidParameterException',
    })
  })

  test('an endpoint that is subscribed many times at once has one subscription', async () => {
    const TopicArn = await topic('crowded')
    const Endpoint = queueArn(server.accountId, 'crowded')
    const asked = { TopicArn, Protocol: 'sqs', Endpoint }
    const made = await Promise.all(
      Array.from({ length: 12 }, () => sns.send(new SubscribeCommand(asked))),
    )
    assert.equal(new Set(made.map(({ SubscriptionArn }) => SubscriptionArn)).size, 1)
  })

  test('a filter policy that has become nested goes with its scope only', async () => {
    const TopicArn = await topic('scoped')
    const Endpoint = queueArn(server.accountId, 'scoped')
    const FilterPolicy = '{"a":{"b":["c"]}}'
    const asked = { TopicArn, Protocol: 'sqs', Endpoint }
    await assert.rejects(
      sns.send(new SubscribeCommand({ ...asked, Attributes: { FilterPolicy } })),
      /does not support nested filter policy/,
    )
    const Attributes = { FilterPolicy, FilterPolicyScope: 'MessageBody' }
    const { SubscriptionArn } = await sns.send(new SubscribeCommand({ ...asked, Attributes }))
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(
        new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
      )
    await assert.rejects(set('FilterPolicyScope', 'MessageAttributes'))
    await set('FilterPolicy', '{}')
    await set('FilterPolicyScope', 'MessageAttributes')
    await assert.rejects(set('RawMessageDelivery', 'maybe'))
  })
})

describe('who may use a topic', () => {
  test('another account publishes when it was given permission', async () => {
    const TopicArn = await topic('lent')
    const { accountId, credentials } = await server.createAccount()
    const theirs = server.client(SNSClient, { credentials })
    const publish = (to = TopicArn) =>
      theirs.send(new PublishCommand({ TopicArn: to, Message: 'x' }))
    await assert.rejects(publish(), { name: 'AuthorizationErrorException' })
    await assert.rejects(publish(`${TopicArn}-missing`), { name: 'AuthorizationErrorException' })
    const own = new PublishCommand({ TopicArn: `${TopicArn}-missing`, Message: 'x' })
    await assert.rejects(sns.send(own), { name: 'NotFoundException' })
    await sns.send(
      new AddPermissionCommand({
        TopicArn,
        Label: 'lend',
        AWSAccountId: [accountId],
        ActionName: ['Publish'],
      }),
    )
    await publish()
    await assert.rejects(theirs.send(new DeleteTopicCommand({ TopicArn })), {
      name: 'AuthorizationErrorException',
    })
  })

  test("another account's queue is asked first, and its owner confirms", async () => {
    const TopicArn = await topic('foreign')
    const { accountId, credentials } = await server.createAccount()
    const theirs = server.client(SQSClient, { credentials })
    const { QueueUrl } = await theirs.send(new CreateQueueCommand({ QueueName: 'foreign' }))
    const Endpoint = queueArn(accountId, 'foreign')
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: Endpoint,
        Condition: { StringEquals: { 'aws:SourceAccount': server.accountId } },
      },
    })
    await theirs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }),
    )
    assert.equal(SubscriptionArn, 'pending confirmation')
    await server.server.settled()
    const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 })
    const { Messages = [] } = await theirs.send(receive)
    const { Token } = JSON.parse(Messages[0]?.Body ?? '{}') as { Token?: string }
    const confirm = new ConfirmSubscriptionCommand({
      TopicArn,
      Token,
      AuthenticateOnUnsubscribe: 'true',
    })
    const confirmed = await server.client(SNSClient, { credentials }).send(confirm)
    const link = `${server.endpoint}/?Action=Unsubscribe&SubscriptionArn=${confirmed.SubscriptionArn}`
    assert.equal((await fetch(link)).status, 403)
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: confirmed.SubscriptionArn }))
  })

  test('a topic with a KMS key takes messages of those who may use it', async () => {
    const kms = server.client(KMSClient)
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId ?? ''
    const TopicArn = await topic('sealed', { KmsMasterKeyId: KeyId })
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'sealed' }))
    const Endpoint = queueArn(server.accountId, 'sealed')
    const Attributes = { RawMessageDelivery: 'true' }
    const asked = { TopicArn, Protocol: 'sqs', Endpoint, Attributes }
    await sns.send(new SubscribeCommand(asked))
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Endpoint,
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
    await sns.send(new PublishCommand({ TopicArn, Message: 'secret' }))
    await server.server.settled()
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    assert.equal(Messages[0]?.Body, 'secret')
    await kms.send(new DisableKeyCommand({ KeyId }))
    await server.advance('6m')
    await assert.rejects(sns.send(new PublishCommand({ TopicArn, Message: 'x' })), {
      name: 'KMSDisabledException',
    })
  })

  test('only three calls need no signature', async () => {
    const open = await fetch(`${server.endpoint}/?Action=ListTopics`)
    assert.equal(open.status, 403)
    const page = await fetch(`${server.endpoint}/SimpleNotificationService-00.pem`)
    assert.equal(page.status, 404)
    const wrong = `Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:${server.accountId}:foreign&Token=00`
    assert.equal((await fetch(`${server.endpoint}/?${wrong}`)).status, 400)
  })
})
