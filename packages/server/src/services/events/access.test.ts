import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-eventbridge'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import { refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const account = bartizan.accountId
const arn = (resource: string) => `arn:aws:events:us-east-1:${account}:${resource}`

/** A user with one policy, as a client. */
async function user(name: string, statement: object): Promise<sdk.EventBridgeClient> {
  const iam = bartizan.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  const Statement = { Effect: 'Allow', Resource: '*', ...statement }
  await iam.send(
    new PutUserPolicyCommand({
      UserName: name,
      PolicyName: 'only',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  )
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  return bartizan.client(sdk.EventBridgeClient, { credentials })
}

async function denied(call: Promise<unknown>, action: string, resource: string): Promise<void> {
  const { name, message } = await refusal(call)
  assert.equal(name, 'AccessDeniedException', `${action}: ${message}`)
  assert.ok(message.includes(`${action} on resource: ${resource}`), message)
}

const put = (entry: Partial<sdk.PutEventsRequestEntry>) =>
  new sdk.PutEventsCommand({
    Entries: [{ Source: 'my.app', DetailType: 'order', Detail: '{}', ...entry }],
  })

test('a publisher may be kept to its bus, its source and its detail types', async () => {
  const publisher = await user('publisher', {
    Action: 'events:PutEvents',
    Resource: arn('event-bus/default'),
    Condition: { StringEquals: { 'events:source': 'my.app', 'events:detail-type': 'order' } },
  })
  await publisher.send(put({}))
  const bus = arn('event-bus/default')
  await denied(publisher.send(put({ Source: 'your.app' })), 'events:PutEvents', bus)
  await denied(publisher.send(put({ DetailType: 'other' })), 'events:PutEvents', bus)
  const other = arn('event-bus/other')
  await denied(publisher.send(put({ EventBusName: 'other' })), 'events:PutEvents', other)
})

test('a rule may be kept to sources, and a target to its ARN', async () => {
  const author = await user('author', {
    Action: ['events:PutRule', 'events:PutTargets'],
    Condition: {
      StringEqualsIfExists: { 'events:source': 'aws.kms' },
      ArnLikeIfExists: { 'events:TargetArn': `arn:aws:sqs:*:${account}:allowed` },
    },
  })
  const rule = (source: string, extra: Partial<sdk.PutRuleCommandInput> = {}) =>
    author.send(
      new sdk.PutRuleCommand({ Name: 'r', EventPattern: `{"source":["${source}"]}`, ...extra }),
    )
  await rule('aws.kms')
  await denied(rule('aws.iam'), 'events:PutRule', arn('rule/r'))
  const target = (name: string, extra: Partial<sdk.Target> = {}) =>
    author.send(
      new sdk.PutTargetsCommand({
        Rule: 'r',
        Targets: [{ Id: 't', Arn: `arn:aws:sqs:us-east-1:${account}:${name}`, ...extra }],
      }),
    )
  await target('allowed')
  await denied(target('other'), 'events:PutTargets', arn('rule/r'))
  const RoleArn = `arn:aws:iam::${account}:role/powerful`
  await denied(target('allowed', { RoleArn }), 'iam:PassRole', RoleArn)
  await denied(rule('aws.kms', { RoleArn }), 'iam:PassRole', RoleArn)
})

test('every operation asks for its own permission', async () => {
  const nobody = await user('nobody', { Action: 'events:TestEventPattern' })
  const name = { Name: 'x' }
  const bus = { Arn: arn('event-bus/default') }
  const connection = arn('connection/x/11111111-2222-3333-4444-555555555555')
  const dates = { EventStartTime: new Date(0), EventEndTime: new Date(1) }
  const tagged = { ResourceARN: bus.Arn }
  const auth = { ApiKeyAuthParameters: { ApiKeyName: 'k', ApiKeyValue: 'v' } }
  const calls: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['CreateEventBus', 'event-bus/x', () => nobody.send(new sdk.CreateEventBusCommand(name))],
    ['UpdateEventBus', 'event-bus/default', () => nobody.send(new sdk.UpdateEventBusCommand({}))],
    ['DeleteEventBus', 'event-bus/x', () => nobody.send(new sdk.DeleteEventBusCommand(name))],
    [
      'DescribeEventBus',
      'event-bus/default',
      () => nobody.send(new sdk.DescribeEventBusCommand({})),
    ],
    ['ListEventBuses', '*', () => nobody.send(new sdk.ListEventBusesCommand({}))],
    [
      'PutPermission',
      'event-bus/default',
      () => nobody.send(new sdk.PutPermissionCommand({ Policy: '{}' })),
    ],
    [
      'RemovePermission',
      'event-bus/default',
      () => nobody.send(new sdk.RemovePermissionCommand({})),
    ],
    ['DescribeRule', 'rule/x', () => nobody.send(new sdk.DescribeRuleCommand(name))],
    ['EnableRule', 'rule/x', () => nobody.send(new sdk.EnableRuleCommand(name))],
    ['DisableRule', 'rule/x', () => nobody.send(new sdk.DisableRuleCommand(name))],
    ['DeleteRule', 'rule/x', () => nobody.send(new sdk.DeleteRuleCommand(name))],
    ['ListRules', 'rule/*', () => nobody.send(new sdk.ListRulesCommand({}))],
    [
      'ListTargetsByRule',
      'rule/x',
      () => nobody.send(new sdk.ListTargetsByRuleCommand({ Rule: 'x' })),
    ],
    [
      'RemoveTargets',
      'rule/x',
      () => nobody.send(new sdk.RemoveTargetsCommand({ Rule: 'x', Ids: ['a'] })),
    ],
    [
      'ListRuleNamesByTarget',
      'rule/*',
      () => nobody.send(new sdk.ListRuleNamesByTargetCommand({ TargetArn: 'a' })),
    ],
    [
      'TagResource',
      'event-bus/default',
      () => nobody.send(new sdk.TagResourceCommand({ ...tagged, Tags: [] })),
    ],
    [
      'UntagResource',
      'event-bus/default',
      () => nobody.send(new sdk.UntagResourceCommand({ ...tagged, TagKeys: [] })),
    ],
    [
      'ListTagsForResource',
      'event-bus/default',
      () => nobody.send(new sdk.ListTagsForResourceCommand(tagged)),
    ],
    [
      'CreateArchive',
      'archive/x',
      () =>
        nobody.send(new sdk.CreateArchiveCommand({ ArchiveName: 'x', EventSourceArn: bus.Arn })),
    ],
    [
      'UpdateArchive',
      'archive/x',
      () => nobody.send(new sdk.UpdateArchiveCommand({ ArchiveName: 'x' })),
    ],
    [
      'DeleteArchive',
      'archive/x',
      () => nobody.send(new sdk.DeleteArchiveCommand({ ArchiveName: 'x' })),
    ],
    [
      'DescribeArchive',
      'archive/x',
      () => nobody.send(new sdk.DescribeArchiveCommand({ ArchiveName: 'x' })),
    ],
    ['ListArchives', 'archive/*', () => nobody.send(new sdk.ListArchivesCommand({}))],
    [
      'StartReplay',
      'replay/x',
      () =>
        nobody.send(
          new sdk.StartReplayCommand({
            ReplayName: 'x',
            EventSourceArn: arn('archive/a'),
            Destination: bus,
            ...dates,
          }),
        ),
    ],
    [
      'CancelReplay',
      'replay/x',
      () => nobody.send(new sdk.CancelReplayCommand({ ReplayName: 'x' })),
    ],
    [
      'DescribeReplay',
      'replay/x',
      () => nobody.send(new sdk.DescribeReplayCommand({ ReplayName: 'x' })),
    ],
    ['ListReplays', 'replay/*', () => nobody.send(new sdk.ListReplaysCommand({}))],
    [
      'CreateConnection',
      'connection/x',
      () =>
        nobody.send(
          new sdk.CreateConnectionCommand({
            ...name,
            AuthorizationType: 'API_KEY',
            AuthParameters: auth,
          }),
        ),
    ],
    ['UpdateConnection', 'connection/x', () => nobody.send(new sdk.UpdateConnectionCommand(name))],
    [
      'DeauthorizeConnection',
      'connection/x',
      () => nobody.send(new sdk.DeauthorizeConnectionCommand(name)),
    ],
    ['DeleteConnection', 'connection/x', () => nobody.send(new sdk.DeleteConnectionCommand(name))],
    [
      'DescribeConnection',
      'connection/x',
      () => nobody.send(new sdk.DescribeConnectionCommand(name)),
    ],
    ['ListConnections', 'connection/*', () => nobody.send(new sdk.ListConnectionsCommand({}))],
    [
      'CreateApiDestination',
      'api-destination/x',
      () =>
        nobody.send(
          new sdk.CreateApiDestinationCommand({
            ...name,
            ConnectionArn: connection,
            InvocationEndpoint: 'https://example.com',
            HttpMethod: 'POST',
          }),
        ),
    ],
    [
      'UpdateApiDestination',
      'api-destination/x',
      () => nobody.send(new sdk.UpdateApiDestinationCommand(name)),
    ],
    [
      'DeleteApiDestination',
      'api-destination/x',
      () => nobody.send(new sdk.DeleteApiDestinationCommand(name)),
    ],
    [
      'DescribeApiDestination',
      'api-destination/x',
      () => nobody.send(new sdk.DescribeApiDestinationCommand(name)),
    ],
    [
      'ListApiDestinations',
      'api-destination/*',
      () => nobody.send(new sdk.ListApiDestinationsCommand({})),
    ],
  ]
  for (const [action, resource, call] of calls) {
    await denied(call(), `events:${action}`, resource === '*' ? '*' : arn(resource))
  }
  assert.equal(calls.length, 38)
})

test('another account manages rules on a bus only where its policy permits it', async () => {
  const owner = bartizan.client(sdk.EventBridgeClient)
  const other = await bartizan.createAccount()
  const guest = bartizan.client(sdk.EventBridgeClient, other)
  const EventBusName = arn('event-bus/shared')
  await owner.send(new sdk.CreateEventBusCommand({ Name: 'shared' }))
  const rule = { Name: 'guest', EventBusName, EventPattern: '{"source":["my.app"]}' }
  await assert.rejects(guest.send(new sdk.PutRuleCommand(rule)), { name: 'AccessDeniedException' })
  const Policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${other.accountId}:root` },
      Action: ['events:PutRule', 'events:DescribeRule'],
      Resource: arn('rule/shared/*'),
      Condition: { StringEqualsIfExists: { 'events:creatorAccount': other.accountId } },
    },
  }
  await owner.send(
    new sdk.PutPermissionCommand({ EventBusName: 'shared', Policy: JSON.stringify(Policy) }),
  )
  const { RuleArn } = await guest.send(new sdk.PutRuleCommand(rule))
  assert.equal(RuleArn, arn('rule/shared/guest'))
  const shown = await owner.send(
    new sdk.DescribeRuleCommand({ Name: 'guest', EventBusName: 'shared' }),
  )
  assert.equal(shown.CreatedBy, other.accountId)
  await assert.rejects(guest.send(new sdk.DeleteRuleCommand({ Name: 'guest', EventBusName })), {
    name: 'AccessDeniedException',
  })
})
