import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Organizations } from '@aws-sdk/client-organizations'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { accessTo, newAccount, newOrganization, policyText } from './organization.fixture.ts'

let bartizan: TestServer
let organizations: Organizations
let rootId: string
let account: string
let delegate: Organizations
before(async () => {
  bartizan = await startTestServer()
  ;({ organizations, rootId } = await newOrganization(bartizan))
  account = await newAccount(organizations, 'delegate')
  delegate = bartizan.client(Organizations, { credentials: await accessTo(bartizan, account) })
})
after(() => bartizan.close())

const ServicePrincipal = 'guardduty.amazonaws.com'

test('a delegated administrator reads the organization and changes nothing', async () => {
  await assert.rejects(delegate.listAccounts({}), { name: 'AccessDeniedException' })
  const registration = { AccountId: account, ServicePrincipal }
  await assert.rejects(organizations.registerDelegatedAdministrator(registration), {
    name: 'ConstraintViolationException',
    Reason: 'SERVICE_ACCESS_NOT_ENABLED',
  })
  await organizations.enableAWSServiceAccess({ ServicePrincipal })
  await organizations.registerDelegatedAdministrator(registration)
  await assert.rejects(organizations.registerDelegatedAdministrator(registration), {
    name: 'AccountAlreadyRegisteredException',
  })
  const { Accounts } = await delegate.listAccounts({})
  assert.equal(Accounts?.length, 2)
  await assert.rejects(delegate.createOrganizationalUnit({ ParentId: rootId, Name: 'No' }), {
    name: 'AccessDeniedException',
  })
  const { DelegatedAdministrators } = await organizations.listDelegatedAdministrators({
    ServicePrincipal,
  })
  assert.equal(DelegatedAdministrators?.[0]?.Id, account)
  const { DelegatedServices } = await delegate.listDelegatedServicesForAccount({
    AccountId: account,
  })
  assert.equal(DelegatedServices?.[0]?.ServicePrincipal, ServicePrincipal)
  await assert.rejects(organizations.removeAccountFromOrganization({ AccountId: account }), {
    Reason: 'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
  })
  await assert.rejects(organizations.disableAWSServiceAccess({ ServicePrincipal }), {
    Reason: 'DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE',
  })
  await organizations.deregisterDelegatedAdministrator(registration)
  await assert.rejects(delegate.listAccounts({}), { name: 'AccessDeniedException' })
  await organizations.disableAWSServiceAccess({ ServicePrincipal })
  const { EnabledServicePrincipals } = await organizations.listAWSServiceAccessForOrganization({})
  assert.deepEqual(EnabledServicePrincipals, [])
})

test('the management account is nobody’s delegate', async () => {
  await assert.rejects(
    organizations.registerDelegatedAdministrator({
      AccountId: bartizan.accountId,
      ServicePrincipal,
    }),
    { Reason: 'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR' },
  )
})

test('the resource policy lets a member account do what it names', async () => {
  await assert.rejects(organizations.describeResourcePolicy({}), {
    name: 'ResourcePolicyNotFoundException',
  })
  const { ResourcePolicy } = await organizations.putResourcePolicy({
    Content: policyText({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: ['organizations:CreatePolicy', 'organizations:ListPolicies'],
      Resource: '*',
      Condition: { StringEquals: { 'organizations:PolicyType': 'TAG_POLICY' } },
    }),
  })
  assert.match(ResourcePolicy?.ResourcePolicySummary?.Id ?? '', /^rp-/)
  const policy = {
    Name: 'delegated',
    Description: '',
    Content: '{"tags":{"team":{"tag_key":{"@@assign":"Team"}}}}',
  }
  await delegate.createPolicy({ ...policy, Type: 'TAG_POLICY' })
  const { Policies } = await delegate.listPolicies({ Filter: 'TAG_POLICY' })
  assert.equal(Policies?.length, 1)
  await assert.rejects(delegate.listPolicies({ Filter: 'SERVICE_CONTROL_POLICY' }), {
    name: 'AccessDeniedException',
  })
  await organizations.deleteResourcePolicy({})
  await assert.rejects(delegate.listPolicies({ Filter: 'TAG_POLICY' }), {
    name: 'AccessDeniedException',
  })
})

test('the effective tag policy of an account merges what it inherits', async () => {
  await organizations.enablePolicyType({ RootId: rootId, PolicyType: 'TAG_POLICY' })
  const attach = async (Name: string, tags: object, TargetId: string) => {
    const { Policy } = await organizations.createPolicy({
      Name,
      Description: '',
      Type: 'TAG_POLICY',
      Content: JSON.stringify({ tags }),
    })
    await organizations.attachPolicy({ PolicyId: Policy?.PolicySummary?.Id, TargetId })
  }
  await assert.rejects(delegate.describeEffectivePolicy({ PolicyType: 'TAG_POLICY' }), {
    name: 'EffectivePolicyNotFoundException',
  })
  await attach(
    'ofRoot',
    { costcenter: { tag_key: { '@@assign': 'CostCenter' }, tag_value: { '@@assign': ['100'] } } },
    rootId,
  )
  await attach('ofAccount', { costcenter: { tag_value: { '@@append': ['200'] } } }, account)
  const { EffectivePolicy } = await delegate.describeEffectivePolicy({ PolicyType: 'TAG_POLICY' })
  assert.deepEqual(JSON.parse(EffectivePolicy?.PolicyContent ?? ''), {
    tags: { costcenter: { tag_key: 'CostCenter', tag_value: ['100', '200'] } },
  })
  assert.equal(EffectivePolicy?.TargetId, account)
})

test('accounts, OUs, policies and the root bear tags', async () => {
  const Tags = [{ Key: 'team', Value: 'one' }]
  for (const ResourceId of [rootId, account]) {
    await organizations.tagResource({ ResourceId, Tags })
    assert.deepEqual((await organizations.listTagsForResource({ ResourceId })).Tags, Tags)
    await organizations.untagResource({ ResourceId, TagKeys: ['team'] })
    assert.deepEqual((await organizations.listTagsForResource({ ResourceId })).Tags, [])
  }
  await assert.rejects(
    organizations.tagResource({ ResourceId: rootId, Tags: [{ Key: 'aws:team', Value: '' }] }),
    { name: 'InvalidInputException', Reason: 'INVALID_SYSTEM_TAGS_PARAMETER' },
  )
  await assert.rejects(organizations.listTagsForResource({ ResourceId: '999999999999' }), {
    name: 'TargetNotFoundException',
  })
})

test('lists come in pages', async () => {
  for (let count = 0; count < 3; count++) {
    await organizations.createOrganizationalUnit({ ParentId: rootId, Name: `page-${count}` })
  }
  const names: (string | undefined)[] = []
  let NextToken: string | undefined
  do {
    const page = await organizations.listOrganizationalUnitsForParent({
      ParentId: rootId,
      MaxResults: 2,
      ...(NextToken && { NextToken }),
    })
    names.push(...(page.OrganizationalUnits ?? []).map(({ Name }) => Name))
    NextToken = page.NextToken
  } while (NextToken)
  assert.deepEqual(names.sort(), ['page-0', 'page-1', 'page-2'])
  await assert.rejects(organizations.listAccounts({ NextToken: 'made-up' }), {
    name: 'InvalidInputException',
  })
})
