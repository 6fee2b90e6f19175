import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { Organizations } from '@aws-sdk/client-organizations'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import {
  startTestServer,
  type ClientConfig,
  type TestCredentials,
  type TestServer,
} from '@bartizan/testkit'
import { newFunction, newRole } from './services/lambda/test-support.ts'
import { join } from './services/organizations/isolation.fixture.ts'

let bartizan: TestServer
let other: Awaited<ReturnType<TestServer['createAccount']>>
before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LOG_LEVEL: 'silent' })
  other = await bartizan.createAccount()
})
after(() => bartizan.close())

/** A resource with a policy of its own. */
interface Shared {
  /** Lets a user in, or throws what the service says of a user that does not exist. */
  readonly trust: (userArn: string) => Promise<unknown>
  readonly shown: () => Promise<string | undefined>
  /** What the policy allows; services that trust other services only have none. */
  readonly use?: (client: ClientOf) => Promise<unknown>
}

type ClientOf = <Client>(make: new (config: ClientConfig) => Client) => Client

const allowing = (AWS: string, Action: string, Resource?: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action, ...(Resource && { Resource }) }],
  })

async function queue(): Promise<Shared> {
  const sqs = bartizan.client(SQS)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'shared' })
  const arn = `arn:aws:sqs:us-east-1:${bartizan.accountId}:shared`
  return {
    trust: (user) =>
      sqs.setQueueAttributes({
        QueueUrl,
        Attributes: { Policy: allowing(user, 'sqs:SendMessage', arn) },
      }),
    shown: async () =>
      (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['Policy'] })).Attributes?.[
        'Policy'
      ],
    use: (client) => client(SQS).sendMessage({ QueueUrl, MessageBody: 'hello' }),
  }
}

async function topic(): Promise<Shared> {
  const sns = bartizan.client(SNS)
  const { TopicArn = '' } = await sns.createTopic({ Name: 'shared' })
  return {
    trust: (user) =>
      sns.setTopicAttributes({
        TopicArn,
        AttributeName: 'Policy',
        AttributeValue: allowing(user, 'sns:Publish', TopicArn),
      }),
    shown: async () => (await sns.getTopicAttributes({ TopicArn })).Attributes?.['Policy'],
    use: (client) => client(SNS).publish({ TopicArn, Message: 'hello' }),
  }
}

async function bucket(): Promise<Shared> {
  const s3 = bartizan.client(S3)
  const Bucket = 'shared-with-a-user'
  await s3.createBucket({ Bucket })
  return {
    trust: (user) =>
      s3.putBucketPolicy({
        Bucket,
        Policy: allowing(user, 's3:ListBucket', `arn:aws:s3:::${Bucket}`),
      }),
    shown: async () => (await s3.getBucketPolicy({ Bucket })).Policy,
    use: (client) => client(S3).listObjectsV2({ Bucket }),
  }
}

async function bus(): Promise<Shared> {
  const events = bartizan.client(EventBridge)
  const { EventBusArn = '' } = await events.createEventBus({ Name: 'shared' })
  const Entries = [{ EventBusName: EventBusArn, Source: 'app', DetailType: 'd', Detail: '{}' }]
  return {
    trust: (user) =>
      events.putPermission({
        EventBusName: 'shared',
        Policy: allowing(user, 'events:PutEvents', EventBusArn),
      }),
    shown: async () => (await events.describeEventBus({ Name: 'shared' })).Policy,
    use: (client) => client(EventBridge).putEvents({ Entries }),
  }
}

async function lambdaFunction(): Promise<Shared> {
  const lambda = bartizan.client(Lambda)
  const FunctionName = 'shared'
  const Role = await newRole(bartizan, 'shared-function')
  const source = 'exports.handler = async () => {}'
  const { FunctionArn } = await newFunction(bartizan, FunctionName, source, { Role })
  let statements = 0
  return {
    async trust(Principal) {
      const StatementId = `s${++statements}`
      if (statements > 1) {
        await lambda.removePermission({ FunctionName, StatementId: `s${statements - 1}` })
      }
      const Action = 'lambda:GetFunction'
      await lambda.addPermission({ FunctionName, StatementId, Action, Principal })
    },
    shown: async () => (await lambda.getPolicy({ FunctionName })).Policy,
    use: (client) => client(Lambda).getFunction({ FunctionName: FunctionArn }),
  }
}

async function logsPolicy(): Promise<Shared> {
  const logs = bartizan.client(CloudWatchLogs)
  return {
    trust: (user) =>
      logs.putResourcePolicy({
        policyName: 'shared',
        policyDocument: allowing(user, 'logs:PutLogEvents', '*'),
      }),
    shown: async () =>
      (await logs.describeResourcePolicies({})).resourcePolicies?.[0]?.policyDocument,
  }
}

async function organization(): Promise<Shared> {
  const organizations = bartizan.client(Organizations)
  await organizations.createOrganization({})
  await join(bartizan, other)
  return {
    trust: (user) =>
      organizations.putResourcePolicy({
        Content: allowing(user, 'organizations:ListAccounts', '*'),
      }),
    shown: async () => (await organizations.describeResourcePolicy({})).ResourcePolicy?.Content,
    use: (client) => client(Organizations).listAccounts({}),
  }
}

const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

/** Makes a user of the other account who may do anything that others let it. */
async function newUser(UserName: string): Promise<{ arn: string; credentials: TestCredentials }> {
  const iam = bartizan.client(IAM, { credentials: other.credentials })
  const { User } = await iam.createUser({ UserName })
  await iam.putUserPolicy({ UserName, PolicyName: 'all', PolicyDocument: everything })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
  return { arn: User?.Arn ?? '', credentials }
}

async function deleteUser(UserName: string, AccessKeyId: string): Promise<void> {
  const iam = bartizan.client(IAM, { credentials: other.credentials })
  await iam.deleteUserPolicy({ UserName, PolicyName: 'all' })
  await iam.deleteAccessKey({ UserName, AccessKeyId })
  await iam.deleteUser({ UserName })
}

const resources = [
  { name: 'a queue', make: queue },
  { name: 'a topic', make: topic },
  { name: 'a bucket', make: bucket },
  { name: 'an event bus', make: bus },
  { name: 'a function', make: lambdaFunction },
  { name: 'a resource policy of CloudWatch Logs', make: logsPolicy },
  { name: 'an organization', make: organization },
]

for (const { name, make } of resources) {
  test(`${name} does not trust a user made again under a trusted user’s name`, async () => {
    const { trust, shown, use } = await make()
    const UserName = `trusted-by-${name.replaceAll(' ', '-')}`
    const first = await newUser(UserName)
    const callAs =
      ({ credentials }: { credentials: TestCredentials }): ClientOf =>
      (client) =>
        bartizan.client(client, { credentials })
    if (use) await assert.rejects(use(callAs(first)), /./, 'the policy is what lets the user in')
    await trust(first.arn)
    assert.match((await shown()) ?? '', new RegExp(`"${first.arn}"`))
    if (use) await use(callAs(first))
    await deleteUser(UserName, first.credentials.accessKeyId)
    assert.match((await shown()) ?? '', /"AIDA[A-Z0-9]{17}"/)
    const second = await newUser(UserName)
    assert.equal(second.arn, first.arn)
    assert.match((await shown()) ?? '', /"AIDA[A-Z0-9]{17}"/)
    if (use) await assert.rejects(use(callAs(second)), /./)
    await trust(second.arn)
    if (use) await use(callAs(second))
    await assert.rejects(trust(`${first.arn}-who-never-was`), /policy|principal/i)
  })
}
