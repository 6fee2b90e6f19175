import assert from 'node:assert/strict'
import { X509Certificate, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { Message } from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import type { TestServer } from '@bartizan/testkit'
import { SMTPServer } from 'smtp-server'

let server: TestServer
let sns: SNSClient
let sqs: SQSClient
let mail: SMTPServer
const letters: string[] = []
let onLetter = (): void => {}

/** A request that a web server got. */
interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A web server that answers with the next of these statuses, then 200, and keeps what it gets. */
async function webServer(...statuses: number[]) {
  const received: Received[] = []
  let wake = (): void => {}
  const web = createServer(async (request, response) => {
    const body = await text(request)
    received.push({ headers: request.headers, body })
    response.writeHead(statuses.shift() ?? 200).end()
    wake()
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  const { port } = web.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    async nth(count: number): Promise<Received> {
      for (;;) {
        const found = received[count - 1]
        if (found) return found
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    close: () => web.close(),
  }
}

async function topic(Name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name, Attributes }))
  return TopicArn
}

/** A queue that topics of the account may send to, with its ARN. */
async function queue(name: string, Attributes: Record<string, string> = {}) {
  const arn = `arn:aws:sqs:us-east-1:${server.accountId}:${name}`
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:sns:*:${server.accountId}:*` } },
    },
  })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  return { arn, QueueUrl }
}

async function next(QueueUrl: string): Promise<Message | undefined> {
  await server.server.settled()
  const { Messages: [got] = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['All'],
      AttributeNames: ['All'],
    }),
  )
  if (got) {
    const { ReceiptHandle } = got
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
  return got
}

const parse = (json: string | undefined) => JSON.parse(json ?? '{}') as Record<string, string>

before(async () => {
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    async onData(stream, _session, done) {
      letters.push(await text(stream))
      done()
      onLetter()
    },
  })
  await new Promise<void>((listening) => mail.listen(0, '127.0.0.1', listening))
  const { port } = mail.server.address() as AddressInfo
  server = await startTestServer({ BARTIZAN_SMTP_URL: `smtp://127.0.0.1:${port}` })
  sns = server.client(SNSClient)
  sqs = server.client(SQSClient)
})
after(async () => {
  await server.close()
  await new Promise<void>((closed) => mail.close(closed))
})

describe('queues', () => {
  test('a message arrives in its envelope, or raw with its attributes', async () => {
    const TopicArn = await topic('both')
    const plain = await queue('plain')
    const raw = await queue('raw')
    const Protocol = 'sqs'
    await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint: plain.arn }))
    const Attributes = { RawMessageDelivery: 'true' }
    await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint: raw.arn, Attributes }))
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Message: 'hello "world"',
        Subject: 'greeting',
        MessageAttributes: {
          colour: { DataType: 'String', StringValue: 'red' },
          bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) },
        },
      }),
    )
    const envelope = JSON.parse((await next(plain.QueueUrl))?.Body ?? '')
    assert.equal(envelope.Type, 'Notification')
    assert.equal(envelope.MessageId, MessageId)
    assert.equal(envelope.Message, 'hello "world"')
    assert.equal(envelope.Subject, 'greeting')
    assert.deepEqual(envelope.MessageAttributes.colour, { Type: 'String', Value: 'red' })
    assert.deepEqual(envelope.MessageAttributes.bytes, { Type: 'Binary', Value: 'AQI=' })
    const bare = await next(raw.QueueUrl)
    assert.equal(bare?.Body, 'hello "world"')
    assert.equal(bare?.MessageAttributes?.['colour']?.StringValue, 'red')
    assert.deepEqual([...(bare?.MessageAttributes?.['bytes']?.BinaryValue ?? [])], [1, 2])
  })

  test('a filter policy keeps out what does not match', async () => {
    const TopicArn = await topic('filtered')
    const { arn: Endpoint, QueueUrl } = await queue('filtered')
    const FilterPolicy = JSON.stringify({ price: [{ numeric: ['>', 100] }] })
    const Attributes = {
      FilterPolicy,
      FilterPolicyScope: 'MessageBody',
      RawMessageDelivery: 'true',
    }
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }))
    await sns.send(new PublishCommand({ TopicArn, Message: '{"price":100}' }))
    await sns.send(new PublishCommand({ TopicArn, Message: '{"price":101}' }))
    assert.equal((await next(QueueUrl))?.Body, '{"price":101}')
    assert.equal(await next(QueueUrl), undefined)
  })

  test('a queue whose policy refuses gets nothing; the dead-letter queue gets it', async () => {
    const TopicArn = await topic('refused')
    await sqs.send(new CreateQueueCommand({ QueueName: 'closed' }))
    const dead = await queue('dead')
    const Attributes = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }) }
    const Endpoint = `arn:aws:sqs:us-east-1:${server.accountId}:closed`
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }))
    await sns.send(new PublishCommand({ TopicArn, Message: 'lost' }))
    assert.equal(parse((await next(dead.QueueUrl))?.Body)['Message'], 'lost')
  })

  test('FIFO: in order by group, duplicates once, into a FIFO queue', async () => {
    const TopicArn = await topic('ordered.fifo', {
      FifoTopic: 'true',
      ContentBasedDeduplication: 'true',
    })
    const { arn: Endpoint, QueueUrl } = await queue('ordered.fifo', { FifoQueue: 'true' })
    const Attributes = { RawMessageDelivery: 'true' }
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }))
    const MessageGroupId = 'g'
    for (let batch = 0; batch < 3; batch++) {
      const PublishBatchRequestEntries = Array.from({ length: 10 }, (_, n) => ({
        Id: String(n),
        Message: `${batch}${n}`,
        MessageGroupId,
      }))
      await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))
    }
    await sns.send(new PublishCommand({ TopicArn, Message: '00', MessageGroupId }))
    const got: (string | undefined)[] = []
    for (;;) {
      const message = await next(QueueUrl)
      if (!message) break
      got.push(message.Body)
    }
    const expected = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, '0'))
    assert.deepEqual(got, expected)
  })
})

