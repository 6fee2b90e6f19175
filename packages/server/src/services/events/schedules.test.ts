import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import { roleFor, webhookTarget } from './test-support.ts'
import { startReceiver } from './webhook-receiver.fixture.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const events = bartizan.client(sdk.EventBridgeClient)
const iam = bartizan.client(IAMClient)
const receiver = await startReceiver()
after(() => receiver.close())
const roleArn = await roleFor(iam, 'invoker', ['events:InvokeApiDestination'])
const target = await webhookTarget(events, {
  name: 'clock',
  url: receiver.url,
  roleArn,
  destination: { InvocationRateLimitPerSecond: 1000 },
})

/** The times of a rule's events since the last look. */
async function timesOf(rule: string): Promise<string[]> {
  await bartizan.server.settled()
  const found = receiver.received
    .splice(0)
    .map(({ body }) => JSON.parse(body) as { time: string; resources: string[] })
  return found
    .filter(({ resources }) => resources[0]?.endsWith(`rule/${rule}`))
    .map(({ time }) => time)
    .toSorted()
}

async function scheduled(Name: string, ScheduleExpression: string): Promise<void> {
  await events.send(new sdk.PutRuleCommand({ Name, ScheduleExpression }))
  await events.send(new sdk.PutTargetsCommand({ Rule: Name, Targets: [{ Id: 't', ...target }] }))
}

test('a rate fires once each time it is due, in order and on time', async () => {
  const start = bartizan.now().getTime()
  await scheduled('rate', 'rate(1 hour)')
  await bartizan.advance('3h')
  const times = await timesOf('rate')
  assert.equal(times.length, 3)
  for (const [index, time] of times.entries()) {
    const wanted = start + (index + 1) * 3_600_000
    assert.ok(Math.abs(Date.parse(time) - wanted) < 5_000, `${time} is hour ${index + 1}`)
  }
  await bartizan.advance('59m')
  assert.deepEqual(await timesOf('rate'), [])
  await events.send(new sdk.DisableRuleCommand({ Name: 'rate' }))
  await bartizan.advance('5h')
  assert.deepEqual(await timesOf('rate'), [])
  await events.send(new sdk.EnableRuleCommand({ Name: 'rate' }))
  await bartizan.advance('61m')
  assert.equal((await timesOf('rate')).length, 1)
  await events.send(new sdk.RemoveTargetsCommand({ Rule: 'rate', Ids: ['t'] }))
  await events.send(new sdk.DeleteRuleCommand({ Name: 'rate' }))
})

test('a cron fires at its times in UTC with the event that AWS sends', async () => {
  await scheduled('noon', 'cron(0 12 * * ? *)')
  await bartizan.advance('48h')
  await bartizan.server.settled()
  const [first] = receiver.received
  const event = JSON.parse(first?.body ?? '{}') as Record<string, unknown>
  assert.deepEqual(
    { ...event, id: '', time: '' },
    {
      version: '0',
      id: '',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: bartizan.accountId,
      time: '',
      region: 'us-east-1',
      resources: [`arn:aws:events:us-east-1:${bartizan.accountId}:rule/noon`],
      detail: {},
    },
  )
  const times = await timesOf('noon')
  assert.equal(times.length, 2)
  for (const time of times) assert.match(time, /T12:00:00Z$/)
})
