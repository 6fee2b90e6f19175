import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { Organizations } from '@aws-sdk/client-organizations'
import { STS } from '@aws-sdk/client-sts'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { accessTo, newAccount, newOrganization } from './organization.fixture.ts'

let bartizan: TestServer
let organizations: Organizations
let rootId: string
let organizationId: string
before(async () => {
  bartizan = await startTestServer()
  const standalone = bartizan.client(Organizations)
  await assert.rejects(standalone.describeOrganization({}), {
    name: 'AWSOrganizationsNotInUseException',
    message: 'Your account is not a member of an organization.',
  })
  ;({ organizations, rootId, id: organizationId } = await newOrganization(bartizan))
})
after(() => bartizan.close())

test('an account has one organization at a time', async () => {
  await assert.rejects(organizations.createOrganization({}), {
    name: 'AlreadyInOrganizationException',
  })
  const { Organization } = await organizations.describeOrganization({})
  assert.match(organizationId, /^o-[a-z0-9]{10}$/)
  assert.equal(Organization?.FeatureSet, 'ALL')
  assert.equal(Organization?.MasterAccountId, bartizan.accountId)
  const { Roots } = await organizations.listRoots({})
  assert.deepEqual(Roots?.[0]?.PolicyTypes?.map(({ Type }) => Type).sort(), [
    'RESOURCE_CONTROL_POLICY',
    'SERVICE_CONTROL_POLICY',
  ])
})

test('a created account is a tenant that the management account gets into by its role', async () => {
  const { CreateAccountStatus } = await organizations.createAccount({
    AccountName: 'first',
    Email: 'first@example.com',
    Tags: [{ Key: 'team', Value: 'one' }],
  })
  assert.equal(CreateAccountStatus?.State, 'IN_PROGRESS')
  assert.equal(CreateAccountStatus?.AccountId, undefined)
  const account = await newAccount(organizations, 'second')
  const credentials = await accessTo(bartizan, account)
  const identity = await bartizan.client(STS, { credentials }).getCallerIdentity({})
  assert.equal(identity.Account, account)
  const { Roles } = await bartizan.client(IAM, { credentials }).listRoles({})
  assert.deepEqual(Roles?.map(({ RoleName }) => RoleName).sort(), [
    'AWSServiceRoleForOrganizations',
    'OrganizationAccountAccessRole',
  ])
  const { Account } = await organizations.describeAccount({ AccountId: account })
  assert.equal(Account?.JoinedMethod, 'CREATED')
  assert.equal(Account?.Status, 'ACTIVE')
  assert.deepEqual(Account?.Paths, [`${organizationId}/${rootId}/${account}/`])
  const { Accounts } = await organizations.listAccounts({})
  assert.equal(Accounts?.length, 3)
})

test('an account whose e-mail address is taken is not created', async () => {
  await assert.rejects(newAccount(organizations, 'second'), /EMAIL_ALREADY_EXISTS/)
})

test('accounts move between OUs, which are deleted when they are empty', async () => {
  const account = await newAccount(organizations, 'mover')
  const { OrganizationalUnit } = await organizations.createOrganizationalUnit({
    ParentId: rootId,
    Name: 'Moving',
  })
  const unit = OrganizationalUnit?.Id ?? ''
  await organizations.moveAccount({
    AccountId: account,
    SourceParentId: rootId,
    DestinationParentId: unit,
  })
  await assert.rejects(
    organizations.moveAccount({
      AccountId: account,
      SourceParentId: rootId,
      DestinationParentId: unit,
    }),
    { name: 'SourceParentNotFoundException' },
  )
  const { Parents } = await organizations.listParents({ ChildId: account })
  assert.deepEqual(Parents, [{ Id: unit, Type: 'ORGANIZATIONAL_UNIT' }])
  const { Children } = await organizations.listChildren({ ParentId: unit, ChildType: 'ACCOUNT' })
  assert.deepEqual(Children, [{ Id: account, Type: 'ACCOUNT' }])
  await assert.rejects(organizations.deleteOrganizationalUnit({ OrganizationalUnitId: unit }), {
    name: 'OrganizationalUnitNotEmptyException',
  })
  await organizations.removeAccountFromOrganization({ AccountId: account })
  await organizations.deleteOrganizationalUnit({ OrganizationalUnitId: unit })
  await assert.rejects(organizations.describeAccount({ AccountId: account }), {
    name: 'AccountNotFoundException',
  })
})

test('OUs nest five deep and share no name with a sibling', async () => {
  let ParentId = rootId
  for (let depth = 1; depth <= 5; depth++) {
    const made = await organizations.createOrganizationalUnit({ ParentId, Name: 'Deep' })
    ParentId = made.OrganizationalUnit?.Id ?? ''
  }
  await assert.rejects(organizations.createOrganizationalUnit({ ParentId, Name: 'Deep' }), {
    name: 'ConstraintViolationException',
    Reason: 'OU_DEPTH_LIMIT_EXCEEDED',
  })
  await assert.rejects(organizations.createOrganizationalUnit({ ParentId: rootId, Name: 'Deep' }), {
    name: 'DuplicateOrganizationalUnitException',
  })
})