describe('web servers', () => {
  test('confirm by the link, get signed messages, and leave by the link', async () => {
    const web = await webServer()
    const TopicArn = await topic('web')
    const asked = { TopicArn, Protocol: 'http', Endpoint: web.url }
    const answer = await sns.send(new SubscribeCommand(asked))
    assert.equal(answer.SubscriptionArn, 'pending confirmation')
    const confirmation = await web.nth(1)
    assert.equal(confirmation.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation')
    const link = parse(confirmation.body)['SubscribeURL'] ?? ''
    assert.equal((await fetch(link)).status, 200)
    for (const version of ['1', '2']) {
      const AttributeName = 'SignatureVersion'
      const change = { TopicArn, AttributeName, AttributeValue: version }
      await sns.send(new SetTopicAttributesCommand(change))
      await sns.send(new PublishCommand({ TopicArn, Message: `v${version}`, Subject: 's' }))
      const { body } = await web.nth(1 + Number(version))
      const message = parse(body)
      assert.equal(message['SignatureVersion'], version)
      const pem = await (await fetch(message['SigningCertURL'] ?? '')).text()
      const signedText = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        .map((name) => `${name}\n${message[name]}\n`)
        .join('')
      const { publicKey } = new X509Certificate(pem)
      const signature = Buffer.from(message['Signature'] ?? '', 'base64')
      const algorithm = version === '1' ? 'sha1' : 'sha256'
      assert.ok(verify(algorithm, Buffer.from(signedText), publicKey, signature))
      assert.ok(!verify(algorithm, Buffer.from(`${signedText}!`), publicKey, signature))
    }
    const unsubscribe = parse((await web.nth(3)).body)['UnsubscribeURL'] ?? ''
    assert.equal((await fetch(unsubscribe)).status, 200)
    const bye = await web.nth(4)
    assert.equal(bye.headers['x-amz-sns-message-type'], 'UnsubscribeConfirmation')
    const list = () => sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
    assert.deepEqual((await list()).Subscriptions, [])
    assert.equal((await fetch(parse(bye.body)['SubscribeURL'] ?? '')).status, 200)
    assert.equal((await list()).Subscriptions?.length, 1)
    web.close()
  })

  test('a password in a URL goes to the server only', async () => {
    const web = await webServer()
    const TopicArn = await topic('password')
    const Endpoint = web.url.replace('//', '//ada:canary-word@')
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint }))
    const { headers } = await web.nth(1)
    const credentials = Buffer.from('ada:canary-word').toString('base64')
    assert.equal(headers['authorization'], `Basic ${credentials}`)
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
    assert.equal(Subscriptions?.[0]?.Endpoint, web.url.replace('//', '//ada:****@'))
    const { store } = server.server.kernel
    const log = await store.lookupAudit({ account: server.accountId, limit: 1000 })
    assert.ok(!JSON.stringify(log).includes('canary-word'))
    web.close()
  })

  test('a wrong token confirms nothing, and a subscription nobody confirms goes away', async () => {
    const TopicArn = await topic('unconfirmed')
    const web = await webServer()
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'http',
        Endpoint: web.url,
        ReturnSubscriptionArn: true,
      }),
    )
    await assert.rejects(sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'ab12' })), {
      name: 'InvalidParameterException',
    })
    const get = () => sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    assert.equal((await get()).Attributes?.['PendingConfirmation'], 'true')
    await server.advance('49h')
    await assert.rejects(get(), { name: 'NotFoundException' })
    web.close()
  })

  test('a failing server is tried again by the delivery policy, one that refuses is not', async () => {
    const TopicArn = await topic('retried')
    const dead = await queue('web-dead')
    const web = await webServer(200, 500, 503)
    const Attributes = {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }),
      RawMessageDelivery: 'true',
      DeliveryPolicy: JSON.stringify({
        healthyRetryPolicy: { numRetries: 3, minDelayTarget: 10, maxDelayTarget: 10 },
      }),
    }
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: web.url, Attributes }),
    )
    const { Token } = parse((await web.nth(1)).body)
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }))
    await sns.send(new PublishCommand({ TopicArn, Message: 'again' }))
    await web.nth(2)
    await server.server.settled()
    await server.advance('11s')
    await server.server.settled()
    await web.nth(3)
    await server.advance('11s')
    await server.server.settled()
    assert.equal((await web.nth(4)).body, 'again')
    assert.equal(await next(dead.QueueUrl), undefined)
    web.close()
    const refusing = await webServer(200, 404)
    const other = { TopicArn, Protocol: 'http', Endpoint: refusing.url, Attributes }
    await sns.send(new SubscribeCommand(other))
    const token = parse((await refusing.nth(1)).body)['Token']
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: token }))
    await sns.send(new PublishCommand({ TopicArn, Message: 'refused' }))
    await refusing.nth(2)
    assert.equal((await next(dead.QueueUrl))?.Body, 'refused')
    refusing.close()
  })
})

