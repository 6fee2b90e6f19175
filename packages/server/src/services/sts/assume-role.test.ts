import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { startTestServer, type TestCredentials } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan

const allow = (Action: string | string[], Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })

const trust = (statement: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
  })

const delegated = trust({ Principal: { AWS: `arn:aws:iam::${accountId}:root` } })

async function makeUser(UserName: string, policy?: string): Promise<TestCredentials> {
  await iam.send(new CreateUserCommand({ UserName }))
  if (policy !== undefined) {
    const PolicyName = 'given'
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: policy }))
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

async function makeRole(RoleName: string, AssumeRolePolicyDocument: string): Promise<string> {
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  return Role?.Arn ?? ''
}

async function assume(
  credentials: TestCredentials,
  input: ConstructorParameters<typeof AssumeRoleCommand>[0],
): Promise<TestCredentials> {
  const client = bartizan.client(STSClient, { credentials })
  const { Credentials } = await client.send(new AssumeRoleCommand(input))
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

test('the administrator is who GetCallerIdentity says', async () => {
  const caller = await bartizan.client(STSClient).send(new GetCallerIdentityCommand())
  assert.equal(caller.Account, accountId)
  assert.match(caller.Arn ?? '', /^arn:aws:iam::\d{12}:user\/admin$/)
})

test('a role gives its own permissions and not those of the user who assumed it', async () => {
  const credentials = await makeUser('walker', allow('sts:AssumeRole'))
  const RoleArn = await makeRole('reader', delegated)
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'reader',
      PolicyName: 'read',
      PolicyDocument: allow('iam:ListUsers'),
    }),
  )
  const session = await assume(credentials, { RoleArn, RoleSessionName: 'here' })
  const sts = bartizan.client(STSClient, { credentials: session })
  const caller = await sts.send(new GetCallerIdentityCommand())
  assert.equal(caller.Arn, `arn:aws:sts::${accountId}:assumed-role/reader/here`)
  assert.match(caller.UserId ?? '', /^AROA[A-Z2-7]{17}:here$/)
  await bartizan.client(IAMClient, { credentials: session }).send(new ListUsersCommand())
  await assert.rejects(
    bartizan.client(IAMClient, { credentials }).send(new ListUsersCommand()),
    /User: arn:aws:iam::\d+:user\/walker is not authorized to perform: iam:ListUsers on resource: \S+ because no identity-based policy allows the iam:ListUsers action/,
  )
})

test('a user without sts:AssumeRole is refused a role that trusts its account', async () => {
  const credentials = await makeUser('stranger')
  const RoleArn = await makeRole('closed', delegated)
  await assert.rejects(assume(credentials, { RoleArn, RoleSessionName: 'here' }), {
    name: 'AccessDenied',
  })
})

test('a user that a trust policy names needs no policy of its own', async () => {
  const credentials = await makeUser('named')
  const Principal = { AWS: `arn:aws:iam::${accountId}:user/named` }
  const RoleArn = await makeRole('for-named', trust({ Principal }))
  await assume(credentials, { RoleArn, RoleSessionName: 'here' })
})

test('another account’s role needs both sides to agree', async () => {
  const other = await bartizan.createAccount()
  const theirs = bartizan.client(IAMClient, { credentials: other.credentials })
  const AssumeRolePolicyDocument = trust({ Principal: { AWS: `arn:aws:iam::${accountId}:root` } })
  const RoleName = 'guest'
  const { Role } = await theirs.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  const RoleArn = Role?.Arn ?? ''
  const allowed = await makeUser('traveller', allow('sts:AssumeRole'))
  const session = await assume(allowed, { RoleArn, RoleSessionName: 'abroad' })
  const caller = await bartizan
    .client(STSClient, { credentials: session })
    .send(new GetCallerIdentityCommand())
  assert.equal(caller.Account, other.accountId)
  const refused = { name: 'AccessDenied' }
  await assert.rejects(
    assume(await makeUser('homebody'), { RoleArn, RoleSessionName: 'abroad' }),
    refused,
  )
  const third = await bartizan.createAccount()
  await assert.rejects(assume(third.credentials, { RoleArn, RoleSessionName: 'abroad' }), refused)
})

