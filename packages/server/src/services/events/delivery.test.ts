import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as sdk from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import * as sqs from '@aws-sdk/client-sqs'
import { startTestServer } from '@bartizan/testkit'
import { putEvent, refusal, roleFor } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const iam = bartizan.client(IAMClient)
const queues = bartizan.client(sqs.SQSClient)
const account = bartizan.accountId
const ruleArn = (name: string) => `arn:aws:events:us-east-1:${account}:rule/${name}`

/** A queue that lets EventBridge send to it for one rule, or for nobody. */
async function queueFor(
  rule: string | undefined,
  name: string,
  Attributes: Record<string, string> = {},
) {
  const Arn = `arn:aws:sqs:us-east-1:${account}:${name}`
  const Policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Arn,
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn(rule ?? 'nobody') } },
    },
  }
  const { QueueUrl = '' } = await queues.send(
    new sqs.CreateQueueCommand({
      QueueName: name,
      Attributes: { ...Attributes, Policy: JSON.stringify(Policy) },
    }),
  )
  return { QueueUrl, Arn }
}

/** What has arrived in a queue once all deliveries are done. */
async function messagesIn(QueueUrl: string): Promise<sqs.Message[]> {
  await bartizan.server.settled()
  const { Messages = [] } = await queues.send(
    new sqs.ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  )
  return Messages
}

async function ruleTo(
  Name: string,
  targets: readonly Partial<sdk.Target>[],
  rule: Partial<sdk.PutRuleCommandInput> = {},
): Promise<void> {
  const EventPattern = JSON.stringify({ detail: { rule: [Name] } })
  await events.send(new sdk.PutRuleCommand({ Name, EventPattern, ...rule }))
  const Targets = targets.map((target, index) => ({ Id: `t${index}`, Arn: '', ...target }))
  const { EventBusName } = rule
  await events.send(new sdk.PutTargetsCommand({ Rule: Name, EventBusName, Targets }))
}

test('an event reaches a queue as it is, in part, and transformed', async () => {
  const { QueueUrl, Arn } = await queueFor('shapes', 'shapes')
  await ruleTo('shapes', [
    { Arn },
    { Arn, InputPath: '$.detail.n' },
    { Arn, Input: '{"constant": true}' },
    {
      Arn,
      InputTransformer: {
        InputPathsMap: { n: '$.detail.n' },
        InputTemplate: '"n is <n> in <aws.events.rule-name>"',
      },
    },
  ])
  const id = await putEvent(
    events,
    { rule: 'shapes', n: 7 },
    { Resources: ['r'], Time: new Date('2026-05-06T07:08:09.500Z') },
  )
  const bodies = (await messagesIn(QueueUrl)).map(({ Body = '' }) => Body)
  const event = {
    version: '0',
    id,
    'detail-type': 'order',
    source: 'my.app',
    account,
    time: '2026-05-06T07:08:09Z',
    region: 'us-east-1',
    resources: ['r'],
    detail: { rule: 'shapes', n: 7 },
  }
  assert.deepEqual(
    new Set(bodies),
    new Set([JSON.stringify(event), '7', '{"constant": true}', '"n is 7 in shapes"']),
  )
})

test('the events of one request reach a queue together, and those too big to go together one by one', async () => {
  const { QueueUrl, Arn } = await queueFor('together', 'together')
  await ruleTo('together', [{ Arn }])
  for (const size of [10, 25_000]) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      Source: 'my.app',
      DetailType: 'order',
      Detail: JSON.stringify({ rule: 'together', n, pad: 'x'.repeat(size) }),
    }))
    await events.send(new sdk.PutEventsCommand({ Entries }))
    const seen = new Set<number>()
    for (let looks = 0; seen.size < 10 && looks < 10; looks++) {
      for (const { Body = '' } of await messagesIn(QueueUrl)) {
        seen.add((JSON.parse(Body) as { detail: { n: number } }).detail.n)
      }
    }
    assert.equal(seen.size, 10)
    await queues.send(new sqs.PurgeQueueCommand({ QueueUrl }))
    await bartizan.advance('2m')
  }
  const closed = await queueFor(undefined, 'closed-together')
  const dead = await queueFor('together', 'dead-together')
  const DeadLetterConfig = { Arn: dead.Arn }
  await ruleTo('together', [{ Arn: closed.Arn, DeadLetterConfig }])
  const entry = { Source: 'my.app', DetailType: 'order', Detail: '{"rule":"together"}' }
  await events.send(new sdk.PutEventsCommand({ Entries: [entry, entry, entry] }))
  const letters = await messagesIn(dead.QueueUrl)
  assert.deepEqual(
    letters.map(({ MessageAttributes }) => MessageAttributes?.['ERROR_CODE']?.StringValue),
    ['NO_PERMISSIONS', 'NO_PERMISSIONS', 'NO_PERMISSIONS'],
  )
})

