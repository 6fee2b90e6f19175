import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type {
  Message,
  ReceiveMessageCommandInput,
  SendMessageCommandInput,
} from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import type { TestServer } from '@bartizan/testkit'

let server: TestServer
let sqs: SQSClient

async function queue(name: string, more: Record<string, string> = {}): Promise<string> {
  const Attributes = { FifoQueue: 'true', ...more }
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes }),
  )
  return QueueUrl
}

async function send(QueueUrl: string, text: string, more: Partial<SendMessageCommandInput> = {}) {
  const [MessageGroupId = ''] = text
  const MessageDeduplicationId = text
  return sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: text,
      MessageGroupId,
      MessageDeduplicationId,
      ...more,
    }),
  )
}

async function receive(QueueUrl: string, how: Partial<ReceiveMessageCommandInput> = {}) {
  const MaxNumberOfMessages = 10
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, ...how }),
  )
  return Messages
}

const bodies = (messages: readonly Message[]): string =>
  messages.map(({ Body = '' }) => Body).join()

before(async () => {
  server = await startTestServer()
  sqs = server.client(SQSClient)
})
after(() => server.close())

describe('FIFO queues', () => {
  test('a group is locked while any of it is in flight, and goes on in order', async () => {
    const url = await queue('locked')
    for (const text of ['a1', 'a2', 'b1', 'a3', 'b2']) await send(url, text)
    const first = await receive(url, { MaxNumberOfMessages: 2 })
    assert.equal(bodies(first), 'a1,a2')
    assert.equal(bodies(await receive(url)), 'b1,b2')
    assert.equal(bodies(await receive(url)), '')
    await sqs.send(
      new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first[0]?.ReceiptHandle }),
    )
    assert.equal(bodies(await receive(url)), '')
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: first[1]?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    )
    assert.equal(bodies(await receive(url)), 'a2,a3')
    await server.advance('31s')
    assert.equal(bodies(await receive(url)), 'b1,b2,a2,a3')
  })

  test('a batch deletes what it received, and the group goes on', async () => {
    const url = await queue('batched')
    for (let n = 10; n < 40; n++) await send(url, `x${n}`)
    const got: string[] = []
    for (;;) {
      const messages = await receive(url)
      if (messages.length === 0) break
      got.push(bodies(messages))
      const Entries = messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }))
    }
    assert.equal(got.join(), Array.from({ length: 30 }, (_, n) => `x${n + 10}`).join())
  })

  test('concurrent senders and consumers keep each group in order, and lose and repeat nothing', async () => {
    const url = await queue('contended')
    const groups = ['a', 'b', 'c', 'd', 'e']
    const perGroup = 20
    const got = new Map<string, string[]>(groups.map((group) => [group, []]))
    let left = groups.length * perGroup
    const produce = async (group: string): Promise<void> => {
      for (let n = 0; n < perGroup; n++) await send(url, `${group}${String(n).padStart(2, '0')}`)
    }
    const consume = async (): Promise<void> => {
      while (left > 0) {
        for (const { Body = '', ReceiptHandle } of await receive(url, {
          MaxNumberOfMessages: 3,
          WaitTimeSeconds: 1,
        })) {
          got.get(Body.charAt(0))?.push(Body)
          left--
          await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }))
        }
      }
    }
    await Promise.all([...groups.map(produce), ...Array.from({ length: 10 }, consume)])
    for (const group of groups) {
      const expected = Array.from(
        { length: perGroup },
        (_, n) => group + String(n).padStart(2, '0'),
      )
      assert.deepEqual(got.get(group), expected)
    }
  })

  test('a hundred senders may press into one group at once', async () => {
    const url = await queue('pressed')
    const texts = Array.from({ length: 100 }, (_, n) => `x${n}`)
    await Promise.all(texts.map((text) => send(url, text)))
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    )
    assert.equal(Attributes?.ApproximateNumberOfMessages, '100')
  })

  test('what was sent in the last five minutes is not sent again, in its scope', async () => {
    const url = await queue('once')
    const { MessageId } = await send(url, 'a1')
    assert.equal((await send(url, 'a1', { MessageGroupId: 'b' })).MessageId, MessageId)
    assert.equal((await receive(url)).length, 1)
    await server.advance('5m')
    assert.notEqual((await send(url, 'a1')).MessageId, MessageId)
    const grouped = await queue('once-a-group', {
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    })
    await send(grouped, 'a1')
    await send(grouped, 'a1', { MessageGroupId: 'b' })
    assert.equal((await receive(grouped)).length, 2)
  })

  test('per-group throughput needs deduplication by group, and a deduplication id is needed', async () => {
    await assert.rejects(queue('odd', { FifoThroughputLimit: 'perMessageGroupId' }), {
      name: 'InvalidParameterValue',
    })
    const url = await queue('unnamed')
    await assert.rejects(
      sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x', MessageGroupId: 'a' })),
      /ContentBasedDeduplication enabled or MessageDeduplicationId provided/,
    )
    await assert.rejects(send(url, 'a1', { DelaySeconds: 1 }), /not valid for this queue type/)
  })

  test('delays of the queue count for each message', async () => {
    const url = await queue('delayed', { DelaySeconds: '10' })
    await send(url, 'a1')
    assert.equal(bodies(await receive(url)), '')
    await server.advance('6s')
    await send(url, 'a2')
    await server.advance('5s')
    assert.equal(bodies(await receive(url)), 'a1')
  })

  test('a repeated receive attempt gets the same messages, until one of them is deleted', async () => {
    const url = await queue('attempts')
    await send(url, 'a1')
    await send(url, 'b1')
    const first = await receive(url, { ReceiveRequestAttemptId: 'try' })
    const again = await receive(url, { ReceiveRequestAttemptId: 'try' })
    assert.deepEqual(
      again.map(({ ReceiptHandle }) => ReceiptHandle),
      first.map(({ ReceiptHandle }) => ReceiptHandle),
    )
    await sqs.send(
      new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first[0]?.ReceiptHandle }),
    )
    assert.equal(bodies(await receive(url, { ReceiveRequestAttemptId: 'try' })), '')
  })

  test('a poisonous head goes to the FIFO dead-letter queue, and the group is free', async () => {
    const dead = await queue('dead')
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    )
    const url = await queue('poisoned', {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: Attributes?.QueueArn,
        maxReceiveCount: 1,
      }),
    })
    await send(url, 'a1')
    await send(url, 'a2')
    assert.equal(bodies(await receive(url, { MaxNumberOfMessages: 1, VisibilityTimeout: 0 })), 'a1')
    assert.equal(bodies(await receive(url)), 'a2')
    assert.equal(bodies(await receive(dead)), 'a1')
  })

  test('old messages and deduplication marks are cleared away', async () => {
    const url = await queue('cleared', { MessageRetentionPeriod: '3600' })
    await send(url, 'a1')
    await server.advance('2h')
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    )
    assert.equal(Attributes?.ApproximateNumberOfMessages, '0')
    assert.equal(bodies(await receive(url)), '')
    await send(url, 'a1')
    assert.equal(bodies(await receive(url)), 'a1')
  })
})
