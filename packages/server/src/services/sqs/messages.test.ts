import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { QueueAttributeName, ReceiveMessageCommandInput } from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import type { TestServer } from '@bartizan/testkit'

let server: TestServer
let sqs: SQSClient

async function queue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))
  return QueueUrl
}

async function receive(QueueUrl: string, how: Partial<ReceiveMessageCommandInput> = {}) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...how }))
  return Messages
}

async function count(QueueUrl: string, kind = ''): Promise<string | undefined> {
  const name = `ApproximateNumberOfMessages${kind}` as QueueAttributeName
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }),
  )
  return Attributes?.[name]
}

before(async () => {
  server = await startTestServer()
  sqs = server.client(SQSClient)
})
after(() => server.close())

describe('messages', () => {
  test('a message is hidden for its visibility timeout, comes again, and is deleted', async () => {
    const QueueUrl = await queue('plain')
    const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
    const [first] = await receive(QueueUrl)
    assert.equal(first?.MessageId, sent.MessageId)
    assert.equal(first?.Body, 'hello')
    assert.deepEqual(await receive(QueueUrl), [])
    assert.equal(await count(QueueUrl, 'NotVisible'), '1')
    await server.advance('31s')
    const [second] = await receive(QueueUrl, { MessageSystemAttributeNames: ['All'] })
    assert.equal(second?.Attributes?.ApproximateReceiveCount, '2')
    assert.notEqual(second?.ReceiptHandle, first?.ReceiptHandle)
    const { ReceiptHandle } = second ?? {}
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    await server.advance('1m')
    assert.deepEqual(await receive(QueueUrl), [])
  })

  test('a message out of its visibility timeout is not in flight', async () => {
    const QueueUrl = await queue('flight')
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const [got] = await receive(QueueUrl, { VisibilityTimeout: 10 })
    const change = { QueueUrl, ReceiptHandle: got?.ReceiptHandle, VisibilityTimeout: 100 }
    await sqs.send(new ChangeMessageVisibilityCommand(change))
    await server.advance('60s')
    assert.deepEqual(await receive(QueueUrl), [])
    await server.advance('60s')
    await assert.rejects(sqs.send(new ChangeMessageVisibilityCommand(change)), {
      name: 'MessageNotInflight',
    })
  })

  test('what a message says is in no log', async () => {
    const QueueUrl = await queue('logged')
    const secret = { DataType: 'String', StringValue: 'canary' }
    const MessageAttributes = { secret }
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'canary', MessageAttributes }))
    const Entries = [{ Id: '1', MessageBody: 'canary', MessageAttributes }]
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    await receive(QueueUrl, { MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 })
    const log = await server.server.kernel.store.lookupAudit({
      account: server.accountId,
      limit: 1000,
    })
    const text = JSON.stringify(log)
    assert.match(text, /"messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS"/)
    assert.ok(!text.includes('canary'))
  })

  test('a message is hidden for twelve hours from its receive at most', async () => {
    const QueueUrl = await queue('hidden')
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const [got] = await receive(QueueUrl, { VisibilityTimeout: 43_200 })
    await server.advance('1h')
    const { ReceiptHandle } = got ?? {}
    const change = (VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
    await assert.rejects(change(43_200), /Total VisibilityTimeout for the message is beyond/)
    await change(39_000)
  })

  test('delays hold messages back, and a message of its own delay overrides the queue', async () => {
    const QueueUrl = await queue('delays', { DelaySeconds: '60' })
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'default' }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now', DelaySeconds: 0 }))
    assert.deepEqual(
      (await receive(QueueUrl, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body),
      ['now'],
    )
    assert.equal(await count(QueueUrl, 'Delayed'), '1')
    await server.advance('61s')
    assert.equal(await count(QueueUrl, 'Delayed'), '0')
    assert.equal((await receive(QueueUrl, { MaxNumberOfMessages: 10 })).length, 2)
  })

  test('messages older than the retention period are gone, counted or not', async () => {
    const QueueUrl = await queue('old', { MessageRetentionPeriod: '60' })
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'old' }))
    assert.equal(await count(QueueUrl), '1')
    await server.advance('61s')
    assert.equal(await count(QueueUrl), '0')
    assert.deepEqual(await receive(QueueUrl), [])
  })

  test('a megabyte goes through, and a byte more does not', async () => {
    const QueueUrl = await queue('large')
    const most = 'x'.repeat(1_048_576)
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: most }))
    assert.equal((await receive(QueueUrl))[0]?.Body?.length, most.length)
    await assert.rejects(
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `${most}x` })),
      /Message must be shorter than 1048576 bytes/,
    )
    const half = 'x'.repeat(600_000)
    const Entries = [
      { Id: 'a', MessageBody: half },
      { Id: 'b', MessageBody: half },
    ]
    await assert.rejects(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })), {
      name: 'BatchRequestTooLong',
    })
    assert.equal(await count(QueueUrl), '0')
  })

  test('characters that XML cannot carry are refused', async () => {
    const QueueUrl = await queue('characters')
    await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a\u0000b' })), {
      name: 'InvalidMessageContents',
    })
  })

  test('forty concurrent consumers get a hundred messages, each once', async () => {
    const QueueUrl = await queue('busy')
    for (let batch = 0; batch < 10; batch++) {
      const Entries = Array.from({ length: 10 }, (_, n) => ({
        Id: String(n),
        MessageBody: `${batch}-${n}`,
      }))
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    }
    const bodies: string[] = []
    const consume = async (): Promise<void> => {
      for (;;) {
        const got = await receive(QueueUrl, { MaxNumberOfMessages: 3 })
        if (got.length === 0) return
        bodies.push(...got.map(({ Body = '' }) => Body))
      }
    }
    await Promise.all(Array.from({ length: 40 }, consume))
    bodies.push(...(await receive(QueueUrl, { MaxNumberOfMessages: 10 })).map((m) => m.Body ?? ''))
    assert.equal(bodies.length, 100)
    assert.equal(new Set(bodies).size, 100)
  })
})

