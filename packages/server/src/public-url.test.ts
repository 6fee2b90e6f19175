import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { ConfigError, readConfig } from '@bartizan/server'
import { startTestServer } from '@bartizan/testkit'

const publicUrl = 'https://aws.example.test:8443'
const bartizan = await startTestServer({
  BARTIZAN_PUBLIC_URL: `${publicUrl}/`,
  BARTIZAN_HOST: '0.0.0.0',
})
after(() => bartizan.close())
const sqs = bartizan.client(SQS)
const sns = bartizan.client(SNS)

/** A queue that takes the messages of a topic, bare. */
async function queueOf(TopicArn: string) {
  const name = TopicArn.split(':').at(-1) ?? ''
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: name })
  const arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:${name}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
      },
    ],
  })
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } })
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: arn })
  return QueueUrl
}

async function nextOf(QueueUrl: string): Promise<Record<string, string>> {
  const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 })
  return JSON.parse(Messages?.[0]?.Body ?? '{}') as Record<string, string>
}

test('on this machine a server that listens everywhere is at its loopback address', () => {
  assert.match(bartizan.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/)
})

test("queue URLs and the links in SNS's messages begin with the public URL", async () => {
  const { TopicArn = '' } = await sns.createTopic({ Name: 'told' })
  const QueueUrl = await queueOf(TopicArn)
  assert.equal(QueueUrl, `${publicUrl}/${bartizan.accountId}/told`)
  await sns.publish({ TopicArn, Message: 'hello' })
  const { UnsubscribeURL = '', SigningCertURL = '' } = await nextOf(QueueUrl)
  assert.ok(UnsubscribeURL.startsWith(`${publicUrl}/?Action=Unsubscribe&`), UnsubscribeURL)
  assert.ok(SigningCertURL.startsWith(`${publicUrl}/SimpleNotificationService-`), SigningCertURL)
})

test('a subscriber confirms at the public URL', async () => {
  const web = createServer().listen(0, '127.0.0.1')
  await once(web, 'listening')
  const asked = once(web, 'request') as Promise<[IncomingMessage, ServerResponse]>
  const { TopicArn } = await sns.createTopic({ Name: 'web' })
  const { port } = web.address() as AddressInfo
  await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: `http://127.0.0.1:${port}/` })
  const [message, response] = await asked
  let body = ''
  for await (const chunk of message) body += String(chunk)
  response.end()
  const { SubscribeURL = '' } = JSON.parse(body) as Record<string, string>
  assert.ok(SubscribeURL.startsWith(`${publicUrl}/?Action=ConfirmSubscription&`), SubscribeURL)
  web.close()
})

test('custom resources answer to the public URL', async () => {
  const { TopicArn = '' } = await sns.createTopic({ Name: 'custom' })
  const QueueUrl = await queueOf(TopicArn)
  const Properties = { ServiceToken: TopicArn, ServiceTimeout: 60 }
  const TemplateBody = JSON.stringify({ Resources: { R: { Type: 'Custom::R', Properties } } })
  await bartizan.client(CloudFormation).createStack({ StackName: 'custom', TemplateBody })
  const { Message = '{}' } = await nextOf(QueueUrl)
  const { ResponseURL = '' } = JSON.parse(Message) as Record<string, string>
  assert.ok(ResponseURL.startsWith(`${publicUrl}/`), ResponseURL)
})

test('a public URL is a scheme, a host and a port', () => {
  for (const BARTIZAN_PUBLIC_URL of ['aws.example', 'ftp://aws.example', 'https://aws.example/a']) {
    assert.throws(() => readConfig({}, { BARTIZAN_PUBLIC_URL }), ConfigError)
  }
  const { publicUrl: url } = readConfig({}, { BARTIZAN_PUBLIC_URL: 'https://AWS.example:443/' })
  assert.equal(url, 'https://aws.example')
})
