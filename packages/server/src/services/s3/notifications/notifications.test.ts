import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CreateRoleCommand, IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3, type Event } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import { ZipFile } from 'yazl'
import { bytesOf, refusal } from '../test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const { endpoint, credentials, accountId } = bartizan
const s3 = new S3({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
const sns = bartizan.client(SNS)
const sqs = bartizan.client(SQS)
const lambda = bartizan.client(Lambda)
const Bucket = 'noticed'
await s3.createBucket({ Bucket })
const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:${accountId}:${name}`
const put = (Key: string, Body = 'hello') => s3.putObject({ Bucket, Key, Body })

function policy(service: string, Action: string, Resource?: string): string {
  const Condition = { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` } }
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action, Resource }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [service === 's3.amazonaws.com' ? { ...statement, Condition } : statement],
  })
}

interface S3Record {
  readonly eventName: string
  readonly eventSource: string
  readonly s3: {
    readonly configurationId: string
    readonly bucket: { readonly arn: string }
    readonly object: { readonly key: string; readonly size?: number }
  }
}

test('a topic hears of objects once its policy lets S3 publish', async () => {
  const TopicArn = (await sns.createTopic({ Name: 'objects' })).TopicArn ?? ''
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'objects' })
  const queueArn = arnOf('sqs', 'objects')
  const Policy = policy('sns.amazonaws.com', 'sqs:SendMessage', queueArn)
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } })
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn })
  const Events: Event[] = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']
  const TopicConfigurations = [{ Id: 'to-topic', TopicArn, Events }]
  const configure = () =>
    s3.putBucketNotificationConfiguration({
      Bucket,
      NotificationConfiguration: { TopicConfigurations },
    })
  const closed = await refusal(configure())
  assert.deepEqual([closed.name, closed.status], ['InvalidArgument', 400])
  assert.match(closed.message, /Unable to validate the following destination configurations/)
  await sns.setTopicAttributes({
    TopicArn,
    AttributeName: 'Policy',
    AttributeValue: policy('s3.amazonaws.com', 'sns:Publish', TopicArn),
  })
  await configure()
  const next = async (): Promise<{ Subject: string; Message: string }> => {
    const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 })
    const { Body = '{}', ReceiptHandle } = Messages?.[0] ?? {}
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
    return JSON.parse(Body) as { Subject: string; Message: string }
  }
  const tried = await next()
  assert.equal(tried.Subject, 'Amazon S3 Notification')
  assert.equal((JSON.parse(tried.Message) as { Event: string }).Event, 's3:TestEvent')
  await put("in/it's (1) ü.txt")
  const { Records } = JSON.parse((await next()).Message) as { Records: S3Record[] }
  assert.equal(Records.length, 1)
  const [record] = Records
  assert.equal(record?.eventSource, 'aws:s3')
  assert.equal(record.eventName, 'ObjectCreated:Put')
  assert.equal(record.s3.configurationId, 'to-topic')
  assert.equal(record.s3.bucket.arn, `arn:aws:s3:::${Bucket}`)
  // Encoded as a form is: Lambda functions decode keys by unquote_plus and its like.
  assert.equal(record.s3.object.key, 'in/it%27s+%281%29+%C3%BC.txt')
  assert.equal(record.s3.object.size, 5)
  await s3.deleteObject({ Bucket, Key: "in/it's (1) ü.txt" })
  const removed = JSON.parse((await next()).Message) as { Records: S3Record[] }
  assert.equal(removed.Records[0]?.eventName, 'ObjectRemoved:Delete')
})

test('a function that may be invoked by S3 is run for each object', async () => {
  const FunctionName = 'upper'
  const iam = bartizan.client(IAM)
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'upper',
      AssumeRolePolicyDocument: policy('lambda.amazonaws.com', 'sts:AssumeRole'),
    }),
  )
  await iam.putRolePolicy({
    RoleName: 'upper',
    PolicyName: 'all',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    }),
  })
  const source = `
    const { S3 } = require('@aws-sdk/client-s3')
    const s3 = new S3({ forcePathStyle: true })
    exports.handler = async ({ Records }) => {
      for (const { s3: { bucket, object } } of Records) {
        const Key = decodeURIComponent(object.key.replaceAll('+', ' '))
        const { Body } = await s3.getObject({ Bucket: bucket.name, Key })
        const text = (await Body.transformToString()).toUpperCase()
        await s3.putObject({ Bucket: bucket.name, Key: Key.replace('in/', 'out/'), Body: text })
      }
    }`
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(source), 'index.js')
  zip.end()
  await lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: Role?.Arn,
    Timeout: 30,
    Code: { ZipFile: await bytesOf(zip.outputStream) },
  })
  const LambdaFunctionConfigurations = [
    {
      LambdaFunctionArn: arnOf('lambda', `function:${FunctionName}`),
      Events: ['s3:ObjectCreated:*' as const],
      Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'in/' }] } },
    },
  ]
  const NotificationConfiguration = { LambdaFunctionConfigurations }
  const configure = () =>
    s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration })
  assert.equal((await refusal(configure())).name, 'InvalidArgument')
  await lambda.addPermission({
    FunctionName,
    StatementId: 's3',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
    SourceArn: `arn:aws:s3:::${Bucket}`,
    SourceAccount: accountId,
  })
  await configure()
  await put('in/a b+c.txt', 'quiet')
  await put('elsewhere', 'quiet')
  await bartizan.settled()
  const { Body } = await s3.getObject({ Bucket, Key: 'out/a b+c.txt' })
  assert.equal(await Body?.transformToString(), 'QUIET')
  const { Contents } = await s3.listObjectsV2({ Bucket, Prefix: 'out/' })
  assert.equal(Contents?.length, 1)
})
