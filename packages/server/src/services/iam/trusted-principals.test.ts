import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  CreateUserCommand,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { startTestServer, type TestCredentials } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const other = await bartizan.createAccount()
const iam = bartizan.client(IAMClient)
const theirs = bartizan.client(IAMClient, { credentials: other.credentials })

const trust = (AWS: string | readonly string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  })

interface Person {
  readonly arn: string
  readonly id: string
  readonly credentials: TestCredentials
}

const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

async function makeUser(UserName: string, client = iam): Promise<Person> {
  const { User } = await client.send(new CreateUserCommand({ UserName }))
  await client.send(
    new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: everything }),
  )
  const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }))
  const accessKeyId = AccessKey?.AccessKeyId ?? ''
  const credentials = { accessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  return { arn: User?.Arn ?? '', id: User?.UserId ?? '', credentials }
}

async function removeUser(UserName: string, { credentials }: Person, client = iam): Promise<void> {
  const AccessKeyId = credentials.accessKeyId
  await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
  await client.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'all' }))
  await client.send(new DeleteUserCommand({ UserName }))
}

async function makeRole(RoleName: string, document: string): Promise<{ arn: string; id: string }> {
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document }),
  )
  return { arn: Role?.Arn ?? '', id: Role?.RoleId ?? '' }
}

const assume = async (RoleArn: string, credentials: TestCredentials, RoleSessionName = 'one') => {
  const sts = bartizan.client(STSClient, { credentials })
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }))
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

const shownTrust = async (RoleName: string) => {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
  return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
}

for (const { whose, client } of [
  { whose: 'this account', client: iam },
  { whose: 'another account', client: theirs },
]) {
  test(`a user of ${whose} that is made again under its name is not trusted`, async () => {
    const name = `comes-back-${whose.replaceAll(' ', '-')}`
    const first = await makeUser(name, client)
    const RoleName = `trusts-${name}`
    const role = await makeRole(RoleName, trust(first.arn))
    assert.equal(await shownTrust(RoleName), trust(first.arn))
    await assume(role.arn, first.credentials)
    await removeUser(name, first, client)
    assert.equal(await shownTrust(RoleName), trust(first.id))
    const second = await makeUser(name, client)
    assert.equal(second.arn, first.arn)
    assert.equal(await shownTrust(RoleName), trust(first.id))
    await assert.rejects(assume(role.arn, second.credentials), { name: 'AccessDenied' })
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(second.arn) }),
    )
    await assume(role.arn, second.credentials)
  })
}

test('a role that is made again under its name is not trusted, in no listing either', async () => {
  const caller = await makeUser('chain-start')
  const first = await makeRole('link', trust(caller.arn))
  const end = await makeRole('chain-end', trust([first.arn, caller.arn]))
  const all = { RoleName: 'link', PolicyName: 'all', PolicyDocument: everything }

  await iam.send(new PutRolePolicyCommand(all))
  await assume(end.arn, await assume(first.arn, caller.credentials))
  await iam.send(new DeleteRolePolicyCommand(all))
  await iam.send(new DeleteRoleCommand({ RoleName: 'link' }))
  const second = await makeRole('link', trust(caller.arn))
  await iam.send(new PutRolePolicyCommand(all))
  assert.equal(second.arn, first.arn)
  const session = await assume(second.arn, caller.credentials)
  await assert.rejects(assume(end.arn, session), { name: 'AccessDenied' })
  const shown = trust([first.id, caller.arn])
  const { Roles = [] } = await iam.send(new ListRolesCommand({}))
  const listed = Roles.find(({ RoleName }) => RoleName === 'chain-end')
  assert.equal(decodeURIComponent(listed?.AssumeRolePolicyDocument ?? ''), shown)
  const { RoleDetailList = [] } = await iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }),
  )
  const detailed = RoleDetailList.find(({ RoleName }) => RoleName === 'chain-end')
  assert.equal(decodeURIComponent(detailed?.AssumeRolePolicyDocument ?? ''), shown)
})

test('a unique id in Principal is whose it is, and is shown as the ARN', async () => {
  const user = await makeUser('by-id')
  const role = await makeRole('trusts-an-id', trust(user.id))
  await assume(role.arn, user.credentials)
  assert.equal(await shownTrust('trusts-an-id'), trust(user.arn))
  await assert.rejects(assume(role.arn, (await makeUser('not-by-id')).credentials), {
    name: 'AccessDenied',
  })
})

test('a renamed user stays trusted, under its new name', async () => {
  const user = await makeUser('before')
  const role = await makeRole('trusts-renamed', trust(user.arn))
  await iam.send(
    new UpdateUserCommand({ UserName: 'before', NewUserName: 'after', NewPath: '/moved/' }),
  )
  await assume(role.arn, user.credentials)
  const moved = `arn:aws:iam::${bartizan.accountId}:user/moved/after`
  assert.equal(await shownTrust('trusts-renamed'), trust(moved))
  const successor = await makeUser('before')
  await assert.rejects(assume(role.arn, successor.credentials), { name: 'AccessDenied' })
})

test('a role session may be trusted alone', async () => {
  const caller = await makeUser('sessions')
  const middle = await makeRole('middle', trust(caller.arn))

  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'middle', PolicyName: 'all', PolicyDocument: everything }),
  )
  const session = `arn:aws:sts::${bartizan.accountId}:assumed-role/middle/one`
  const end = await makeRole('trusts-one-session', trust(session))
  assert.equal(await shownTrust('trusts-one-session'), trust(session))
  await assume(end.arn, await assume(middle.arn, caller.credentials, 'one'))
  const two = await assume(middle.arn, caller.credentials, 'two')
  await assert.rejects(assume(end.arn, two), { name: 'AccessDenied' })
})

test('principals that do not exist are refused in AWS words', async () => {
  const gone = await makeUser('soon-gone')
  await removeUser('soon-gone', gone)
  const { accountId } = bartizan
  const refused = [
    gone.arn,
    gone.id,
    'AIDANOBODY0000000001',
    `arn:aws:iam::${accountId}:role/nobody`,
    `arn:aws:iam::${other.accountId}:user/nobody`,
    `arn:aws:iam::${accountId}:user/other-path/admin`,
    `arn:aws:iam::${accountId}:group/admins`,
    `arn:aws:sts::${accountId}:assumed-role/nobody/one`,
  ]
  for (const name of refused) {
    await assert.rejects(makeRole('never', trust([bartizan.accountId, name])), {
      name: 'MalformedPolicyDocumentException',
      message: `Invalid principal in policy: "AWS":"${name}"`,
    })
  }
  assert.equal(refused.length, 8)
})
