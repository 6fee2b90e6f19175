import {
  CloudTrailClient,
  LookupEventsCommand,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const trail = bartizan.client(CloudTrailClient)

const lookup = (AttributeKey: 'EventName' | 'EventSource' | 'Username', AttributeValue: string) =>
  trail.send(new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }] }))

test('a call is found by its name, with who, when and what', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'seen' }))
  const { Events } = await lookup('EventName', 'CreateUser')
  const [event] = Events ?? []
  assert.equal(event?.Username, 'admin')
  assert.equal(event?.EventSource, 'iam.amazonaws.com')
  assert.equal(event?.ReadOnly, 'false')
  assert.equal(event?.AccessKeyId, bartizan.credentials.accessKeyId)
  const record = JSON.parse(event?.CloudTrailEvent ?? '')
  assert.equal(record.requestParameters.userName, 'seen')
  assert.equal(record.eventID, event?.EventId)
})

test('a session is dated to the second', async () => {
  const { Credentials } = await bartizan.client(STSClient).send(new GetSessionTokenCommand({}))
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  await bartizan.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
  const { Events } = await lookup('EventName', 'GetCallerIdentity')
  const { userIdentity } = JSON.parse(Events?.[0]?.CloudTrailEvent ?? '')
  assert.match(userIdentity.sessionContext.attributes.creationDate, /^[-\d]{10}T[:\d]{8}Z$/)
})

test('the event history has no data events', async () => {
  const sqs = bartizan.client(SQSClient)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'data' }))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))
  const { Events = [] } = await lookup('EventSource', 'sqs.amazonaws.com')
  assert.deepEqual(
    Events.map(({ EventName }) => EventName),
    ['CreateQueue'],
  )
})

test('a refused call is found with its error', async () => {
  await assert.rejects(iam.send(new DeleteUserCommand({ UserName: 'nobody' })))
  const { Events } = await lookup('EventName', 'DeleteUser')
  const record = JSON.parse(Events?.[0]?.CloudTrailEvent ?? '')
  assert.match(record.errorCode, /^NoSuchEntity/)
  assert.equal(record.responseElements, null)
})

test('no secret enters the log', async () => {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'seen' }))
  const sts = bartizan.client(STSClient)
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}))
  await assert.rejects(
    sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${bartizan.accountId}:role/none`,
        RoleSessionName: 'x1',
      }),
    ),
  )
  const { Events } = await trail.send(new LookupEventsCommand({}))
  const log = JSON.stringify(Events)
  assert.ok(log.includes(AccessKey?.AccessKeyId ?? '?'))
  for (const secret of [
    AccessKey?.SecretAccessKey,
    Credentials?.SecretAccessKey,
    Credentials?.SessionToken,
  ]) {
    assert.ok(secret && !log.includes(secret))
  }
})

test('pages go from the newest to the oldest and show each event once', async () => {
  for (let index = 0; index < 5; index++) await iam.send(new ListUsersCommand({}))
  const ids: (string | undefined)[] = []
  const config = { client: trail, pageSize: 2 }
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'ListUsers' }]
  for await (const { Events } of paginateLookupEvents(config, { LookupAttributes })) {
    ids.push(...(Events ?? []).map(({ EventId }) => EventId))
  }
  assert.equal(ids.length, 5)
  assert.equal(new Set(ids).size, 5)
})

test('a token of another question is refused, and so is a time that runs backwards', async () => {
  const { NextToken } = await trail.send(new LookupEventsCommand({ MaxResults: 1 }))
  const LookupAttributes = [{ AttributeKey: 'Username' as const, AttributeValue: 'admin' }]
  await assert.rejects(trail.send(new LookupEventsCommand({ NextToken, LookupAttributes })), {
    name: 'InvalidNextTokenException',
  })
  const EndTime = new Date('2026-01-01')
  const StartTime = new Date('2026-01-02')
  await assert.rejects(trail.send(new LookupEventsCommand({ StartTime, EndTime })), {
    name: 'InvalidTimeRangeException',
  })
})

const touched = async (EventName: string) => {
  const { Events } = await lookup('EventName', EventName)
  return (Events?.[0]?.Resources ?? []).map((each) => `${each.ResourceType} ${each.ResourceName}`)
}

test('events of IAM and STS name what they touched', async () => {
  const { accountId } = bartizan
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'touched', Path: '/a/' }))
  assert.deepEqual(await touched('CreateUser'), [
    `AWS::IAM::User ${User?.Arn}`,
    'AWS::IAM::User touched',
    `AWS::IAM::User ${User?.UserId}`,
  ])
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  await iam.send(new AttachUserPolicyCommand({ UserName: 'touched', PolicyArn }))
  assert.deepEqual((await touched('AttachUserPolicy')).sort(), [
    `AWS::IAM::Policy ${PolicyArn}`,
    'AWS::IAM::User touched',
  ])
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'touched' }))
  const ofKey = await touched('CreateAccessKey')
  assert.ok(ofKey.includes(`AWS::IAM::AccessKey ${AccessKey?.AccessKeyId}`))
  assert.ok(ofKey.includes('AWS::IAM::User touched'))
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }],
  })
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'touched-role', AssumeRolePolicyDocument }),
  )
  const { Credentials } = await bartizan
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'visit' }))
  assert.deepEqual((await touched('AssumeRole')).sort(), [
    `AWS::IAM::AccessKey ${Credentials?.AccessKeyId}`,
    `AWS::IAM::Role ${Role?.Arn}`,
    `AWS::STS::AssumedRole ${Role?.RoleId}:visit`,
    `AWS::STS::AssumedRole arn:aws:sts::${accountId}:assumed-role/touched-role/visit`,
    'AWS::STS::AssumedRole visit',
  ])
})

test('events of IAM and STS are found by the resources that they touched', async () => {
  const names = async (AttributeKey: 'ResourceName' | 'ResourceType', AttributeValue: string) => {
    const LookupAttributes = [{ AttributeKey, AttributeValue }]
    const { Events } = await trail.send(new LookupEventsCommand({ LookupAttributes }))
    return (Events ?? []).map(({ EventName }) => EventName)
  }
  const ofUser = ['CreateAccessKey', 'AttachUserPolicy', 'CreateUser']
  assert.deepEqual(await names('ResourceName', 'touched'), ofUser)
  assert.ok((await names('ResourceType', 'AWS::IAM::User')).includes('CreateUser'))
  assert.deepEqual(await names('ResourceType', 'AWS::STS::AssumedRole'), [
    'AssumeRole',
    'AssumeRole',
  ])
  assert.deepEqual(await names('ResourceType', 'AWS::IAM::Group'), [])
  const arn = `arn:aws:iam::${bartizan.accountId}:role/touched-role`
  assert.deepEqual(await names('ResourceName', arn), ['AssumeRole', 'CreateRole'])
})

test('events are gone from the history after 90 days', async () => {
  await bartizan.advance('91d')
  const { Events } = await lookup('EventName', 'CreateUser')
  assert.deepEqual(Events, [])
})