describe('topics with a KMS key', () => {
  test('a retry after the data key has run out asks KMS on the publisher’s behalf', async () => {
    const web = await webServer(200, 500)
    const TopicArn = await topic('sealed', { KmsMasterKeyId: 'alias/aws/sns' })
    const Attributes = {
      DeliveryPolicy: JSON.stringify({
        healthyRetryPolicy: { numRetries: 1, minDelayTarget: 400, maxDelayTarget: 400 },
      }),
    }
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: web.url, Attributes }),
    )
    const { Token } = parse((await web.nth(1)).body)
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }))
    await sns.send(new PublishCommand({ TopicArn, Message: 'secret', Subject: 's' }))
    await web.nth(2)
    await server.server.settled()
    await server.advance('401s')
    await server.server.settled()
    const message = parse((await web.nth(3)).body)
    assert.equal(message['Message'], 'secret')
    assert.equal(message['Subject'], 's')
    web.close()
  })
})

describe('mail', () => {
  test('asks for confirmation, then brings messages', async () => {
    const TopicArn = await topic('mail', { DisplayName: 'The Watch' })
    const letter = async (count: number): Promise<string> => {
      for (;;) {
        const found = letters[count - 1]
        if (found !== undefined) return found.replaceAll('=\r\n', '').replaceAll('=3D', '=')
        await new Promise<void>((resolve) => (onLetter = resolve))
      }
    }
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }),
    )
    const [link = ''] = /http:\S+/.exec(await letter(1)) ?? []
    assert.equal((await fetch(link)).status, 200)
    await sns.send(new PublishCommand({ TopicArn, Message: 'the bell rings', Subject: 'Fire' }))
    const got = await letter(2)
    assert.match(got, /^From: The Watch <no-reply@localhost>/m)
    assert.match(got, /^Subject: Fire/m)
    assert.match(got, /the bell rings/)
  })

  test('without a mail server, a subscription says what is missing', async () => {
    const bare = await startTestServer()
    const client = bare.client(SNSClient)
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'mail' }))
    await assert.rejects(
      client.send(
        new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }),
      ),
      /BARTIZAN_SMTP_URL/,
    )
    await bare.close()
  })
})