test('numbers reach a target as they were written', async () => {
  const { QueueUrl, Arn } = await queueFor('exact', 'exact')
  const InputTransformer = { InputPathsMap: { big: '$.detail.big' }, InputTemplate: '{"b":<big>}' }
  const pattern = {
    detail: { rule: ['exact'], one: [{ numeric: ['=', 1] }], big: [{ exists: true }] },
  }
  await ruleTo('exact', [{ Arn }, { Arn, InputTransformer }], {
    EventPattern: JSON.stringify(pattern),
  })
  const Detail = '{"rule":"exact","big":12345678901234567890,"one":1.0,"list":[1e3]}'
  await putEvent(events, {}, { Detail })
  const bodies = (await messagesIn(QueueUrl)).map(({ Body = '' }) => Body)
  assert.ok(bodies.some((body) => body.endsWith(`"detail":${Detail}}`)))
  assert.ok(bodies.includes('{"b":12345678901234567890}'))
})

test('a FIFO queue gets the message group of its target', async () => {
  const { QueueUrl, Arn } = await queueFor('grouped', 'grouped.fifo', {
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
  })
  await ruleTo('grouped', [{ Arn, SqsParameters: { MessageGroupId: 'group' } }])
  await putEvent(events, { rule: 'grouped' })
  const [message] = await messagesIn(QueueUrl)
  assert.equal(message?.Attributes?.['MessageGroupId'], 'group')
})

test('a disabled rule delivers nothing, and an enabled one again', async () => {
  const { QueueUrl, Arn } = await queueFor('switched', 'switched')
  await ruleTo('switched', [{ Arn }])
  await events.send(new sdk.DisableRuleCommand({ Name: 'switched' }))
  await putEvent(events, { rule: 'switched' })
  assert.equal((await messagesIn(QueueUrl)).length, 0)
  await events.send(new sdk.EnableRuleCommand({ Name: 'switched' }))
  await putEvent(events, { rule: 'switched' })
  assert.equal((await messagesIn(QueueUrl)).length, 1)
})

test('what a target does not permit goes to the dead-letter queue with its reason', async () => {
  const closed = await queueFor(undefined, 'closed')
  const dead = await queueFor('refused', 'dead')
  const gone = `arn:aws:sqs:us-east-1:${account}:gone`
  const DeadLetterConfig = { Arn: dead.Arn }
  await ruleTo('refused', [
    { Arn: closed.Arn, DeadLetterConfig },
    { Arn: gone, DeadLetterConfig },
    { Arn: `arn:aws:s3:::bucket`, DeadLetterConfig },
  ])
  const id = await putEvent(events, { rule: 'refused' })
  const messages = await messagesIn(dead.QueueUrl)
  assert.equal(messages.length, 3)
  assert.equal((await messagesIn(closed.QueueUrl)).length, 0)
  const codes: Record<string, string | undefined> = {}
  for (const { Body = '', MessageAttributes = {} } of messages) {
    assert.equal((JSON.parse(Body) as { id: string }).id, id)
    assert.equal(MessageAttributes['RULE_ARN']?.StringValue, ruleArn('refused'))
    assert.equal(MessageAttributes['RETRY_ATTEMPTS']?.StringValue, '0')
    assert.ok(MessageAttributes['ERROR_MESSAGE']?.StringValue)
    assert.equal(MessageAttributes['EXHAUSTED_RETRY_CONDITION'], undefined)
    codes[MessageAttributes['TARGET_ARN']?.StringValue ?? ''] =
      MessageAttributes['ERROR_CODE']?.StringValue
  }
  assert.deepEqual(codes, {
    [closed.Arn]: 'NO_PERMISSIONS',
    [gone]: 'NO_RESOURCE',
    'arn:aws:s3:::bucket': 'NO_RESOURCE',
  })
})

