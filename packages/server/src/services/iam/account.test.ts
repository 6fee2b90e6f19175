import {
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateAccountAliasCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateUserCommand,
  DeleteAccountAliasCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteLoginProfileCommand,
  GenerateCredentialReportCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetLoginProfileCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListAccountAliasesCommand,
  ListOpenIDConnectProvidersCommand,
  PutUserPolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
  paginateGetAccountAuthorizationDetails,
} from '@aws-sdk/client-iam'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

const bartizan = await startTestServer()
after(() => bartizan.close())
const iam = bartizan.client(IAMClient)
const { accountId } = bartizan

test('an account has one alias, and another account cannot take it', async () => {
  const other = await bartizan.createAccount()
  const theirs = bartizan.client(IAMClient, { credentials: other.credentials })
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'first' }))
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'second' }))
  const { AccountAliases } = await iam.send(new ListAccountAliasesCommand({}))
  assert.deepEqual(AccountAliases, ['second'])
  await assert.rejects(theirs.send(new CreateAccountAliasCommand({ AccountAlias: 'second' })), {
    name: 'EntityAlreadyExistsException',
    message: 'The account alias second already exists.',
  })
  await assert.rejects(theirs.send(new DeleteAccountAliasCommand({ AccountAlias: 'second' })), {
    name: 'NoSuchEntityException',
  })
  await iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'second' }))
})

test('passwords must satisfy the account’s policy', async () => {
  const show = () => iam.send(new GetAccountPasswordPolicyCommand({}))
  const missing = `The Password Policy with domain name ${accountId} cannot be found.`
  await assert.rejects(show(), { name: 'NoSuchEntityException', message: missing })
  await iam.send(
    new UpdateAccountPasswordPolicyCommand({
      MinimumPasswordLength: 12,
      RequireNumbers: true,
      RequireSymbols: true,
      RequireUppercaseCharacters: true,
      RequireLowercaseCharacters: true,
      PasswordReusePrevention: 2,
      MaxPasswordAge: 90,
    }),
  )
  const { PasswordPolicy } = await show()
  assert.equal(PasswordPolicy?.ExpirePasswords, true)
  const UserName = 'console'
  await iam.send(new CreateUserCommand({ UserName }))
  const create = (Password: string) =>
    iam.send(new CreateLoginProfileCommand({ UserName, Password }))
  const weak = ['Short1!', 'alllowercase1!', 'ALLUPPERCASE1!', 'NoNumbersHere!', 'NoSymbols1234']
  for (const password of weak) {
    await assert.rejects(create(password), { name: 'PasswordPolicyViolationException' })
  }
  assert.equal(weak.length, 5)
  await create('Good-Enough-1')
  await assert.rejects(create('Good-Enough-1'), {
    name: 'EntityAlreadyExistsException',
    message: 'Login Profile for user console already exists.',
  })
  const update = (Password: string) =>
    iam.send(new UpdateLoginProfileCommand({ UserName, Password }))
  await update('Good-Enough-2')
  await assert.rejects(update('Good-Enough-1'), { name: 'PasswordPolicyViolationException' })
  await update('Good-Enough-3')
  await update('Good-Enough-1')
  await iam.send(new DeleteLoginProfileCommand({ UserName }))
  await assert.rejects(iam.send(new GetLoginProfileCommand({ UserName })), {
    name: 'NoSuchEntityException',
    message: 'Login Profile for User console cannot be found.',
  })
  await iam.send(new DeleteAccountPasswordPolicyCommand({}))
})

test('a user changes its password only by knowing the old one', async () => {
  const UserName = 'changer'
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'The-old-one' }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iam:ChangePassword', Resource: '*' }],
  })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = bartizan.client(IAMClient, { credentials })
  const change = (OldPassword: string, NewPassword: string) =>
    own.send(new ChangePasswordCommand({ OldPassword, NewPassword }))
  await assert.rejects(change('a wrong one', 'The-new-one'), { name: 'AccessDenied' })
  await change('The-old-one', 'The-new-one')
  await assert.rejects(change('The-old-one', 'Another-one'), { name: 'AccessDenied' })
})

test('an OpenID Connect provider keeps its audiences and thumbprints', async () => {
  const Url = 'https://token.actions.githubusercontent.com'
  const thumbprint = '6938fd4d98bab03faadb97b34396831e3780aea1'
  const create = () =>
    iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ['sts.amazonaws.com', 'other'],
        ThumbprintList: [thumbprint],
      }),
    )
  const { OpenIDConnectProviderArn } = await create()
  assert.equal(
    OpenIDConnectProviderArn,
    `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`,
  )
  await assert.rejects(create(), {
    name: 'EntityAlreadyExistsException',
    message: `Provider with url ${Url} already exists.`,
  })
  const ClientID = 'other'
  await iam.send(
    new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
  )
  const shown = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
  assert.equal(shown.Url, 'token.actions.githubusercontent.com')
  assert.deepEqual(shown.ClientIDList, ['sts.amazonaws.com'])
  assert.deepEqual(shown.ThumbprintList, [thumbprint])
  const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
  assert.equal(OpenIDConnectProviderList?.length, 1)
  await assert.rejects(
    iam.send(new CreateOpenIDConnectProviderCommand({ Url: 'http://idp.example.com' })),
    { name: 'ValidationError' },
  )
})

test('the credential report tells every user’s credentials', async () => {
  await assert.rejects(iam.send(new GetCredentialReportCommand({})), {
    name: 'CredentialReportNotPresentException',
  })
  const first = await iam.send(new GenerateCredentialReportCommand({}))
  assert.equal(first.State, 'STARTED')
  const second = await iam.send(new GenerateCredentialReportCommand({}))
  assert.equal(second.State, 'COMPLETE')
  const { Content, ReportFormat } = await iam.send(new GetCredentialReportCommand({}))
  assert.equal(ReportFormat, 'text/csv')
  const [head, root, ...users] = Buffer.from(Content ?? [])
    .toString()
    .split('\n')
    .map((line) => line.split(','))
  assert.equal(head?.length, 22)
  assert.equal(root?.[0], '<root_account>')
  const admin = users.find(([name]) => name === 'admin') ?? []
  const cell = (name: string) => admin[head?.indexOf(name) ?? -1]
  assert.equal(cell('access_key_1_active'), 'true')
  assert.equal(cell('access_key_1_last_used_service'), 'iam')
  assert.match(cell('user_creation_time') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
  await bartizan.advance('4h')
  await assert.rejects(iam.send(new GetCredentialReportCommand({})), {
    name: 'CredentialReportExpiredException',
  })
})

test('the summary counts, and the details show everything once over all pages', async () => {
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
  assert.equal(SummaryMap?.['Users'], 3)
  assert.equal(SummaryMap?.['AccessKeysPerUserQuota'], 2)
  const names: (string | undefined)[] = []
  const policies: (string | undefined)[] = []
  const config = { client: iam, pageSize: 1 }
  for await (const page of paginateGetAccountAuthorizationDetails(config, {})) {
    names.push(...(page.UserDetailList ?? []).map(({ UserName }) => UserName))
    policies.push(...(page.Policies ?? []).map(({ PolicyName }) => PolicyName))
  }
  assert.deepEqual(names, ['admin', 'changer', 'console'])
  assert.deepEqual(policies, ['AdministratorAccess'])
  const filtered = await iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['AWSManagedPolicy'] }),
  )
  assert.deepEqual(filtered.UserDetailList, [])
  assert.equal(filtered.Policies?.[0]?.PolicyVersionList?.length, 1)
})
