import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SQS } from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import { roleFor, webhookTarget } from './test-support.ts'
import { startReceiver } from './webhook-receiver.fixture.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const { accountId } = bartizan
const events = bartizan.client(EventBridge)
const kms = bartizan.client(KMS)
const sqs = bartizan.client(SQS)
const busArn = `arn:aws:events:us-east-1:${accountId}:event-bus/secret`

/** A key that EventBridge may use for the bus, and for nothing else. */
async function busKey(): Promise<string> {
  const { KeyMetadata } = await kms.createKey({
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${accountId}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: '*',
          Condition: {
            StringEquals: {
              'kms:EncryptionContext:aws:events:event-bus:arn': busArn,
              'aws:SourceArn': busArn,
            },
          },
        },
      ],
    }),
  })
  return KeyMetadata?.KeyId ?? ''
}

async function queue(QueueName: string) {
  const arn = `arn:aws:sqs:us-east-1:${accountId}:${QueueName}`
  const allowed = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn }
  const statement = { ...allowed, Principal: { Service: 'events.amazonaws.com' } }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { QueueUrl } = await sqs.createQueue({ QueueName, Attributes: { Policy } })
  return {
    arn,
    async take() {
      await bartizan.settled()
      const { Messages = [] } = await sqs.receiveMessage({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      })
      for (const { ReceiptHandle } of Messages) await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
      return Messages.map(({ Body = '{}', MessageAttributes }) => ({
        event: JSON.parse(Body) as { source: string; detail: Record<string, unknown> },
        code: MessageAttributes?.['ERROR_CODE']?.StringValue,
      }))
    },
  }
}

const put = (n: number) =>
  events.putEvents({
    Entries: [
      { EventBusName: 'secret', Source: 'app', DetailType: 'd', Detail: JSON.stringify({ n }) },
    ],
  })

const keyId = await busKey()
const [out, busDlq, targetDlq] = [await queue('out'), await queue('bus-dlq'), await queue('dlq')]
await events.createEventBus({
  Name: 'secret',
  KmsKeyIdentifier: keyId,
  DeadLetterConfig: { Arn: busDlq.arn },
})
await events.putRule({ Name: 'all', EventBusName: 'secret', EventPattern: '{"source":["app"]}' })
await events.putTargets({
  Rule: 'all',
  EventBusName: 'secret',
  Targets: [{ Id: 'q', Arn: out.arn, DeadLetterConfig: { Arn: targetDlq.arn } }],
})

test('events of a bus with a KMS key reach their targets through that key', async () => {
  await put(1)
  assert.deepEqual(
    (await out.take()).map(({ event }) => event.detail),
    [{ n: 1 }],
  )
  const { Events = [] } = await bartizan.client(CloudTrail).lookupEvents({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GenerateDataKey' }],
  })
  const record = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}') as {
    requestParameters: { encryptionContext: unknown }
    userIdentity: unknown
  }
  assert.deepEqual(record.requestParameters.encryptionContext, {
    'aws:events:event-bus:arn': busArn,
  })
  assert.deepEqual(record.userIdentity, { type: 'AWSService', invokedBy: 'events.amazonaws.com' })
})

test('what may not be encrypted goes to the dead-letter queue of the bus, and comes through again', async () => {
  await kms.disableKey({ KeyId: keyId })
  await put(2)
  assert.equal((await out.take()).length, 1, 'a data key is used for five minutes')
  await bartizan.advance('6m')
  const { FailedEntryCount } = await put(3)
  assert.equal(FailedEntryCount, 0)
  assert.deepEqual(await out.take(), [])
  const [lost, ...others] = await busDlq.take()
  assert.deepEqual(others, [])
  assert.deepEqual(lost?.event.detail, { n: 3 })
  assert.equal(lost.code, 'INVALID_PARAMETER')
  await kms.enableKey({ KeyId: keyId })
  await put(4)
  assert.deepEqual((await out.take())[0]?.event.detail, { n: 4 })
})

test('what waited and may not be decrypted any more goes to the dead-letter queue of the target', async () => {
  const receiver = await startReceiver(() => ({ status: 503 }))
  const roleArn = await roleFor(bartizan.client(IAMClient), 'web', ['events:InvokeApiDestination'])
  const webhook = await webhookTarget(events, { name: 'web', url: receiver.url, roleArn })
  await events.putTargets({
    Rule: 'all',
    EventBusName: 'secret',
    Targets: [{ Id: 'q', ...webhook, DeadLetterConfig: { Arn: targetDlq.arn } }],
  })
  await put(5)
  const [sent] = await receiver.next()
  assert.deepEqual((JSON.parse(sent?.body ?? '{}') as { detail: object }).detail, { n: 5 })
  await kms.disableKey({ KeyId: keyId })
  await bartizan.advance('6m')
  const [lost] = await targetDlq.take()
  assert.equal(lost?.event.source, 'aws.events')
  const { 'encrypted-payload': payload, ...detail } = lost.event.detail
  assert.deepEqual(detail, {
    'event-bus-arn': busArn,
    'rule-arn': `arn:aws:events:us-east-1:${accountId}:rule/secret/all`,
    'kms-key-arn': `arn:aws:kms:us-east-1:${accountId}:key/${keyId}`,
  })
  assert.match(String(payload), /^[A-Za-z0-9+/=]{200,}$/)
  await kms.enableKey({ KeyId: keyId })
  await receiver.close()
})

test('an archive with a KMS key is replayed through it, and fails without it', async () => {
  await events.putTargets({
    Rule: 'all',
    EventBusName: 'secret',
    Targets: [{ Id: 'q', Arn: out.arn }],
  })
  await events.createArchive({
    ArchiveName: 'kept',
    EventSourceArn: busArn,
    KmsKeyIdentifier: `arn:aws:kms:us-east-1:${accountId}:key/${keyId}`,
  })
  const { ArchiveArn } = await events.describeArchive({ ArchiveName: 'kept' })
  const from = new Date(bartizan.now().getTime() - 60_000)
  await put(6)
  assert.equal((await out.take()).length, 1)
  assert.equal((await events.describeArchive({ ArchiveName: 'kept' })).EventCount, 1)
  const replay = async (ReplayName: string) => {
    await events.startReplay({
      ReplayName,
      EventSourceArn: ArchiveArn,
      EventStartTime: from,
      EventEndTime: new Date(bartizan.now().getTime() + 60_000),
      Destination: { Arn: busArn },
    })
    await bartizan.settled()
    return (await events.describeReplay({ ReplayName })).State
  }
  assert.equal(await replay('first'), 'COMPLETED')
  assert.deepEqual((await out.take())[0]?.event.detail, { n: 6 })
  await kms.disableKey({ KeyId: keyId })
  await bartizan.advance('6m')
  assert.equal(await replay('second'), 'FAILED')
  await kms.enableKey({ KeyId: keyId })
})

test('a bus goes back to the key of the house when its own is given empty', async () => {
  await events.updateEventBus({ Name: 'secret', KmsKeyIdentifier: '' })
  const bus = await events.describeEventBus({ Name: 'secret' })
  assert.equal(bus.KmsKeyIdentifier, undefined)
  assert.equal(bus.DeadLetterConfig?.Arn, busDlq.arn)
})