test('a log group gets events through the policy that permits it', async () => {
  const client = bartizan.client(logs.CloudWatchLogsClient)
  const logGroupName = '/aws/events/audit'
  await client.send(new logs.CreateLogGroupCommand({ logGroupName }))
  const policyDocument = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  }
  await client.send(
    new logs.PutResourcePolicyCommand({
      policyName: 'events',
      policyDocument: JSON.stringify(policyDocument),
    }),
  )
  const Arn = `arn:aws:logs:us-east-1:${account}:log-group:${logGroupName}`
  await ruleTo('logged', [{ Arn }])
  const id = await putEvent(events, { rule: 'logged' })
  await putEvent(events, { rule: 'logged' })
  await bartizan.server.settled()
  const found = await client.send(new logs.FilterLogEventsCommand({ logGroupName }))
  assert.equal(found.events?.length, 2)
  assert.ok(found.events?.some(({ message = '' }) => message.includes(id)))
})

test('reads are events only of rules that ask for all management events', async () => {
  const kms = bartizan.client(KMSClient)
  const usual = await queueFor('usual', 'usual')
  const all = await queueFor('all', 'all')
  const EventPattern = '{"source":["aws.kms"]}'
  await ruleTo('usual', [{ Arn: usual.Arn }], { EventPattern })
  await ruleTo('all', [{ Arn: all.Arn }], {
    EventPattern,
    State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
  })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }))
  const names = async (url: string) =>
    (await messagesIn(url))
      .map(
        ({ Body = '' }) => (JSON.parse(Body) as { detail: { eventName: string } }).detail.eventName,
      )
      .toSorted()
  assert.deepEqual(await names(usual.QueueUrl), ['CreateKey'])
  assert.deepEqual(await names(all.QueueUrl), ['CreateKey', 'DescribeKey'])
})

test('a bus forwards to another bus with a role, and that one forwards no further', async () => {
  const RoleArn = await roleFor(iam, 'forwarder', ['events:PutEvents'])
  const busArn = (name: string) => `arn:aws:events:us-east-1:${account}:event-bus/${name}`
  for (const Name of ['second', 'third']) {
    await events.send(new sdk.CreateEventBusCommand({ Name }))
  }
  const EventPattern = '{"detail":{"hop":[true]}}'
  const at = (EventBusName: string) => ({ EventBusName, EventPattern })
  const received = await queueFor('second/hop', 'received')
  const beyond = await queueFor('third/hop', 'beyond')
  const dead = await queueFor('second/hop', 'dead-hop')
  await ruleTo('hop', [{ Arn: busArn('second'), RoleArn }], at('default'))
  await ruleTo(
    'hop',
    [{ Arn: received.Arn }, { Arn: busArn('third'), RoleArn, DeadLetterConfig: { Arn: dead.Arn } }],
    at('second'),
  )
  await ruleTo('hop', [{ Arn: beyond.Arn }], at('third'))
  const id = await putEvent(events, { hop: true })
  const [message] = await messagesIn(received.QueueUrl)
  assert.equal((JSON.parse(message?.Body ?? '{}') as { id: string }).id, id)
  assert.equal((await messagesIn(beyond.QueueUrl)).length, 0)
  const [letter] = await messagesIn(dead.QueueUrl)
  assert.equal(letter?.MessageAttributes?.['ERROR_CODE']?.StringValue, 'THIRD_BUS_HOP_DETECTED')
  await putEvent(events, { hop: true }, { EventBusName: 'second' })
  assert.equal((await messagesIn(beyond.QueueUrl)).length, 1)
})

