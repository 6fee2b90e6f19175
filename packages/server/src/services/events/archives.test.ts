import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import { putEvent, refusal, roleFor, webhookTarget } from './test-support.ts'
import { startReceiver } from './webhook-receiver.fixture.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const iam = bartizan.client(IAMClient)
const receiver = await startReceiver()
after(() => receiver.close())
const roleArn = await roleFor(iam, 'invoker', ['events:InvokeApiDestination'])
const target = await webhookTarget(events, { name: 'replayed', url: receiver.url, roleArn })

async function busWithRule(Name: string): Promise<{ busArn: string; ruleArn: string }> {
  const { EventBusArn = '' } = await events.send(new sdk.CreateEventBusCommand({ Name }))
  const rule = { Name: 'all', EventBusName: Name, EventPattern: '{"source":["my.app"]}' }
  const { RuleArn = '' } = await events.send(new sdk.PutRuleCommand(rule))
  await events.send(
    new sdk.PutTargetsCommand({
      Rule: 'all',
      EventBusName: Name,
      Targets: [{ Id: 't', ...target }],
    }),
  )
  return { busArn: EventBusArn, ruleArn: RuleArn }
}

/** The events that have arrived since the last look. */
async function arrived(): Promise<Record<string, unknown>[]> {
  await bartizan.server.settled()
  return receiver.received.splice(0).map(({ body }) => JSON.parse(body) as Record<string, unknown>)
}

test('an archive keeps what matches and replays it to the rules of its bus', async () => {
  const { busArn, ruleArn } = await busWithRule('kept')
  const archive = await events.send(
    new sdk.CreateArchiveCommand({
      ArchiveName: 'kept',
      EventSourceArn: busArn,
      EventPattern: '{"detail":{"keep":[true]}}',
      Description: 'of a test',
    }),
  )
  assert.equal(archive.State, 'ENABLED')
  const from = new Date(bartizan.now().getTime() - 60_000)
  const ids: string[] = []
  for (let number = 0; number < 120; number++) {
    ids.push(await putEvent(events, { keep: true, number }, { EventBusName: 'kept' }))
  }
  await putEvent(events, { keep: false }, { EventBusName: 'kept' })
  assert.equal((await arrived()).length, 121)
  const described = await events.send(new sdk.DescribeArchiveCommand({ ArchiveName: 'kept' }))
  assert.equal(described.EventCount, 120)
  assert.ok((described.SizeBytes ?? 0) > 0)
  assert.equal(described.Description, 'of a test')
  const replay = await events.send(
    new sdk.StartReplayCommand({
      ReplayName: 'again',
      EventSourceArn: archive.ArchiveArn,
      EventStartTime: from,
      EventEndTime: new Date(bartizan.now().getTime() + 60_000),
      Destination: { Arn: busArn, FilterArns: [ruleArn] },
    }),
  )
  assert.equal(replay.State, 'STARTING')
  const replayed = await arrived()
  assert.deepEqual(new Set(replayed.map(({ id }) => id)), new Set(ids))
  assert.ok(replayed.every((event) => event['replay-name'] === 'again'))
  const done = await events.send(new sdk.DescribeReplayCommand({ ReplayName: 'again' }))
  assert.equal(done.State, 'COMPLETED')
  assert.ok(done.ReplayEndTime && done.EventLastReplayedTime)
  assert.deepEqual(done.Destination, { Arn: busArn, FilterArns: [ruleArn] })
  const after = await events.send(new sdk.DescribeArchiveCommand({ ArchiveName: 'kept' }))
  assert.equal(after.EventCount, 120)
  const over = await refusal(events.send(new sdk.CancelReplayCommand({ ReplayName: 'again' })))
  assert.deepEqual(over, {
    name: 'IllegalStatusException',
    message: 'Replay again is not in a valid state for this operation.',
  })
})

test('an archive forgets what is older than its retention', async () => {
  const { busArn } = await busWithRule('brief')
  await events.send(
    new sdk.CreateArchiveCommand({
      ArchiveName: 'brief',
      EventSourceArn: busArn,
      RetentionDays: 2,
    }),
  )
  await putEvent(events, {}, { EventBusName: 'brief' })
  const count = async () => {
    const archive = await events.send(new sdk.DescribeArchiveCommand({ ArchiveName: 'brief' }))
    return archive.EventCount
  }
  await bartizan.advance('25h')
  assert.equal(await count(), 1)
  await bartizan.advance('49h')
  assert.equal(await count(), 0)
})

