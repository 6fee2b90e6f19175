import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const logs = bartizan.client(sdk.CloudWatchLogsClient)
const { accountId } = bartizan
const group = { logGroupName: '/aws/events/all' }

const policyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: `arn:aws:logs:us-east-1:${accountId}:log-group:/aws/events/*:*`,
      Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
    },
  ],
})

const asEvents = (operation: string, input: object) =>
  bartizan.server.kernel.callAs(
    { account: accountId, region: 'us-east-1' },
    { service: 'events.amazonaws.com', sourceArn: `arn:aws:events:us-east-1:${accountId}:rule/r` },
    { service: 'logs', operation, input: { ...group, ...input } },
  )

test('a service writes only where a resource policy lets it', async () => {
  await logs.send(new sdk.CreateLogGroupCommand(group))
  const create = () => asEvents('CreateLogStream', { logStreamName: 's' })
  await assert.rejects(create(), { name: 'AccessDeniedException' })
  const put = await logs.send(
    new sdk.PutResourcePolicyCommand({ policyName: 'events', policyDocument }),
  )
  assert.equal(put.resourcePolicy?.policyName, 'events')
  await create()
  await asEvents('PutLogEvents', {
    logStreamName: 's',
    logEvents: [{ timestamp: bartizan.now().getTime(), message: 'from a rule' }],
  })
  const { events } = await logs.send(new sdk.FilterLogEventsCommand(group))
  assert.equal(events?.[0]?.message, 'from a rule')
  await assert.rejects(asEvents('DeleteLogStream', { logStreamName: 's' }), {
    name: 'AccessDeniedException',
  })
  await logs.send(new sdk.DeleteResourcePolicyCommand({ policyName: 'events' }))
  await assert.rejects(asEvents('CreateLogStream', { logStreamName: 't' }), {
    name: 'AccessDeniedException',
  })
})

test('an account has at most ten policies, each well formed', async () => {
  for (let index = 0; index < 10; index++) {
    await logs.send(new sdk.PutResourcePolicyCommand({ policyName: `p${index}`, policyDocument }))
  }
  await assert.rejects(
    logs.send(new sdk.PutResourcePolicyCommand({ policyName: 'p10', policyDocument })),
    { name: 'LimitExceededException' },
  )
  const { resourcePolicies } = await logs.send(new sdk.DescribeResourcePoliciesCommand({}))
  assert.equal(resourcePolicies?.length, 10)
  await assert.rejects(
    logs.send(new sdk.PutResourcePolicyCommand({ policyName: 'p0', policyDocument: '{' })),
    { name: 'InvalidParameterException' },
  )
})