test('another account puts events on a bus, and is forwarded to, only where the bus permits it', async () => {
  const other = await bartizan.createAccount()
  const theirs = bartizan.client(sdk.EventBridgeClient, other)
  const theirBus = `arn:aws:events:us-east-1:${other.accountId}:event-bus/default`
  const denied = await refusal(
    events.send(
      new sdk.PutEventsCommand({
        Entries: [{ Source: 's', DetailType: 't', Detail: '{}', EventBusName: theirBus }],
      }),
    ),
  )
  assert.equal(denied.name, 'AccessDeniedException')
  const theirQueues = bartizan.client(sqs.SQSClient, other)
  const Arn = `arn:aws:sqs:us-east-1:${other.accountId}:inbox`
  const Policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Arn,
    },
  }
  const { QueueUrl } = await theirQueues.send(
    new sqs.CreateQueueCommand({
      QueueName: 'inbox',
      Attributes: { Policy: JSON.stringify(Policy) },
    }),
  )
  await theirs.send(
    new sdk.PutRuleCommand({ Name: 'inbox', EventPattern: '{"detail":{"rule":["abroad"]}}' }),
  )
  await theirs.send(new sdk.PutTargetsCommand({ Rule: 'inbox', Targets: [{ Id: 't', Arn }] }))
  const RoleArn = await roleFor(iam, 'exporter', ['events:PutEvents'])
  const dead = await queueFor('abroad', 'dead-abroad')
  await ruleTo('abroad', [{ Arn: theirBus, RoleArn, DeadLetterConfig: { Arn: dead.Arn } }])
  await putEvent(events, { rule: 'abroad' })
  const [letter] = await messagesIn(dead.QueueUrl)
  assert.equal(letter?.MessageAttributes?.['ERROR_CODE']?.StringValue, 'NO_PERMISSIONS')
  await theirs.send(
    new sdk.PutPermissionCommand({
      Action: 'events:PutEvents',
      Principal: account,
      StatementId: 'neighbour',
    }),
  )
  const id = await putEvent(events, { rule: 'abroad' })
  await bartizan.server.settled()
  const { Messages = [] } = await theirQueues.send(new sqs.ReceiveMessageCommand({ QueueUrl }))
  const event = JSON.parse(Messages[0]?.Body ?? '{}') as { id: string; account: string }
  assert.equal(event.id, id)
  assert.equal(event.account, account)
  const { Entries } = await events.send(
    new sdk.PutEventsCommand({
      Entries: [{ Source: 's', DetailType: 't', Detail: '{}', EventBusName: theirBus }],
    }),
  )
  assert.ok(Entries?.[0]?.EventId)
})

test('a rule forwards to a bus in another Region', async () => {
  const RoleArn = await roleFor(iam, 'traveller', ['events:PutEvents'])
  const away = { region: 'eu-west-1' }
  const there = bartizan.client(sdk.EventBridgeClient, away)
  const theirQueues = bartizan.client(sqs.SQSClient, away)
  const Arn = `arn:aws:sqs:eu-west-1:${account}:away`
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Arn,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { QueueUrl } = await theirQueues.send(
    new sqs.CreateQueueCommand({ QueueName: 'away', Attributes: { Policy } }),
  )
  await there.send(
    new sdk.PutRuleCommand({ Name: 'away', EventPattern: '{"detail":{"rule":["away"]}}' }),
  )
  await there.send(new sdk.PutTargetsCommand({ Rule: 'away', Targets: [{ Id: 't', Arn }] }))
  await ruleTo('away', [{ Arn: `arn:aws:events:eu-west-1:${account}:event-bus/default`, RoleArn }])
  const id = await putEvent(events, { rule: 'away' })
  await bartizan.server.settled()
  const { Messages = [] } = await theirQueues.send(new sqs.ReceiveMessageCommand({ QueueUrl }))
  const event = JSON.parse(Messages[0]?.Body ?? '{}') as { id: string; region: string }
  assert.deepEqual([event.id, event.region], [id, 'us-east-1'])
})

test('what happens to deliveries shows in metrics', async () => {
  const { QueueUrl, Arn } = await queueFor('counted', 'counted')
  const closed = await queueFor(undefined, 'closed-counted')
  await ruleTo('counted', [{ Arn }, { Arn: closed.Arn }])
  await putEvent(events, { rule: 'counted' })
  await putEvent(events, { rule: 'counted' })
  assert.equal((await messagesIn(QueueUrl)).length, 2)
  await bartizan.server.kernel.serviceMetrics.flush()
  await bartizan.server.settled()
  const metrics = bartizan.client(CloudWatchClient)
  const sumOf = async (MetricName: string) => {
    const now = bartizan.now().getTime()
    const { Datapoints = [] } = await metrics.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Events',
        MetricName,
        Dimensions: [{ Name: 'RuleName', Value: 'counted' }],
        StartTime: new Date(now - 600_000),
        EndTime: new Date(now + 600_000),
        Period: 3600,
        Statistics: ['Sum'],
      }),
    )
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)
  }
  assert.deepEqual(
    await Promise.all(
      ['MatchedEvents', 'TriggeredRules', 'Invocations', 'FailedInvocations'].map(sumOf),
    ),
    [2, 2, 4, 2],
  )
})
