import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { SSM } from '@aws-sdk/client-ssm'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let ssm: SSM

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
  for (const Name of ['/a/one', '/a/b/two', '/c/three']) {
    await ssm.putParameter({ Name, Value: `of ${Name}`, Type: 'String' })
  }
})
after(() => bartizan.close())

const arnOf = (path: string) => `arn:aws:ssm:us-east-1:${bartizan.accountId}:parameter${path}`
const denied = { name: 'AccessDeniedException' }
let users = 0

/** A client of a new user with these statements. */
async function caller(...statements: readonly object[]): Promise<SSM> {
  users += 1
  const { credentials } = await newUser(bartizan, `user-${users}`, statements)
  return bartizan.client(SSM, { credentials })
}

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})
const deny = (Action: string | string[], Resource: string, Condition?: object) => ({
  ...allow(Action, Resource, Condition),
  Effect: 'Deny',
})

test('a permission on a path is for what is below it, and each operation has its own', async () => {
  const client = await caller(allow('ssm:GetParameter', arnOf('/a/*')))
  assert.equal((await client.getParameter({ Name: '/a/b/two' })).Parameter?.Value, 'of /a/b/two')
  await assert.rejects(client.getParameter({ Name: '/c/three' }), {
    ...denied,
    message: new RegExp(
      `not authorized to perform: ssm:GetParameter on resource: ${arnOf('/c/three')}`,
    ),
  })
  await assert.rejects(client.getParameters({ Names: ['/a/one'] }), denied)
  await assert.rejects(client.getParameterHistory({ Name: '/a/one' }), denied)
  await assert.rejects(client.getParameter({ Name: '/c/nothing' }), denied)
  await assert.rejects(client.getParameter({ Name: '/a/nothing' }), { name: 'ParameterNotFound' })
})

test('one of several that is not allowed refuses them all', async () => {
  const client = await caller(allow(['ssm:GetParameters', 'ssm:DeleteParameters'], arnOf('/a/*')))
  assert.equal((await client.getParameters({ Names: ['/a/one'] })).Parameters?.length, 1)
  await assert.rejects(client.getParameters({ Names: ['/a/one', '/c/three'] }), denied)
  await assert.rejects(client.deleteParameters({ Names: ['/a/one', '/c/three'] }), denied)
  assert.ok((await ssm.getParameter({ Name: '/a/one' })).Parameter)
})

test('who may list a path sees below it what is denied by name: AWS’s documented trap', async () => {
  const client = await caller(
    allow('ssm:GetParametersByPath', arnOf('/a')),
    deny('ssm:*', arnOf('/a/b/*')),
  )
  const { Parameters } = await client.getParametersByPath({ Path: '/a', Recursive: true })
  assert.deepEqual(
    Parameters?.map(({ Name }) => Name),
    ['/a/b/two', '/a/one'],
  )
  await assert.rejects(client.getParametersByPath({ Path: '/a/b' }), denied)
  await assert.rejects(client.getParametersByPath({ Path: '/' }), {
    ...denied,
    message: new RegExp(`on resource: ${arnOf('/')} because`),
  })
  const below = await caller(allow('ssm:GetParametersByPath', arnOf('/a/*')))
  await assert.rejects(below.getParametersByPath({ Path: '/a' }), denied)
  assert.equal((await below.getParametersByPath({ Path: '/a/' })).Parameters?.length, 1)
})

test('ssm:Recursive tells whether all below a path is wanted', async () => {
  const recursive = { StringEquals: { 'ssm:Recursive': ['true'] } }
  const client = await caller(
    allow('ssm:*', arnOf('/*')),
    deny('ssm:GetParametersByPath', arnOf('/a*'), recursive),
  )
  assert.equal((await client.getParametersByPath({ Path: '/a' })).Parameters?.length, 1)
  await assert.rejects(client.getParametersByPath({ Path: '/a', Recursive: true }), denied)
})

test('ssm:Overwrite tells changes from creations', async () => {
  const overwrite = { StringEquals: { 'ssm:Overwrite': ['true'] } }
  const client = await caller(
    allow('ssm:PutParameter', arnOf('/*')),
    deny('ssm:PutParameter', arnOf('/*'), overwrite),
  )
  const parameter = { Name: '/overwrite/x', Value: 'v', Type: 'String' } as const
  await client.putParameter(parameter)
  await assert.rejects(client.putParameter({ ...parameter, Overwrite: true }), denied)
})

