import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan

const allow = (Action: string | string[], Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })
const trustsEc2 = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
})

async function makePolicy(PolicyName: string, document = allow('s3:*')): Promise<string> {
  const input = { PolicyName, PolicyDocument: document }
  return (await iam.send(new CreatePolicyCommand(input))).Policy?.Arn ?? ''
}

test('a policy has five versions at most and its numbers are never used again', async () => {
  const PolicyArn = await makePolicy('versioned')
  const add = (SetAsDefault: boolean) =>
    iam.send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('s3:Get*'), SetAsDefault }),
    )
  for (const isDefault of [false, false, false, true]) await add(isDefault)
  await assert.rejects(add(false), {
    name: 'LimitExceededException',
    message:
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  })
  const remove = (VersionId: string) =>
    iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }))
  await assert.rejects(remove('v5'), { name: 'DeleteConflictException' })
  await remove('v4')
  await add(false)
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v6', false],
      ['v5', true],
      ['v3', false],
      ['v2', false],
      ['v1', false],
    ],
  )
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }))
  assert.equal(Policy?.DefaultVersionId, 'v1')
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), {
    name: 'DeleteConflictException',
    message: /more than one version/,
  })
})

test('of policies made at once with one name under many paths there is one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-policies-'))
  const durable = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  try {
    const there = durable.client(IAMClient)
    const made = await Promise.allSettled(
      Array.from({ length: 12 }, (_, path) =>
        there.send(
          new CreatePolicyCommand({
            PolicyName: path % 2 ? 'Contested' : 'contested',
            Path: `/${path}/`,
            PolicyDocument: allow('s3:*'),
          }),
        ),
      ),
    )
    const refused = made.flatMap((each) => (each.status === 'rejected' ? [each.reason.name] : []))
    assert.deepEqual(refused, Array.from({ length: 11 }).fill('EntityAlreadyExistsException'))
  } finally {
    await durable.close()
    rmSync(folder, { recursive: true })
  }
})

test('documents are returned URL-encoded as RFC 3986 has it, exactly as they were given', async () => {
  const document = `{ "Version": "2012-10-17",\n "Statement": [{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/(a'b)!*"}] }`
  const PolicyArn = await makePolicy('odd', document)
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }),
  )
  assert.doesNotMatch(PolicyVersion?.Document ?? '', /[^A-Za-z0-9\-._~%]/)
  assert.equal(decodeURIComponent(PolicyVersion?.Document ?? ''), document)
})

test('a policy with an unknown element is malformed', async () => {
  await assert.rejects(
    makePolicy('bad', '{"Version":"2012-10-17","Statement":[{"Efect":"Allow"}]}'),
    {
      name: 'MalformedPolicyDocumentException',
      message: 'Syntax errors in policy.',
    },
  )
  await assert.rejects(makePolicy('bad', '{"Statement":[]}'), {
    name: 'MalformedPolicyDocumentException',
  })
})

test('sizes are limited without counting whitespace', async () => {
  const UserName = 'sized'
  await iam.send(new CreateUserCommand({ UserName }))
  const put = (PolicyDocument: string) =>
    iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const long = (length: number) => allow('s3:*', `arn:aws:s3:::${'x'.repeat(length)}`)
  await put(long(1800).replace('{', `{${' '.repeat(4000)}`))
  await assert.rejects(put(long(2100)), {
    name: 'LimitExceededException',
    message: 'Maximum policy size of 2048 bytes exceeded for user sized',
  })
  await assert.rejects(makePolicy('long', long(6200)), {
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for PolicySize: 6144',
  })
})

test('attachments are counted, listed and in the way of deletion', async () => {
  const PolicyArn = await makePolicy('attached')
  await iam.send(new CreateUserCommand({ UserName: 'holder' }))
  await iam.send(new CreateGroupCommand({ GroupName: 'holders' }))
  await iam.send(
    new CreateRoleCommand({ RoleName: 'holding', AssumeRolePolicyDocument: trustsEc2 }),
  )
  await iam.send(new AttachUserPolicyCommand({ UserName: 'holder', PolicyArn }))
  await iam.send(new AttachUserPolicyCommand({ UserName: 'holder', PolicyArn }))
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'holders', PolicyArn }))
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'holding', PolicyArn }))
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }))
  assert.equal(Policy?.AttachmentCount, 3)
  const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))
  assert.equal(entities.PolicyUsers?.[0]?.UserName, 'holder')
  assert.equal(entities.PolicyGroups?.[0]?.GroupName, 'holders')
  assert.equal(entities.PolicyRoles?.[0]?.RoleName, 'holding')
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), {
    name: 'DeleteConflictException',
    message: 'Cannot delete a policy attached to entities.',
  })
  await iam.send(new DetachUserPolicyCommand({ UserName: 'holder', PolicyArn }))
  await assert.rejects(iam.send(new DetachUserPolicyCommand({ UserName: 'holder', PolicyArn })), {
    name: 'NoSuchEntityException',
    message: `Policy ${PolicyArn} was not found.`,
  })
})