test('the rule of an archive is managed: shown, and not to be touched', async () => {
  const { busArn } = await busWithRule('managed')
  await events.send(
    new sdk.CreateArchiveCommand({ ArchiveName: 'managed', EventSourceArn: busArn }),
  )
  const at = { Name: 'Events-Archive-managed', EventBusName: 'managed' }
  const rule = await events.send(new sdk.DescribeRuleCommand(at))
  assert.equal(rule.ManagedBy, 'prod.vhs.events.aws.internal')
  const touches: readonly (() => Promise<unknown>)[] = [
    () => events.send(new sdk.DisableRuleCommand(at)),
    () => events.send(new sdk.DeleteRuleCommand(at)),
    () => events.send(new sdk.PutRuleCommand({ ...at, EventPattern: '{"source":["x"]}' })),
    () =>
      events.send(
        new sdk.PutTargetsCommand({
          Rule: at.Name,
          EventBusName: at.EventBusName,
          Targets: [{ Id: 't', ...target }],
        }),
      ),
  ]
  for (const touch of touches) {
    assert.equal((await refusal(touch())).name, 'ManagedRuleException')
  }
  await events.send(new sdk.DeleteArchiveCommand({ ArchiveName: 'managed' }))
  const gone = await refusal(events.send(new sdk.DescribeRuleCommand(at)))
  assert.equal(gone.name, 'ResourceNotFoundException')
})

test('archives and replays are refused in the words of AWS', async () => {
  const { busArn } = await busWithRule('strict')
  const { busArn: otherBus } = await busWithRule('other')
  const { ArchiveArn = '' } = await events.send(
    new sdk.CreateArchiveCommand({ ArchiveName: 'strict', EventSourceArn: busArn }),
  )
  const archive = (input: Partial<sdk.CreateArchiveCommandInput>) =>
    events.send(
      new sdk.CreateArchiveCommand({ ArchiveName: 'x', EventSourceArn: busArn, ...input }),
    )
  const replay = (input: Partial<sdk.StartReplayCommandInput>) =>
    events.send(
      new sdk.StartReplayCommand({
        ReplayName: 'r',
        EventSourceArn: ArchiveArn,
        EventStartTime: new Date(0),
        EventEndTime: new Date(1000),
        Destination: { Arn: busArn },
        ...input,
      }),
    )
  await replay({ ReplayName: 'once' })
  const nowhere = busArn.replace('strict', 'nowhere')
  const cases: readonly (readonly [() => Promise<unknown>, string, string])[] = [
    [
      () => archive({ ArchiveName: 'strict' }),
      'ResourceAlreadyExistsException',
      'Archive strict already exists.',
    ],
    [
      () => archive({ EventSourceArn: nowhere }),
      'ResourceNotFoundException',
      'Event bus nowhere does not exist.',
    ],
    [
      () => events.send(new sdk.DescribeArchiveCommand({ ArchiveName: 'none' })),
      'ResourceNotFoundException',
      'Archive none does not exist.',
    ],
    [
      () => events.send(new sdk.DeleteArchiveCommand({ ArchiveName: 'none' })),
      'ResourceNotFoundException',
      'Archive none does not exist.',
    ],
    [
      () => replay({ EventSourceArn: `${ArchiveArn}x` }),
      'ValidationException',
      'Parameter EventSourceArn is not valid. Reason: Archive strictx does not exist.',
    ],
    [
      () => replay({ Destination: { Arn: otherBus } }),
      'ValidationException',
      'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    ],
    [
      () => replay({ Destination: { Arn: nowhere } }),
      'ResourceNotFoundException',
      'Event bus nowhere does not exist.',
    ],
    [
      () => replay({ EventEndTime: new Date(0) }),
      'ValidationException',
      'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    ],
    [
      () => replay({ ReplayName: 'once' }),
      'ResourceAlreadyExistsException',
      'Replay once already exists.',
    ],
    [
      () => events.send(new sdk.DescribeReplayCommand({ ReplayName: 'none' })),
      'ResourceNotFoundException',
      'Replay none does not exist.',
    ],
    [
      () => events.send(new sdk.ListArchivesCommand({ NamePrefix: 'a', State: 'ENABLED' })),
      'ValidationException',
      'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
    ],
  ]
  for (const [call, name, message] of cases) {
    assert.deepEqual(await refusal(call()), { name, message })
  }
  const { Archives } = await events.send(new sdk.ListArchivesCommand({ EventSourceArn: busArn }))
  assert.deepEqual(
    Archives?.map(({ ArchiveName }) => ArchiveName),
    ['strict'],
  )
  const { Replays } = await events.send(new sdk.ListReplaysCommand({ NamePrefix: 'on' }))
  assert.equal(Replays?.[0]?.ReplayName, 'once')
})
