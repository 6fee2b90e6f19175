import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import { startTestServer } from '@bartizan/testkit'
import { refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const account = bartizan.accountId
const EventPattern = '{"source":["my.app"]}'
const queue = (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`
const roleArn = `arn:aws:iam::${account}:role/any`

const put = (Name: string, input: Partial<sdk.PutRuleCommandInput> = {}) =>
  events.send(new sdk.PutRuleCommand({ Name, EventPattern, ...input }))

test('a rule is made, described, listed, disabled, enabled and deleted', async () => {
  await events.send(new sdk.CreateEventBusCommand({ Name: 'bus' }))
  for (const EventBusName of ['default', 'bus']) {
    const { RuleArn } = await put('one', { EventBusName, Description: 'd' })
    const path = EventBusName === 'default' ? 'rule/one' : 'rule/bus/one'
    assert.equal(RuleArn, `arn:aws:events:us-east-1:${account}:${path}`)
    const at = { Name: 'one', EventBusName }
    const { $metadata: _, ...rule } = await events.send(new sdk.DescribeRuleCommand(at))
    const shown = {
      Name: 'one',
      Arn: RuleArn,
      EventPattern,
      State: 'ENABLED',
      Description: 'd',
      EventBusName,
    }
    assert.deepEqual(rule, { ...shown, CreatedBy: account })
    const { Rules } = await events.send(
      new sdk.ListRulesCommand({ NamePrefix: 'on', EventBusName }),
    )
    assert.deepEqual(Rules, [shown])
    await events.send(new sdk.DisableRuleCommand(at))
    const off = await events.send(new sdk.DescribeRuleCommand(at))
    assert.equal(off.State, 'DISABLED')
    await events.send(new sdk.EnableRuleCommand(at))
    await put('one', { EventBusName })
    const again = await events.send(new sdk.DescribeRuleCommand(at))
    assert.equal(again.Description, undefined)
    await events.send(new sdk.DeleteRuleCommand(at))
    const gone = await refusal(events.send(new sdk.DescribeRuleCommand(at)))
    assert.deepEqual(gone, {
      name: 'ResourceNotFoundException',
      message: `Rule one does not exist on EventBus ${EventBusName}.`,
    })
    await events.send(new sdk.DeleteRuleCommand(at))
  }
})

test('rules are refused in the words of AWS', async () => {
  const cases: readonly (readonly [Partial<sdk.PutRuleCommandInput>, string, string])[] = [
    [
      { EventPattern: undefined },
      'ValidationException',
      'Parameter(s) EventPattern or ScheduleExpression must be specified.',
    ],
    [
      { ScheduleExpression: 'rate(1 minutes)' },
      'ValidationException',
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      { ScheduleExpression: 'rate(1 minute)', EventBusName: 'bus' },
      'ValidationException',
      'ScheduleExpression is supported only on the default event bus.',
    ],
    [
      { EventPattern: '{"source":"x"}' },
      'InvalidEventPatternException',
      'Event pattern is not valid. Reason: "source" must be an object or an array\n at [Source: (String)"{"source":"x"}"; line: 1, column: 12]',
    ],
    [
      { EventPattern: JSON.stringify({ source: ['x'.repeat(2040)] }) },
      'ValidationException',
      'Parameter EventPattern for rule bad exceeds limit of 2048.',
    ],
    [{ EventBusName: 'nowhere' }, 'ResourceNotFoundException', 'Event bus nowhere does not exist.'],
  ]
  for (const [input, name, message] of cases) {
    assert.deepEqual(await refusal(put('bad', input)), { name, message })
  }
})

test('targets are put, replaced, listed, found and removed', async () => {
  await put('aimed')
  const at = { Rule: 'aimed' }
  const Targets: sdk.Target[] = [
    { Id: 'a', Arn: queue('q'), InputPath: '$.detail' },
    {
      Id: 'b',
      Arn: `arn:aws:lambda:us-east-1:${account}:function:f`,
      InputTransformer: { InputPathsMap: { x: '$.id' }, InputTemplate: '"<x>"' },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: queue('dead') },
    },
    {
      Id: 'c',
      Arn: `arn:aws:ecs:us-east-1:${account}:cluster/c`,
      RoleArn: roleArn,
      EcsParameters: { TaskDefinitionArn: `arn:aws:ecs:us-east-1:${account}:task-definition/t:1` },
    },
  ]
  const answer = await events.send(new sdk.PutTargetsCommand({ ...at, Targets }))
  assert.equal(answer.FailedEntryCount, 0)
  assert.deepEqual(answer.FailedEntries, [])
  const listed = await events.send(new sdk.ListTargetsByRuleCommand(at))
  assert.deepEqual(listed.Targets, Targets)
  const found = await events.send(new sdk.ListRuleNamesByTargetCommand({ TargetArn: queue('q') }))
  assert.deepEqual(found.RuleNames, ['aimed'])
  const held = await refusal(events.send(new sdk.DeleteRuleCommand({ Name: 'aimed' })))
  assert.deepEqual(held, {
    name: 'ValidationException',
    message: "Rule can't be deleted since it has targets.",
  })
  await put('aimed', { Description: 'updated' })
  const kept = await events.send(new sdk.ListTargetsByRuleCommand(at))
  assert.equal(kept.Targets?.length, 3)
  const removed = await events.send(new sdk.RemoveTargetsCommand({ ...at, Ids: ['a', 'z'] }))
  assert.equal(removed.FailedEntryCount, 1)
  assert.equal(removed.FailedEntries?.[0]?.TargetId, 'z')
  const none = await events.send(new sdk.ListRuleNamesByTargetCommand({ TargetArn: queue('q') }))
  assert.deepEqual(none.RuleNames, [])
})

test('targets are refused in the words of AWS', async () => {
  await put('strict')
  const busTarget = `arn:aws:events:us-east-1:${account}:event-bus/other`
  const transformed = (InputTemplate: string) => ({ InputTransformer: { InputTemplate } })
  const cases: readonly (readonly [Partial<sdk.Target>, string])[] = [
    [
      { InputPath: '$.a', Input: '{}' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target t.',
    ],
    [{ Input: 'bare' }, 'JSON syntax error in input for target t.'],
    [{ InputPath: 'detail' }, 'InputPath for target t is invalid.'],
    [transformed('"<x>"'), 'InputTemplate for target t contains invalid placeholder x.'],
    [
      transformed('[<aws.events.event.json>]'),
      'InputTemplate for target t contains placeholder aws.events.event.json valid only for JSON template.',
    ],
    [
      { Arn: 'nonsense' },
      'Parameter nonsense is not valid. Reason: Provided Arn is not in correct format.',
    ],
    [{ Arn: queue('q.fifo') }, 'Parameter(s) SqsParameters must be specified for target: t.'],
    [{ Arn: busTarget }, `RoleArn is required for target ${busTarget}.`],
    [
      { KinesisParameters: { PartitionKeyPath: '$.id' } },
      'Parameter(s) KinesisParameters not supported for target: t.',
    ],
    [
      { DeadLetterConfig: { Arn: queue('q.fifo') } },
      'SQS FIFO is not supported by Dead Letter Queues.',
    ],
  ]
  for (const [input, message] of cases) {
    const Targets = [{ Id: 't', Arn: queue('q'), ...input }]
    const refused = await refusal(
      events.send(new sdk.PutTargetsCommand({ Rule: 'strict', Targets })),
    )
    assert.deepEqual(refused, { name: 'ValidationException', message })
  }
  const same = await refusal(
    events.send(
      new sdk.PutTargetsCommand({
        Rule: 'strict',
        Targets: [
          { Id: 't', Arn: queue('q') },
          { Id: 't', Arn: queue('r') },
        ],
      }),
    ),
  )
  assert.equal(
    same.message,
    "Parameter targets is not valid. Reason: More than one target with Id 't' is provided.",
  )
})

test('a rule has five targets at most, and a bus three hundred rules', async () => {
  await put('full')
  const targets = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Id: `t${index}`, Arn: queue(`q${index}`) }))
  const over = await refusal(
    events.send(new sdk.PutTargetsCommand({ Rule: 'full', Targets: targets(6) })),
  )
  assert.deepEqual(over, {
    name: 'LimitExceededException',
    message: 'The requested resource exceeds the maximum number allowed.',
  })
  await events.send(new sdk.PutTargetsCommand({ Rule: 'full', Targets: targets(5) }))
  await events.send(new sdk.CreateEventBusCommand({ Name: 'crowded' }))
  for (let number = 0; number < 300; number++) {
    await put(`r${number}`, { EventBusName: 'crowded' })
  }
  const { name } = await refusal(put('one-more', { EventBusName: 'crowded' }))
  assert.equal(name, 'LimitExceededException')
  await put('r1', { EventBusName: 'crowded', Description: 'known ones can be changed' })
  const first = await events.send(new sdk.ListRulesCommand({ EventBusName: 'crowded' }))
  assert.equal(first.Rules?.length, 100)
  assert.ok(first.NextToken)
  const held = await refusal(events.send(new sdk.DeleteEventBusCommand({ Name: 'crowded' })))
  assert.equal(held.name, 'ValidationException')
})

test('TestEventPattern says whether an event matches', async () => {
  const event = { id: '1', account, source: 'a', time: 'now', region: 'r', 'detail-type': 'd' }
  const matches = async (pattern: object, Event = JSON.stringify(event)) => {
    const EventPattern = JSON.stringify(pattern)
    const { Result } = await events.send(new sdk.TestEventPatternCommand({ EventPattern, Event }))
    return Result
  }
  assert.equal(await matches({ source: ['a'] }), true)
  assert.equal(await matches({ source: ['b'] }), false)
  for (const bad of ['text', '[]', '{"id":"1"}', '"a"']) {
    const refused = await refusal(matches({ source: ['a'] }, bad))
    assert.deepEqual(refused, {
      name: 'ValidationException',
      message: 'Parameter Event is not valid.',
    })
  }
})

test('entries are refused one by one, and a request that is too big as a whole', async () => {
  const good = { Source: 's', DetailType: 't', Detail: '{}' }
  const { Entries, FailedEntryCount } = await events.send(
    new sdk.PutEventsCommand({
      Entries: [
        good,
        { ...good, Source: undefined },
        { ...good, DetailType: '' },
        { ...good, Detail: undefined },
        { ...good, Detail: '[1]' },
        { ...good, Detail: '{' },
        { ...good, Source: 'aws.ec2' },
        { ...good, EventBusName: 'nowhere' },
      ],
    }),
  )
  assert.equal(FailedEntryCount, 6)
  const [first, source, type, detail, list, broken, reserved, nowhere] = Entries ?? []
  assert.match(first?.EventId ?? '', /^[0-9a-f-]{36}$/)
  const missing = (name: string) => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  })
  assert.deepEqual(source, missing('Source'))
  assert.deepEqual(type, missing('DetailType'))
  assert.deepEqual(detail, missing('Detail'))
  const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
  assert.deepEqual([list, broken], [malformed, malformed])
  assert.equal(reserved?.ErrorCode, 'NotAuthorizedForSourceException')
  assert.ok(nowhere?.EventId)
  const big = await refusal(
    events.send(
      new sdk.PutEventsCommand({
        Entries: [{ ...good, Detail: JSON.stringify({ a: 'x'.repeat(262_144) }) }],
      }),
    ),
  )
  assert.deepEqual(big, {
    name: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  })
  const many = await refusal(
    events.send(new sdk.PutEventsCommand({ Entries: Array.from({ length: 11 }, () => good) })),
  )
  assert.match(many.message, /at 'entries' failed to satisfy constraint: Member must have length/)
})
