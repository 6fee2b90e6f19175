import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let iam: IAM
before(async () => {
  bartizan = await startTestServer()
  iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'ann' })
  await iam.createGroup({ GroupName: 'staff' })
  await iam.createInstanceProfile({ InstanceProfileName: 'web' })
  const trust = document.replace('"s3:*","Resource":"*"', '"sts:AssumeRole","Principal":"*"')
  await iam.createRole({ RoleName: 'web', AssumeRolePolicyDocument: trust })
})
after(() => bartizan.close())

const arnOf = (rest: string) => `arn:aws:iam::${bartizan.accountId}:${rest}`
const notMine = (act: string) => `Cannot ${act} policies outside your own account.`
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess'
const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
})

test('what is missing or not allowed is told in IAM’s words', async () => {
  const PolicyArn = arnOf('policy/none')
  const SerialNumber = arnOf('mfa/none')
  const noVersion = `Policy ${PolicyArn} version v1 does not exist or is not attachable.`
  const noDevice = `MFA Device with serial number ${SerialNumber} does not exist.`
  const cases: readonly (readonly [() => Promise<unknown>, string, string])[] = [
    [
      () => iam.attachUserPolicy({ UserName: 'ann', PolicyArn: 'a-name-but-not-an-arn' }),
      'ValidationError',
      'ARN a-name-but-not-an-arn is not valid.',
    ],
    [
      () => iam.getPolicyVersion({ PolicyArn, VersionId: 'v1' }),
      'NoSuchEntityException',
      noVersion,
    ],
    [
      () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' }),
      'NoSuchEntityException',
      noVersion,
    ],
    [() => iam.deletePolicy({ PolicyArn: administrator }), 'AccessDenied', notMine('delete')],
    [
      () => iam.createPolicyVersion({ PolicyArn: administrator, PolicyDocument: document }),
      'AccessDenied',
      notMine('create versions for'),
    ],
    [
      () => iam.setDefaultPolicyVersion({ PolicyArn: administrator, VersionId: 'v1' }),
      'AccessDenied',
      notMine('update'),
    ],
    [
      () => iam.getAccessKeyLastUsed({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
      'AccessDenied',
      `User: ${arnOf('user/admin')} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE`,
    ],
    [
      () => iam.removeUserFromGroup({ GroupName: 'none', UserName: 'nobody' }),
      'NoSuchEntityException',
      'The user with name nobody cannot be found.',
    ],
    [
      () => iam.deleteAccountPasswordPolicy(),
      'NoSuchEntityException',
      'The account policy with name PasswordPolicy cannot be found.',
    ],
    [
      () => iam.createServiceLinkedRole({ AWSServiceName: 'ecs.amazonaws.com', CustomSuffix: 'x' }),
      'InvalidInputException',
      'Custom suffix is not allowed for ecs.amazonaws.com',
    ],
    [
      () => iam.removeRoleFromInstanceProfile({ InstanceProfileName: 'web', RoleName: 'web' }),
      'NoSuchEntityException',
      'Role web in Instance Profile web cannot be found.',
    ],
    [() => iam.deleteVirtualMFADevice({ SerialNumber }), 'NoSuchEntityException', noDevice],
    [
      () => iam.deactivateMFADevice({ UserName: 'ann', SerialNumber }),
      'NoSuchEntityException',
      noDevice,
    ],
  ]
  for (const [call, name, message] of cases) await assert.rejects(call, { name, message })
  assert.equal(cases.length, 13)
})

test('tag keys of policies tell their case; those of users do not', async () => {
  const Tags = [
    { Key: 'a', Value: 'small' },
    { Key: 'A', Value: 'capital' },
  ]
  const { Policy } = await iam.createPolicy({ PolicyName: 'both', PolicyDocument: document, Tags })
  const PolicyArn = Policy?.Arn
  assert.deepEqual((await iam.listPolicyTags({ PolicyArn })).Tags, Tags.toReversed())
  await iam.untagPolicy({ PolicyArn, TagKeys: ['a'] })
  assert.deepEqual((await iam.listPolicyTags({ PolicyArn })).Tags, [Tags[1]])

  await assert.rejects(
    iam.tagPolicy({
      PolicyArn,
      Tags: [
        { Key: 'b', Value: '' },
        { Key: 'b', Value: '' },
      ],
    }),
    { message: 'Duplicate tag keys found.' },
  )
  await assert.rejects(iam.tagUser({ UserName: 'ann', Tags }), {
    message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  })
})

test('a policy or instance profile without tags shows an empty list of them', async () => {
  const { Policy } = await iam.createPolicy({ PolicyName: 'bare', PolicyDocument: document })
  assert.equal(Policy?.Tags, undefined)
  assert.deepEqual((await iam.getPolicy({ PolicyArn: Policy?.Arn })).Policy?.Tags, [])
  await iam.createInstanceProfile({ InstanceProfileName: 'bare' })
  const shown = await iam.getInstanceProfile({ InstanceProfileName: 'bare' })
  assert.deepEqual(shown.InstanceProfile?.Tags, [])
})