describe('long polls', () => {
  test('a message ends a poll at once, and only one of many polls gets it', async () => {
    const QueueUrl = await queue('polled')
    const polls = Array.from({ length: 3 }, () => receive(QueueUrl, { WaitTimeSeconds: 2 }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }))
    const first = await Promise.any(
      polls.map(async (poll) => {
        const [got] = await poll
        if (!got) throw new Error('nothing')
        return got
      }),
    )
    assert.equal(first.Body, 'one')
    const all = await Promise.all(polls)
    assert.equal(all.flat().length, 1)
  })

  test('a delayed message ends a poll when the clock gets there', async () => {
    const QueueUrl = await queue('polled-delay')
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 10 }))
    const poll = receive(QueueUrl, { WaitTimeSeconds: 20 })
    await server.advance('11s')
    assert.equal((await poll).length, 1)
  })

  test('a poll of a queue that is deleted ends with nothing', async () => {
    const QueueUrl = await queue('polled-away')
    const poll = receive(QueueUrl, { WaitTimeSeconds: 20 })
    await sqs.send(new DeleteQueueCommand({ QueueUrl }))
    assert.deepEqual(await poll.catch(() => []), [])
  })

  test('a poll takes nothing for a client that has gone', async () => {
    const QueueUrl = await queue('polled-gone')
    const gone = new AbortController()
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: gone.signal,
    })
    // The round trip of another call has the poll under way.
    await count(QueueUrl)
    gone.abort()
    await assert.rejects(poll)
    await count(QueueUrl)
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }))
    assert.deepEqual(
      (await receive(QueueUrl)).map(({ Body }) => Body),
      ['kept'],
    )
  })

  test('a server that stops does not wait for its polls', async () => {
    const other = await startTestServer()
    const client = other.client(SQSClient)
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'stopped' }))
    const poll = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
    await client.send(new GetQueueAttributesCommand({ QueueUrl }))
    const began = process.hrtime.bigint()
    await other.close()
    await poll.catch(() => {})
    assert.ok(process.hrtime.bigint() - began < 10_000_000_000n)
  })
})