test('ListPolicies tells AWS policies from local ones, and attached from idle', async () => {
  const idle = await makePolicy('idle')
  const local = await iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1000 }))
  assert.ok(local.Policies?.some(({ Arn }) => Arn === idle))
  assert.ok(local.Policies?.every(({ Arn }) => Arn?.startsWith(`arn:aws:iam::${accountId}:`)))
  const aws = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 1000 }))
  assert.equal(aws.Policies?.length, 1000)
  assert.equal(aws.IsTruncated, true)
  const attached = await iam.send(new ListPoliciesCommand({ OnlyAttached: true }))
  assert.ok(!attached.Policies?.some(({ Arn }) => Arn === idle))
})

test('an AWS policy is attached and detached but neither changed nor deleted', async () => {
  const RoleName = 'lambda'
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustsEc2 }))
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
  assert.deepEqual(AttachedPolicies, [{ PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn }])
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })))
  await assert.rejects(
    iam.send(
      new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/NoSuchThing' }),
    ),
    {
      name: 'NoSuchEntityException',
      message: 'Policy arn:aws:iam::aws:policy/NoSuchThing does not exist or is not attachable.',
    },
  )
})

test('an entity takes ten managed policies', async () => {
  const UserName = 'full'
  await iam.send(new CreateUserCommand({ UserName }))
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', PathPrefix: '/' }))
  const arns = (Policies ?? []).map(({ Arn }) => Arn).slice(0, 11)
  const attach = (PolicyArn: string | undefined) =>
    iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))
  for (const arn of arns.slice(0, 10)) await attach(arn)
  await assert.rejects(attach(arns[10]), {
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for PoliciesPerUser: 10',
  })
})

test('inline policies are put, shown, listed and deleted', async () => {
  const RoleName = 'inline'
  const PolicyName = 'own'
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustsEc2 }))
  const PolicyDocument = allow('s3:*')
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
  const shown = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
  assert.equal(shown.RoleName, RoleName)
  assert.equal(decodeURIComponent(shown.PolicyDocument ?? ''), PolicyDocument)
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }))
  assert.deepEqual(PolicyNames, [PolicyName])
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
  await assert.rejects(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })), {
    name: 'NoSuchEntityException',
    message: 'The role policy with name own cannot be found.',
  })
})

test('a permissions boundary limits what a user’s own policies allow', async () => {
  const UserName = 'bounded'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(
    new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: allow('*') }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = bartizan.client(IAMClient, { credentials })
  await own.send(new ListUsersCommand({}))
  const PermissionsBoundary = await makePolicy('only-s3')
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }))
  await assert.rejects(own.send(new ListUsersCommand({})), {
    name: 'AccessDenied',
    message: /because no permissions boundary allows the iam:ListUsers action/,
  })
  const { Policies } = await iam.send(
    new ListPoliciesCommand({ PolicyUsageFilter: 'PermissionsBoundary' }),
  )
  assert.deepEqual(
    Policies?.map(({ Arn }) => Arn),
    [PermissionsBoundary],
  )
})

test('what changes of a group or of one of many policies counts for the next call', async () => {
  const UserName = 'bound-by-many'
  const GroupName = 'of-many'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new CreateGroupCommand({ GroupName }))
  await iam.send(new AddUserToGroupCommand({ UserName, GroupName }))
  const arns = await Promise.all(
    Array.from({ length: 10 }, (_, at) => makePolicy(`many-${at}`, allow('s3:GetObject'))),
  )
  for (const PolicyArn of arns) {
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }))
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = bartizan.client(IAMClient, { credentials })
  const isAllowed = () =>
    own.send(new ListUsersCommand({})).then(
      () => true,
      (error: Error) => error.name !== 'AccessDenied',
    )
  assert.equal(await isAllowed(), false)
  const [PolicyArn = ''] = arns
  const version = { PolicyArn, PolicyDocument: allow('iam:ListUsers'), SetAsDefault: true }
  await iam.send(new CreatePolicyVersionCommand(version))
  assert.equal(await isAllowed(), true)
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
  assert.equal(await isAllowed(), false)
  const inline = { GroupName, PolicyName: 'inline', PolicyDocument: allow('iam:*') }
  await iam.send(new PutGroupPolicyCommand(inline))
  assert.equal(await isAllowed(), true)
  await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }))
  assert.equal(await isAllowed(), false)
})
