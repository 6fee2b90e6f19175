import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import type { TestServer } from '@bartizan/testkit'

let server: TestServer
let sqs: SQSClient

before(async () => {
  server = await startTestServer()
  sqs = server.client(SQSClient)
})
after(() => server.close())

describe('messages', () => {
  test('a message is sent, received once, and deleted', async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'plain' }))
    const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    assert.equal(Messages[0]?.MessageId, sent.MessageId)
    assert.equal(Messages[0]?.Body, 'hello')
    const none = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    assert.equal(none.Messages, undefined)
    const { ReceiptHandle } = Messages[0] ?? {}
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    await server.advance('1m')
    const gone = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    assert.equal(gone.Messages, undefined)
  })
})
