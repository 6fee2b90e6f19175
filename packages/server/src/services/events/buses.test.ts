import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import { startTestServer } from '@bartizan/testkit'
import { refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const busArn = (name: string) => `arn:aws:events:us-east-1:${bartizan.accountId}:event-bus/${name}`

test('the default bus is there in every Region without being made', async () => {
  for (const region of ['us-east-1', 'eu-west-1']) {
    const client = bartizan.client(sdk.EventBridgeClient, { region })
    const bus = await client.send(new sdk.DescribeEventBusCommand({}))
    assert.equal(bus.Name, 'default')
    assert.equal(bus.Arn, busArn('default').replace('us-east-1', region))
    assert.ok(bus.CreationTime)
  }
  const { name, message } = await refusal(
    events.send(new sdk.DeleteEventBusCommand({ Name: 'default' })),
  )
  assert.equal(name, 'ValidationException')
  assert.equal(message, 'Cannot delete event bus default.')
})

test('a custom bus is made, described, updated, listed and deleted', async () => {
  const made = await events.send(
    new sdk.CreateEventBusCommand({ Name: 'orders', Description: 'first' }),
  )
  assert.equal(made.EventBusArn, busArn('orders'))
  await events.send(new sdk.UpdateEventBusCommand({ Name: 'orders', Description: 'second' }))
  for (const Name of ['orders', busArn('orders')]) {
    const bus = await events.send(new sdk.DescribeEventBusCommand({ Name }))
    assert.equal(bus.Description, 'second')
    assert.equal(bus.Arn, busArn('orders'))
  }
  const all = await events.send(new sdk.ListEventBusesCommand({}))
  assert.deepEqual(
    all.EventBuses?.map(({ Name }) => Name),
    ['default', 'orders'],
  )
  const some = await events.send(new sdk.ListEventBusesCommand({ NamePrefix: 'ord' }))
  assert.equal(some.EventBuses?.length, 1)
  await events.send(new sdk.DeleteEventBusCommand({ Name: 'orders' }))
  const gone = await refusal(events.send(new sdk.DescribeEventBusCommand({ Name: 'orders' })))
  assert.equal(gone.name, 'ResourceNotFoundException')
  assert.equal(gone.message, 'Event bus orders does not exist.')
  await events.send(new sdk.DeleteEventBusCommand({ Name: 'orders' }))
})

test('buses are refused as on AWS', async () => {
  await events.send(new sdk.CreateEventBusCommand({ Name: 'twice' }))
  const cases: readonly (readonly [sdk.CreateEventBusCommandInput, string, string])[] = [
    [{ Name: 'twice' }, 'ResourceAlreadyExistsException', 'Event bus twice already exists.'],
    [{ Name: 'default' }, 'ResourceAlreadyExistsException', 'Event bus default already exists.'],
    [{ Name: 'a/b' }, 'ValidationException', "Event bus name must not contain '/'."],
    [
      { Name: 'a', EventSourceName: 'aws.partner/x/y' },
      'ValidationException',
      'Event bus name must match event source name.',
    ],
    [
      { Name: 'a', DeadLetterConfig: { Arn: 'arn:aws:sns:us-east-1:111122223333:t' } },
      'ValidationException',
      'sns is not supported as a dead letter resource.',
    ],
  ]
  for (const [input, name, message] of cases) {
    const refused = await refusal(events.send(new sdk.CreateEventBusCommand(input)))
    assert.deepEqual(refused, { name, message })
  }
})

test('listings come in pages, and nobody makes up a token', async () => {
  for (const number of [1, 2, 3, 4]) {
    await events.send(new sdk.CreateEventBusCommand({ Name: `page-${number}` }))
  }
  const first = await events.send(new sdk.ListEventBusesCommand({ NamePrefix: 'page-', Limit: 3 }))
  assert.equal(first.EventBuses?.length, 3)
  const second = await events.send(
    new sdk.ListEventBusesCommand({ NamePrefix: 'page-', Limit: 3, NextToken: first.NextToken }),
  )
  assert.deepEqual(
    second.EventBuses?.map(({ Name }) => Name),
    ['page-4'],
  )
  assert.equal(second.NextToken, undefined)
  const { name } = await refusal(
    events.send(new sdk.ListEventBusesCommand({ NextToken: 'made up' })),
  )
  assert.equal(name, 'ValidationException')
})

test('permissions are statements of the resource policy', async () => {
  const Name = 'shared'
  await events.send(new sdk.CreateEventBusCommand({ Name }))
  const put = (input: sdk.PutPermissionCommandInput) =>
    events.send(new sdk.PutPermissionCommand({ EventBusName: Name, ...input }))
  await put({ Action: 'events:PutEvents', Principal: '444455556666', StatementId: 'one' })
  await put({
    Action: 'events:PutEvents',
    Principal: '*',
    StatementId: 'org',
    Condition: { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1234567890' },
  })
  const { Policy = '' } = await events.send(new sdk.DescribeEventBusCommand({ Name }))
  assert.deepEqual(JSON.parse(Policy), {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'one',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::444455556666:root' },
        Action: 'events:PutEvents',
        Resource: busArn(Name),
      },
      {
        Sid: 'org',
        Effect: 'Allow',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: busArn(Name),
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } },
      },
    ],
  })
  const remove = (input: sdk.RemovePermissionCommandInput) =>
    events.send(new sdk.RemovePermissionCommand({ EventBusName: Name, ...input }))
  const { message } = await refusal(remove({ StatementId: 'nobody' }))
  assert.equal(message, 'Statement with the provided id does not exist.')
  await remove({ StatementId: 'one' })
  await remove({ RemoveAllPermissions: true })
  const bus = await events.send(new sdk.DescribeEventBusCommand({ Name }))
  assert.equal(bus.Policy, undefined)
  const missing = await refusal(
    put({
      EventBusName: 'nowhere',
      Action: 'events:PutEvents',
      Principal: '*',
      StatementId: 'x',
    }),
  )
  assert.equal(missing.message, 'Event bus nowhere does not exist.')
  const unreadable = await refusal(put({ Policy: '{' }))
  assert.equal(unreadable.name, 'ValidationException')
  const long = await refusal(put({ Policy: ' '.repeat(10_241) }))
  assert.equal(long.name, 'PolicyLengthExceededException')
})

test('buses and rules have tags', async () => {
  await events.send(
    new sdk.CreateEventBusCommand({ Name: 'tagged', Tags: [{ Key: 'a', Value: '1' }] }),
  )
  const { RuleArn } = await events.send(
    new sdk.PutRuleCommand({
      Name: 'tagged',
      EventBusName: 'tagged',
      EventPattern: '{"source":["x"]}',
      Tags: [{ Key: 'a', Value: '1' }],
    }),
  )
  for (const ResourceARN of [busArn('tagged'), RuleArn]) {
    await events.send(new sdk.TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }))
    await events.send(new sdk.UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }))
    const { Tags } = await events.send(new sdk.ListTagsForResourceCommand({ ResourceARN }))
    assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }])
  }
  const missing = await refusal(
    events.send(
      new sdk.ListTagsForResourceCommand({
        ResourceARN: `arn:aws:events:us-east-1:${bartizan.accountId}:rule/none`,
      }),
    ),
  )
  assert.equal(missing.message, 'Rule none does not exist on EventBus default.')
})
