import {
  CloudTrailClient,
  LookupEventsCommand,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
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

test('events are gone from the history after 90 days', async () => {
  await bartizan.advance('91d')
  const { Events } = await lookup('EventName', 'CreateUser')
  assert.deepEqual(Events, [])
})