test('a closed account is suspended and its credentials are worth nothing', async () => {
  const account = await newAccount(organizations, 'closing')
  const credentials = await accessTo(bartizan, account)
  await organizations.closeAccount({ AccountId: account })
  await assert.rejects(bartizan.client(IAM, { credentials }).listUsers({}), {
    name: 'InvalidClientTokenId',
  })
  const sts = bartizan.client(STS)
  const RoleArn = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`
  await assert.rejects(sts.assumeRole({ RoleArn, RoleSessionName: 'late' }), {
    name: 'AccessDenied',
  })
  for (let state: string | undefined = ''; state !== 'SUSPENDED';) {
    const { Account } = await organizations.describeAccount({ AccountId: account })
    state = Account?.Status
  }
  await assert.rejects(organizations.closeAccount({ AccountId: account }), {
    name: 'AccountAlreadyClosedException',
  })
  await assert.rejects(organizations.closeAccount({ AccountId: bartizan.accountId }), {
    Reason: 'CANNOT_CLOSE_MANAGEMENT_ACCOUNT',
  })
})

test('an invited account accepts, is a member, reads nothing of the others, and leaves', async () => {
  const { accountId, credentials } = await bartizan.createAccount()
  const guest = bartizan.client(Organizations, { credentials })
  const invite = { Target: { Type: 'ACCOUNT', Id: accountId }, Notes: 'welcome' } as const
  const { Handshake } = await organizations.inviteAccountToOrganization(invite)
  await assert.rejects(organizations.inviteAccountToOrganization(invite), {
    name: 'DuplicateHandshakeException',
  })
  const { Handshakes } = await guest.listHandshakesForAccount({})
  assert.equal(Handshakes?.[0]?.Id, Handshake?.Id)
  assert.equal(Handshakes?.[0]?.State, 'OPEN')
  await assert.rejects(organizations.acceptHandshake({ HandshakeId: Handshake?.Id }), {
    name: 'HandshakeNotFoundException',
  })
  const accepted = await guest.acceptHandshake({ HandshakeId: Handshake?.Id })
  assert.equal(accepted.Handshake?.State, 'ACCEPTED')
  const { Organization } = await guest.describeOrganization({})
  assert.equal(Organization?.Id, organizationId)
  await assert.rejects(guest.listAccounts({}), {
    name: 'AccessDeniedException',
    message: "You don't have permissions to access this resource.",
  })
  await guest.leaveOrganization({})
  await assert.rejects(guest.describeOrganization({}), {
    name: 'AWSOrganizationsNotInUseException',
  })
  await assert.rejects(organizations.leaveOrganization({}), {
    name: 'MasterCannotLeaveOrganizationException',
  })
})

test('an invitation is declined, cancelled, or expires after 15 days', async () => {
  const { accountId, credentials } = await bartizan.createAccount()
  const guest = bartizan.client(Organizations, { credentials })
  const invite = async () => {
    const Target = { Type: 'ACCOUNT', Id: accountId } as const
    const { Handshake } = await organizations.inviteAccountToOrganization({ Target })
    return { HandshakeId: Handshake?.Id ?? '' }
  }
  const declined = await guest.declineHandshake(await invite())
  assert.equal(declined.Handshake?.State, 'DECLINED')
  const cancelled = await invite()
  await organizations.cancelHandshake(cancelled)
  await assert.rejects(guest.acceptHandshake(cancelled), {
    name: 'InvalidHandshakeTransitionException',
  })
  const expiring = await invite()
  await bartizan.advance('15d')
  const { Handshake } = await organizations.describeHandshake(expiring)
  assert.equal(Handshake?.State, 'EXPIRED')
  await assert.rejects(guest.acceptHandshake(expiring), {
    name: 'InvalidHandshakeTransitionException',
  })
})

test('an organization is deleted only when it is empty', async () => {
  await assert.rejects(organizations.deleteOrganization({}), {
    name: 'OrganizationNotEmptyException',
  })
})

test('all features come when every invited account has approved', async () => {
  const { credentials: owner } = await bartizan.createAccount()
  const { accountId, credentials } = await bartizan.createAccount()
  const billing = bartizan.client(Organizations, { credentials: owner })
  const guest = bartizan.client(Organizations, { credentials })
  await billing.createOrganization({ FeatureSet: 'CONSOLIDATED_BILLING' })
  const invited = await billing.inviteAccountToOrganization({
    Target: { Type: 'ACCOUNT', Id: accountId },
  })
  await guest.acceptHandshake({ HandshakeId: invited.Handshake?.Id })
  const { Roots } = await billing.listRoots({})
  const enable = { RootId: Roots?.[0]?.Id, PolicyType: 'SERVICE_CONTROL_POLICY' } as const
  await assert.rejects(billing.enablePolicyType(enable), {
    name: 'PolicyTypeNotAvailableForOrganizationException',
  })
  const { Handshake } = await billing.enableAllFeatures({})
  assert.equal(Handshake?.State, 'REQUESTED')
  await assert.rejects(billing.acceptHandshake({ HandshakeId: Handshake?.Id }), {
    name: 'InvalidHandshakeTransitionException',
  })
  const { Handshakes } = await guest.listHandshakesForAccount({
    Filter: { ActionType: 'APPROVE_ALL_FEATURES' },
  })
  await guest.acceptHandshake({ HandshakeId: Handshakes?.[0]?.Id })
  await billing.acceptHandshake({ HandshakeId: Handshake?.Id })
  await billing.enablePolicyType(enable)
  const { Organization } = await billing.describeOrganization({})
  assert.equal(Organization?.FeatureSet, 'ALL')
})