test('an external id must be the one the trust policy asks for', async () => {
  const credentials = await makeUser('vendor', allow('sts:AssumeRole'))
  const Condition = { StringEquals: { 'sts:ExternalId': 'agreed' } }
  const RoleArn = await makeRole('for-vendor', trust({ Principal: { AWS: accountId }, Condition }))
  const input = { RoleArn, RoleSessionName: 'here' }
  await assert.rejects(assume(credentials, input), { name: 'AccessDenied' })
  await assert.rejects(assume(credentials, { ...input, ExternalId: 'other' }), {
    name: 'AccessDenied',
  })
  await assume(credentials, { ...input, ExternalId: 'agreed' })
})

test('a role that is not there is refused like one that does not trust', async () => {
  const RoleArn = `arn:aws:iam::${accountId}:role/ghost`
  await assert.rejects(assume(bartizan.credentials, { RoleArn, RoleSessionName: 'here' }), {
    name: 'AccessDenied',
    message: new RegExp(
      `^User: arn:aws:iam::${accountId}:user/admin is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    ),
  })
})

test('a session policy leaves of the role only what both allow', async () => {
  const RoleArn = await makeRole('wide', delegated)
  const PolicyDocument = allow('iam:*')
  await iam.send(new PutRolePolicyCommand({ RoleName: 'wide', PolicyName: 'p', PolicyDocument }))
  const session = await assume(bartizan.credentials, {
    RoleArn,
    RoleSessionName: 'narrow',
    Policy: allow(['iam:GetUser', 's3:*']),
  })
  await assert.rejects(
    bartizan.client(IAMClient, { credentials: session }).send(new ListUsersCommand({})),
    /because no session policy allows the iam:ListUsers action/,
  )
  const byArn = await assume(bartizan.credentials, {
    RoleArn,
    RoleSessionName: 'narrow',
    PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }],
  })
  const client = bartizan.client(IAMClient, { credentials: byArn })
  await client.send(new ListUsersCommand({}))
  await assert.rejects(client.send(new CreateUserCommand({ UserName: 'never' })), {
    name: 'AccessDenied',
  })
})

test('session tags need sts:TagSession and reach conditions as principal tags', async () => {
  const Action = ['sts:AssumeRole', 'sts:TagSession']
  const RoleArn = await makeRole('tagged', trust({ Principal: { AWS: accountId }, Action }))
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'tagged',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'iam:ListUsers',
            Resource: '*',
            Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'red' } },
          },
        ],
      }),
    }),
  )
  const as = async (Value: string) => {
    const Tags = [{ Key: 'Team', Value }]
    const input = { RoleArn, RoleSessionName: 'here', Tags }
    const credentials = await assume(bartizan.credentials, input)
    return bartizan.client(IAMClient, { credentials }).send(new ListUsersCommand({}))
  }
  await as('red')
  await assert.rejects(as('blue'), { name: 'AccessDenied' })
  const Tags = [{ Key: 'Team', Value: 'red' }]
  const untrusting = trust({ Principal: { AWS: `arn:aws:iam::${accountId}:user/admin` } })
  const strict = await makeRole('strict', untrusting)
  await assert.rejects(
    assume(bartizan.credentials, { RoleArn: strict, RoleSessionName: 'here', Tags }),
    /is not authorized to perform: sts:TagSession/,
  )
})

test('chained roles last an hour at most, carry transitive tags and keep the source identity', async () => {
  const Action = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
  const open = trust({ Principal: { AWS: accountId }, Action })
  const first = await makeRole('first', open)
  const second = await makeRole('second', open)
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'first',
      PolicyName: 'p',
      PolicyDocument: allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']),
    }),
  )
  const session = await assume(bartizan.credentials, {
    RoleArn: first,
    RoleSessionName: 'one',
    Tags: [{ Key: 'Cost', Value: '1' }],
    TransitiveTagKeys: ['Cost'],
    SourceIdentity: 'ann',
  })
  const next = { RoleArn: second, RoleSessionName: 'two' }
  await assume(session, next)
  await assert.rejects(assume(session, { ...next, DurationSeconds: 3601 }), {
    name: 'ValidationError',
  })
  await assert.rejects(assume(session, { ...next, Tags: [{ Key: 'cost', Value: '2' }] }), {
    name: 'InvalidParameterValue',
    message: /conflicts with a transitive tag key/,
  })
  await assert.rejects(assume(session, { ...next, SourceIdentity: 'bob' }), {
    name: 'AccessDenied',
  })
  const closed = [['sts:SetSourceIdentity'], ['sts:TagSession']].map((extra) =>
    trust({ Principal: { AWS: accountId }, Action: ['sts:AssumeRole', ...extra] }),
  )
  const refusals = ['sts:TagSession', 'sts:SetSourceIdentity']
  for (const [index, policy] of closed.entries()) {
    const RoleArn = await makeRole(`closed-${index}`, policy)
    await assert.rejects(assume(session, { ...next, RoleArn }), {
      name: 'AccessDenied',
      message: new RegExp(`is not authorized to perform: ${refusals[index]} on`),
    })
  }
})

test('session tags that do not go together are refused', async () => {
  const Action = ['sts:AssumeRole', 'sts:TagSession']
  const RoleArn = await makeRole('ill-tagged', trust({ Principal: { AWS: accountId }, Action }))
  const tag = (Key: string) => ({ Key, Value: 'v' })
  const cases: readonly (readonly [object, string])[] = [
    [
      { Tags: [tag('a'), tag('A')] },
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ],
    [
      { Tags: [tag('a')], TransitiveTagKeys: ['b'] },
      'The specified transitive tag key must be included in the requested tags.',
    ],
    [
      { TransitiveTagKeys: ['b'] },
      'The specified transitive tag key must be included in the requested tags.',
    ],
    [{ Tags: [tag('aws:a')] }, 'Tag keys beginning with aws: are reserved for system use.'],
  ]
  for (const [extra, message] of cases) {
    await assert.rejects(
      assume(bartizan.credentials, { RoleArn, RoleSessionName: 'here', ...extra }),
      { name: 'InvalidParameterValue', message },
    )
  }
})

test('a session ends with its time and not before', async () => {
  const RoleArn = await makeRole('brief', delegated)
  const long = { RoleArn, RoleSessionName: 'here', DurationSeconds: 7200 }
  await assert.rejects(assume(bartizan.credentials, long), {
    name: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  })
  const credentials = await assume(bartizan.credentials, { ...long, DurationSeconds: 900 })
  const sts = bartizan.client(STSClient, { credentials })
  await bartizan.advance('890s')
  await sts.send(new GetCallerIdentityCommand())
  await bartizan.advance('20s')
  await assert.rejects(sts.send(new GetCallerIdentityCommand()), { name: /^ExpiredToken/ })
})

test('a federated user may do what its policy and the user who vouches for it both allow', async () => {
  const credentials = await makeUser('voucher', allow(['sts:*', 'kms:*']))
  const sts = bartizan.client(STSClient, { credentials })
  const { Credentials, FederatedUser, PackedPolicySize } = await sts.send(
    new GetFederationTokenCommand({ Name: 'guest', Policy: allow('sts:*') }),
  )
  assert.equal(FederatedUser?.Arn, `arn:aws:sts::${accountId}:federated-user/guest`)
  assert.ok((PackedPolicySize ?? 0) > 0)
  const federated = bartizan.client(STSClient, {
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  })
  const caller = await federated.send(new GetCallerIdentityCommand())
  assert.equal(caller.UserId, `${accountId}:guest`)
  await assert.rejects(federated.send(new GetFederationTokenCommand({ Name: 'again' })), {
    name: 'AccessDenied',
    message: 'Cannot call GetFederationToken with session credentials',
  })
  await assert.rejects(federated.send(new GetSessionTokenCommand({})), { name: 'AccessDenied' })
  const RoleArn = await makeRole('no-federation', delegated)
  await assert.rejects(
    federated.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'here' })),
    { name: 'AccessDenied' },
  )
})

test('the account of an access key is told, and a made-up message is not decoded', async () => {
  const sts = bartizan.client(STSClient)
  const { accessKeyId: AccessKeyId } = bartizan.credentials
  const { Account } = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId }))
  assert.equal(Account, accountId)
  await assert.rejects(
    sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'nonsense' })),
    { name: 'InvalidAuthorizationMessageException' },
  )
})