test('ssm:Policies tells of parameter policies, new and there already', async () => {
  const client = await caller(
    allow('ssm:PutParameter', arnOf('/*')),
    deny('ssm:PutParameter', arnOf('/*'), { StringEquals: { 'ssm:Policies': ['true'] } }),
  )
  const Policies = JSON.stringify([
    { Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '9', Unit: 'Days' } },
  ])
  const plain = { Name: '/policies/x', Value: 'v', Type: 'String', Tier: 'Advanced' } as const
  await assert.rejects(client.putParameter({ ...plain, Policies }), denied)
  await client.putParameter(plain)
  await ssm.putParameter({ ...plain, Policies, Overwrite: true })
  await assert.rejects(client.putParameter({ ...plain, Overwrite: true }), denied)
})

test('tags decide under both their names, and those of a request before it is done', async () => {
  const Tags = [{ Key: 'Team', Value: 'red' }]
  await ssm.putParameter({ Name: '/tags/red', Value: 'v', Type: 'String', Tags })
  for (const key of ['ssm:resourceTag/Team', 'aws:ResourceTag/Team']) {
    const condition = { StringEquals: { [key]: 'red' } }
    const client = await caller(allow('ssm:GetParameter', '*', condition))
    assert.ok((await client.getParameter({ Name: '/tags/red' })).Parameter)
    await assert.rejects(client.getParameter({ Name: '/a/one' }), denied)
  }
  const tagged = { StringEquals: { 'aws:RequestTag/Team': 'red' } }
  const client = await caller(
    allow('ssm:PutParameter', '*', tagged),
    allow('ssm:AddTagsToResource', '*', tagged),
  )
  const parameter = { Name: '/tags/new', Value: 'v', Type: 'String' } as const
  await assert.rejects(client.putParameter(parameter), denied)
  const blue = [{ Key: 'Team', Value: 'blue' }]
  await assert.rejects(client.putParameter({ ...parameter, Tags: blue }), denied)
  await client.putParameter({ ...parameter, Tags })
  const resource = { ResourceType: 'Parameter', ResourceId: '/tags/new' } as const
  await assert.rejects(client.addTagsToResource({ ...resource, Tags: blue }), denied)
  const putOnly = await caller(allow('ssm:PutParameter', '*'))
  await assert.rejects(putOnly.putParameter({ ...parameter, Name: '/tags/no', Tags }), {
    ...denied,
    message: /ssm:AddTagsToResource/,
  })
})

test('describing is for all parameters or none, and settings have ARNs', async () => {
  const some = await caller(allow('ssm:DescribeParameters', arnOf('/a/*')))
  await assert.rejects(some.describeParameters({}), denied)
  const all = await caller(allow('ssm:DescribeParameters', '*'))
  assert.ok((await all.describeParameters({})).Parameters?.length)
  const SettingId = '/ssm/parameter-store/high-throughput-enabled'
  const setting = arnOf('').replace('parameter', `servicesetting${SettingId}`)
  const operator = await caller(allow('ssm:UpdateServiceSetting', setting))
  await operator.updateServiceSetting({ SettingId, SettingValue: 'true' })
  await assert.rejects(operator.resetServiceSetting({ SettingId }), denied)
})

test('an aws:ec2:image parameter needs ec2:DescribeImages', async () => {
  const image = { Name: '/ami/x', Value: `ami-${'0'.repeat(17)}`, Type: 'String' } as const
  const client = await caller(allow('ssm:PutParameter', '*'))
  const put = client.putParameter({ ...image, DataType: 'aws:ec2:image' })
  await assert.rejects(put, { ...denied, message: /ec2:DescribeImages/ })
  const allowed = await caller(allow(['ssm:PutParameter', 'ec2:DescribeImages'], '*'))
  await allowed.putParameter({ ...image, DataType: 'aws:ec2:image' })
  assert.equal((await ssm.getParameter({ Name: '/ami/x' })).Parameter?.DataType, 'aws:ec2:image')
})

