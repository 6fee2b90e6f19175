import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  ListRolesCommand,
  RemoveRoleFromInstanceProfileCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan

const trust = (Principal: object, rest: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...rest }],
  })
const ec2 = trust({ Service: 'ec2.amazonaws.com' })

const makeRole = (RoleName: string, AssumeRolePolicyDocument = ec2) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))

test('a role shows its trust policy, session length and boundary', async () => {
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/PowerUserAccess'
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'shown',
      Path: '/app/',
      AssumeRolePolicyDocument: ec2,
      MaxSessionDuration: 7200,
      PermissionsBoundary,
      Description: 'as shown',
      Tags: [{ Key: 'k', Value: 'v' }],
    }),
  )
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'shown' }))
  assert.equal(Role?.Arn, `arn:aws:iam::${accountId}:role/app/shown`)
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), ec2)
  assert.equal(Role?.MaxSessionDuration, 7200)
  assert.equal(Role?.Description, 'as shown')
  assert.deepEqual(Role?.PermissionsBoundary, {
    PermissionsBoundaryType: 'Policy',
    PermissionsBoundaryArn: PermissionsBoundary,
  })
  assert.deepEqual(Role?.Tags, [{ Key: 'k', Value: 'v' }])
  const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: '/app/' }))
  assert.equal(Roles?.[0]?.Tags, undefined)
})

test('a trust policy is checked', async () => {
  const refused: readonly (readonly [document: string, message: RegExp])[] = [
    ['{', /^This policy contains invalid Json$/],
    [trust({ Service: 'ec2.amazonaws.com' }, { Resource: '*' }), /^Has prohibited field Resource$/],
    [
      trust({ Service: 'ec2.amazonaws.com' }, { Action: 's3:GetObject' }),
      /^AssumeRole policy may only specify STS AssumeRole actions\.$/,
    ],
    [
      trust({ AWS: `arn:aws:iam::${accountId}:user/ghost` }),
      /^Invalid principal in policy: "AWS":"arn:aws:iam::\d+:user\/ghost"$/,
    ],
    [trust({ Service: 'nonsense' }), /^Invalid principal in policy: "SERVICE":"nonsense"$/],
  ]
  for (const [document, message] of refused) {
    await assert.rejects(makeRole('checked', document), {
      name: 'MalformedPolicyDocumentException',
      message,
    })
  }
  assert.equal(refused.length, 5)
  await makeRole('checked')
  const PolicyDocument = trust(
    { AWS: '*' },
    {
      Condition: { StringLike: { 'aws:PrincipalArn': `arn:aws:iam::*:role/${'x'.repeat(2048)}` } },
    },
  )
  await assert.rejects(
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'checked', PolicyDocument })),
    { name: 'LimitExceededException', message: 'Cannot exceed quota for ACLSizePerRole: 2048' },
  )
})

test('UpdateRole changes what it is given and leaves the rest', async () => {
  await makeRole('changed')
  await iam.send(new UpdateRoleCommand({ RoleName: 'changed', MaxSessionDuration: 43200 }))
  await iam.send(new UpdateRoleCommand({ RoleName: 'changed', Description: 'new' }))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'changed' }))
  assert.deepEqual([Role?.MaxSessionDuration, Role?.Description], [43200, 'new'])
})

test('a role in an instance profile is not deleted, and a profile holds one role', async () => {
  const InstanceProfileName = 'machine'
  const RoleName = 'machine-role'
  await makeRole(RoleName)
  await makeRole('second')
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
  const add = (name: string) =>
    iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: name }))
  await add(RoleName)
  await assert.rejects(add('second'), {
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  })
  const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))
  assert.equal(InstanceProfile?.Roles?.[0]?.RoleName, RoleName)
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName })), {
    name: 'DeleteConflictException',
    message: 'Cannot delete entity, must remove roles from instance profile first.',
  })
  const remove = () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }))
  await assert.rejects(remove(), { name: 'DeleteConflictException' })
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }))
  await remove()
  await iam.send(new DeleteRoleCommand({ RoleName }))
})

test('a service-linked role belongs to its service', async () => {
  const AWSServiceName = 'elasticbeanstalk.amazonaws.com'
  const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }))
  const RoleName = Role?.RoleName
  assert.equal(
    Role?.Arn,
    `arn:aws:iam::${accountId}:role/aws-service-role/${AWSServiceName}/AWSServiceRoleForElasticBeanstalk`,
  )
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  await assert.rejects(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })), {
    name: 'UnmodifiableEntityException',
  })
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName })), {
    name: 'UnmodifiableEntityException',
  })
  await assert.rejects(
    iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName })),
    /has been taken in this account/,
  )
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }))
  const status = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))
  assert.equal(status.Status, 'SUCCEEDED')
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName })), {
    name: 'NoSuchEntityException',
  })
})
