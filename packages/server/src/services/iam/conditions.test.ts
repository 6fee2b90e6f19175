import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan
const denied = { name: 'AccessDenied' }

/** A user that may do what one statement allows. */
async function delegate(UserName: string, statement: object): Promise<IAMClient> {
  await iam.send(new CreateUserCommand({ UserName }))
  const Statement = [{ Effect: 'Allow', Resource: '*', ...statement }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const accessKeyId = AccessKey?.AccessKeyId ?? ''
  const secretAccessKey = AccessKey?.SecretAccessKey ?? ''
  return bartizan.client(IAMClient, { credentials: { accessKeyId, secretAccessKey } })
}

test('iam:PolicyARN limits which policies may be attached', async () => {
  const allowed = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  const own = await delegate('attacher', {
    Action: 'iam:AttachUserPolicy',
    Condition: { ArnEquals: { 'iam:PolicyARN': allowed } },
  })
  const attach = (PolicyArn: string) =>
    own.send(new AttachUserPolicyCommand({ UserName: 'attacher', PolicyArn }))
  await attach(allowed)
  await assert.rejects(attach('arn:aws:iam::aws:policy/AdministratorAccess'), denied)
})

test('iam:PermissionsBoundary makes a boundary a must', async () => {
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/PowerUserAccess'
  const own = await delegate('bounder', {
    Action: 'iam:CreateUser',
    Condition: { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } },
  })
  await own.send(new CreateUserCommand({ UserName: 'in-bounds', PermissionsBoundary }))
  await assert.rejects(own.send(new CreateUserCommand({ UserName: 'unbounded' })), denied)
})

test('aws:RequestTag and aws:TagKeys see the tags that a request brings', async () => {
  const own = await delegate('tagger', {
    Action: ['iam:CreateUser', 'iam:TagUser'],
    Condition: {
      StringEquals: { 'aws:RequestTag/Team': 'red' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] },
    },
  })
  const create = (UserName: string, ...Tags: { Key: string; Value: string }[]) =>
    own.send(new CreateUserCommand({ UserName, Tags }))
  const red = { Key: 'Team', Value: 'red' }
  await create('red', red)
  await assert.rejects(create('blue', { Key: 'Team', Value: 'blue' }), denied)
  await assert.rejects(create('more', red, { Key: 'More', Value: '1' }), denied)
  await assert.rejects(create('none'), denied)
  const blue = [{ Key: 'Team', Value: 'blue' }]
  await assert.rejects(own.send(new TagUserCommand({ UserName: 'red', Tags: blue })), denied)
})

test('aws:ResourceTag sees the tags of what a call works on', async () => {
  const own = await delegate('cleaner', {
    Action: 'iam:DeleteUser',
    Condition: { StringEquals: { 'iam:ResourceTag/Temporary': 'yes' } },
  })
  const Tags = [{ Key: 'Temporary', Value: 'yes' }]
  await iam.send(new CreateUserCommand({ UserName: 'temporary', Tags }))
  await iam.send(new CreateUserCommand({ UserName: 'lasting' }))
  await own.send(new DeleteUserCommand({ UserName: 'temporary' }))
  await assert.rejects(own.send(new DeleteUserCommand({ UserName: 'lasting' })), denied)
})

test('iam:AWSServiceName limits whose service-linked role may be made', async () => {
  const own = await delegate('linker', {
    Action: 'iam:CreateServiceLinkedRole',
    Condition: { StringEquals: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } },
  })
  const make = (AWSServiceName: string) =>
    own.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }))
  await make('ecs.amazonaws.com')
  await assert.rejects(make('rds.amazonaws.com'), denied)
})

test('a path in a policy’s Resource counts, and ${aws:username} is the caller', async () => {
  const own = await delegate('self', {
    Action: 'iam:GetUser',
    Resource: [
      `arn:aws:iam::${accountId}:user/\${aws:username}`,
      `arn:aws:iam::${accountId}:user/open/*`,
    ],
  })
  await iam.send(new CreateUserCommand({ UserName: 'visible', Path: '/open/' }))
  await iam.send(new CreateUserCommand({ UserName: 'hidden', Path: '/closed/' }))
  await own.send(new GetUserCommand({}))
  await own.send(new GetUserCommand({ UserName: 'visible' }))
  await assert.rejects(own.send(new GetUserCommand({ UserName: 'hidden' })), denied)
  await assert.rejects(own.send(new GetUserCommand({ UserName: 'nobody' })), denied)
})

test('another account’s entities are out of reach', async () => {
  const other = await bartizan.createAccount()
  const theirs = bartizan.client(IAMClient, { credentials: other.credentials })
  await assert.rejects(theirs.send(new GetUserCommand({ UserName: 'self' })), {
    name: 'NoSuchEntityException',
  })
})
