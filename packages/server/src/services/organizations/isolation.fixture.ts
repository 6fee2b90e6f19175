import { Organizations } from '@aws-sdk/client-organizations'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'
import { newAccount, newOrganization } from './organization.fixture.ts'

/** An organization with an account, an OU, policies, an invitation and a delegated administrator. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const { organizations, id, rootId } = await newOrganization(bartizan)
  const AccountId = await newAccount(organizations, 'canary-account')
  const { OrganizationalUnit } = await organizations.createOrganizationalUnit({
    ParentId: rootId,
    Name: 'canary-unit',
  })
  const unit = OrganizationalUnit?.Id ?? ''
  const { Policy } = await organizations.createPolicy({
    Name: 'canary-policy',
    Description: 'canary description of the owner',
    Type: 'TAG_POLICY',
    Content: '{"tags":{"canary":{"tag_key":{"@@assign":"canary-tag-of-owner"}}}}',
  })
  const PolicyId = Policy?.PolicySummary?.Id ?? ''
  await organizations.enablePolicyType({ RootId: rootId, PolicyType: 'TAG_POLICY' })
  await organizations.attachPolicy({ PolicyId, TargetId: AccountId })
  const ServicePrincipal = 'canary.amazonaws.com'
  await organizations.enableAWSServiceAccess({ ServicePrincipal })
  await organizations.registerDelegatedAdministrator({ AccountId, ServicePrincipal })
  const guest = await bartizan.createAccount()
  const { Handshake } = await organizations.inviteAccountToOrganization({
    Target: { Type: 'ACCOUNT', Id: guest.accountId },
    Notes: 'canary note of the owner',
  })
  const HandshakeId = Handshake?.Id ?? ''
  const { CreateAccountStatuses } = await organizations.listCreateAccountStatus({})
  const CreateAccountRequestId = CreateAccountStatuses?.[0]?.Id ?? ''
  const names = { AccountId, PolicyId, HandshakeId, CreateAccountRequestId, ServicePrincipal }
  loot.keep({ ...names, RootId: rootId, OrganizationalUnitId: unit, Id: AccountId })
  for (const place of [AccountId, unit, rootId]) {
    loot.keep({ TargetId: place, ResourceId: place, ChildId: place })
  }
  for (const parent of [rootId, unit]) {
    loot.keep({ ParentId: parent, SourceParentId: parent, DestinationParentId: parent })
  }
  for (const secret of [id, rootId, unit, AccountId, PolicyId, HandshakeId]) {
    loot.secrets.add(secret)
  }
}

/** Makes an account one of the first account's organization. */
export async function join(
  bartizan: TestServer,
  guest: Awaited<ReturnType<TestServer['createAccount']>>,
): Promise<void> {
  const { Handshake } = await bartizan
    .client(Organizations)
    .inviteAccountToOrganization({ Target: { Type: 'ACCOUNT', Id: guest.accountId } })
  const { credentials } = guest
  const invited = bartizan.client(Organizations, { credentials })
  await invited.acceptHandshake({ HandshakeId: Handshake?.Id })
}
