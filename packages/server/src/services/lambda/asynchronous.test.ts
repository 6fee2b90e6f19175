import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as sdk from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import { newFunction, newRole, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const lambda = bartizan.client(sdk.LambdaClient)
const sqs = bartizan.client(SQSClient)
let Role = ''

before(async () => {
  Role = await newRole(bartizan, 'worker', [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }])
})

async function newQueue(QueueName: string, Attributes: Record<string, string> = {}) {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  const arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:${QueueName}`
  return { url: QueueUrl, arn }
}

/** The next message of a queue, taken off it. */
async function next(url: string): Promise<Message> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ['All'],
    }),
  )
  const [message] = Messages ?? []
  assert.ok(message, 'no message came')
  await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }))
  return message
}

/** A function that answers what it is told to, and sends what it got to a queue. */
const reporter = (url: string) => `
  const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
  const sqs = new SQSClient()
  exports.handler = async (event) => {
    const failing = (event.Records ?? []).filter(({ body }) => body.includes('fail'))
    await sqs.send(new SendMessageCommand({ QueueUrl: '${url}', MessageBody: JSON.stringify(event) }))
    if (event.fail) throw new Error('told to')
    if (event.Records) return { batchItemFailures: failing.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    return 'done'
  }`

describe('asynchronous invocation', () => {
  test('an event is taken on at once, and its success told to a destination', async () => {
    const seen = await newQueue('seen')
    const success = await newQueue('success')
    await newFunction(bartizan, 'later', reporter(seen.url), { Role, Timeout: 20, MemorySize: 256 })
    await lambda.send(
      new sdk.PutFunctionEventInvokeConfigCommand({
        FunctionName: 'later',
        DestinationConfig: { OnSuccess: { Destination: success.arn } },
      }),
    )
    const { StatusCode } = await lambda.send(
      new sdk.InvokeCommand({
        FunctionName: 'later',
        InvocationType: 'Event',
        Payload: Buffer.from('{"n":1}'),
      }),
    )
    assert.equal(StatusCode, 202)
    assert.deepEqual(JSON.parse((await next(seen.url)).Body ?? ''), { n: 1 })
    const record = JSON.parse((await next(success.url)).Body ?? '')
    assert.equal(record.requestContext.condition, 'Success')
    assert.equal(record.requestContext.approximateInvokeCount, 1)
    assert.match(record.requestContext.functionArn, /:function:later:\$LATEST$/)
    assert.deepEqual(record.requestPayload, { n: 1 })
    assert.deepEqual(record.responseContext, { statusCode: 200, executedVersion: '$LATEST' })
    assert.equal(record.responsePayload, 'done')
  })

  test('a failing event is tried three times in all, then told and put on the dead-letter queue', async () => {
    const seen = await newQueue('seen-failing')
    const failure = await newQueue('failure')
    const dead = await newQueue('dead')
    await newFunction(bartizan, 'failing', reporter(seen.url), {
      Role,
      Timeout: 20,
      MemorySize: 256,
      DeadLetterConfig: { TargetArn: dead.arn },
    })
    await lambda.send(
      new sdk.PutFunctionEventInvokeConfigCommand({
        FunctionName: 'failing',
        DestinationConfig: { OnFailure: { Destination: failure.arn } },
      }),
    )
    await lambda.send(
      new sdk.InvokeCommand({
        FunctionName: 'failing',
        InvocationType: 'Event',
        Payload: Buffer.from('{"fail":true}'),
      }),
    )
    await next(seen.url)
    await bartizan.settled()
    await bartizan.advance('1m')
    await next(seen.url)
    await bartizan.settled()
    await bartizan.advance('2m')
    await next(seen.url)
    const record = JSON.parse((await next(failure.url)).Body ?? '')
    assert.equal(record.requestContext.condition, 'RetriesExhausted')
    assert.equal(record.requestContext.approximateInvokeCount, 3)
    assert.equal(record.responseContext.functionError, 'Unhandled')
    assert.equal(record.responsePayload.errorMessage, 'told to')
    const letter = await next(dead.url)
    assert.equal(letter.Body, '{"fail":true}')
    assert.equal(letter.MessageAttributes?.['ErrorMessage']?.StringValue, 'told to')
  })
})

describe('a queue as event source', () => {
  test("messages come as batches, as the function's role, and go when it has succeeded", async () => {
    const source = await newQueue('source')
    const seen = await newQueue('seen-batches')
    await newFunction(bartizan, 'mapped', reporter(seen.url), {
      Role,
      Timeout: 20,
      MemorySize: 256,
    })
    const mapping = await lambda.send(
      new sdk.CreateEventSourceMappingCommand({
        FunctionName: 'mapped',
        EventSourceArn: source.arn,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":[{"prefix":"k"}]}}' }] },
      }),
    )
    assert.equal(mapping.State, 'Creating')
    for (const kind of ['other', 'k1']) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: source.url,
          MessageBody: JSON.stringify({ kind }),
          MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
        }),
      )
    }
    const { Records } = JSON.parse((await next(seen.url)).Body ?? '')
    assert.equal(Records.length, 1)
    const [record] = Records
    assert.equal(record.body, '{"kind":"k1"}')
    assert.equal(record.eventSource, 'aws:sqs')
    assert.equal(record.eventSourceARN, source.arn)
    assert.equal(record.messageAttributes.a.stringValue, 'b')
    assert.equal(record.attributes.ApproximateReceiveCount, '1')
    await lambda.send(new sdk.DeleteEventSourceMappingCommand({ UUID: mapping.UUID ?? '' }))
    const { EventSourceMappings } = await lambda.send(
      new sdk.ListEventSourceMappingsCommand({ FunctionName: 'mapped' }),
    )
    assert.deepEqual(EventSourceMappings, [])
  })

  test('only the messages that failed come back', async () => {
    const source = await newQueue('source-partial')
    const seen = await newQueue('seen-partial')
    await newFunction(bartizan, 'partial', reporter(seen.url), {
      Role,
      Timeout: 20,
      MemorySize: 256,
    })
    for (const body of ['good', 'fail']) {
      await sqs.send(new SendMessageCommand({ QueueUrl: source.url, MessageBody: body }))
    }
    const { UUID = '' } = await lambda.send(
      new sdk.CreateEventSourceMappingCommand({
        FunctionName: 'partial',
        EventSourceArn: source.arn,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    )
    const seenBodies = new Set<string>()
    while (seenBodies.size < 2) {
      const { Records } = JSON.parse((await next(seen.url)).Body ?? '')
      for (const { body } of Records) seenBodies.add(body)
    }
    let waiting = '2'
    while (waiting !== '0/1') {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: source.url, AttributeNames: ['All'] }),
      )
      waiting = `${Attributes?.['ApproximateNumberOfMessages']}/${Attributes?.['ApproximateNumberOfMessagesNotVisible']}`
    }
    await lambda.send(new sdk.DeleteEventSourceMappingCommand({ UUID }))
  })

  test('a mapping needs a queue that the role may read, and sensible settings', async () => {
    const source = await newQueue('source-refused', { VisibilityTimeout: '5' })
    const bare = await newRole(bartizan, 'bare')
    await newFunction(bartizan, 'bare', '', { Role: bare })
    await newFunction(bartizan, 'slow', '', { Role, Timeout: 20 })
    const cases: readonly [Partial<sdk.CreateEventSourceMappingCommandInput>, RegExp][] = [
      [{ FunctionName: 'bare' }, /does not have permissions to call ReceiveMessage on SQS/],
      [{}, /Queue visibility timeout: 5 seconds is less than Function timeout: 20 seconds/],
      [
        { EventSourceArn: `${source.arn}-none` },
        /SQS Error Code: .*NonExistentQueue|QueueDoesNotExist/,
      ],
      [{ BatchSize: 11 }, /batch window in seconds must be greater than 0/],
      [
        { FilterCriteria: { Filters: [{ Pattern: '{"nobody":["x"]}' }] } },
        /Invalid filter pattern/,
      ],
      [
        { EventSourceArn: 'arn:aws:kinesis:us-east-1:111122223333:stream/s' },
        /Bartizan maps Amazon SQS/,
      ],
    ]
    for (const [changes, message] of cases) {
      const input = { FunctionName: 'slow', EventSourceArn: source.arn, ...changes }
      const refused = await refusal(lambda.send(new sdk.CreateEventSourceMappingCommand(input)))
      assert.match(refused.message, message)
    }
    assert.equal(cases.length, 6)
  })

  test('of equal mappings that are asked for at once, one is made', async () => {
    const source = await newQueue('source-crowded', { VisibilityTimeout: '30' })
    const input = { FunctionName: 'slow', EventSourceArn: source.arn, Enabled: false }
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, () => lambda.send(new sdk.CreateEventSourceMappingCommand(input))),
    )
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1)
  })
})