test('a parameter is shared with another account by its ARN, until it is not', async () => {
  const other = await bartizan.createAccount()
  const guest = bartizan.client(SSM, { credentials: other.credentials })
  const kms = bartizan.client(KMS)
  const principal = { AWS: `arn:aws:iam::${other.accountId}:root` }
  const root = { AWS: `arn:aws:iam::${bartizan.accountId}:root` }
  const keyPolicy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: principal, Action: 'kms:Decrypt', Resource: '*' },
    ],
  }
  const { KeyMetadata } = await kms.createKey({ Policy: JSON.stringify(keyPolicy) })
  const Name = '/shared/secret'
  const ARN = arnOf(Name)
  const secret = { Name, Value: 'shared', Type: 'SecureString', Tier: 'Advanced' } as const
  await ssm.putParameter({ ...secret, KeyId: KeyMetadata?.Arn })
  const readShared = () => guest.getParameter({ Name: ARN, WithDecryption: true })
  await assert.rejects(readShared(), denied)
  await assert.rejects(guest.getParameter({ Name: arnOf('/shared/nothing') }), denied)
  const Statement = {
    Effect: 'Allow',
    Principal: principal,
    Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParameterHistory'],
    Resource: ARN,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const put = await ssm.putResourcePolicy({ ResourceArn: ARN, Policy })
  const { Parameter } = await readShared()
  assert.deepEqual([Parameter?.Value, Parameter?.ARN, Parameter?.Name], ['shared', ARN, Name])
  const listed = await guest.getParameters({ Names: [`${ARN}:1`], WithDecryption: true })
  assert.equal(listed.Parameters?.[0]?.Value, 'shared')
  assert.equal((await guest.getParameterHistory({ Name: ARN })).Parameters?.length, 1)
  await assert.rejects(guest.getParameter({ Name }), { name: 'ParameterNotFound' })
  await assert.rejects(guest.putResourcePolicy({ ResourceArn: ARN, Policy }), denied)
  const { Policies } = await ssm.getResourcePolicies({ ResourceArn: ARN })
  assert.deepEqual(Policies, [{ PolicyId: put.PolicyId, PolicyHash: put.PolicyHash, Policy }])
  const PolicyId = put.PolicyId ?? ''
  const old = { ResourceArn: ARN, PolicyId, PolicyHash: 'old' }
  await assert.rejects(ssm.putResourcePolicy({ ...old, Policy }), {
    name: 'ResourcePolicyConflictException',
  })
  await assert.rejects(ssm.deleteResourcePolicy(old), { name: 'ResourcePolicyConflictException' })
  await ssm.deleteResourcePolicy({ ...old, PolicyHash: put.PolicyHash ?? '' })
  await assert.rejects(readShared(), denied)
})

test('what cannot be shared is refused', async () => {
  const sharing = (Name: string, more: object = {}) => {
    const Statement = {
      Effect: 'Allow',
      Principal: { AWS: '444455556666' },
      Action: 'ssm:GetParameter',
      Resource: arnOf(Name),
      ...more,
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    return ssm.putResourcePolicy({ ResourceArn: arnOf(Name), Policy })
  }
  const advanced = { Value: 'v', Tier: 'Advanced' } as const
  await ssm.putParameter({ Name: '/sharing/x', Type: 'String', ...advanced })
  await ssm.putParameter({ Name: '/sharing/managed', Type: 'SecureString', ...advanced })
  const malformed = { name: 'MalformedResourcePolicyDocumentException' }
  await assert.rejects(sharing('/a/one'), { message: /must be in the advanced parameter tier/ })
  await assert.rejects(sharing('/sharing/managed'), { message: /customer managed key/ })
  await assert.rejects(sharing('/sharing/nothing'), { name: 'ResourceNotFoundException' })
  await assert.rejects(sharing('/sharing/x', { Action: 'ssm:PutParameter' }), malformed)
  await assert.rejects(sharing('/sharing/x', { Resource: '*' }), malformed)
  await assert.rejects(sharing('/sharing/x', { Principal: '*' }), malformed)
  await assert.rejects(sharing('/sharing/x', { Effect: 'Deny' }), malformed)
  await assert.rejects(sharing('/sharing/x', { Sid: 'x'.repeat(1000) }), {
    name: 'ResourcePolicyLimitExceededException',
  })
  await sharing('/sharing/x')
  await assert.rejects(sharing('/sharing/x'), { name: 'ResourcePolicyLimitExceededException' })
})
