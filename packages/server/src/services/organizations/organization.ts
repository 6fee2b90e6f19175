import {
  AlreadyInOrganizationException$,
  CreateOrganization$,
  DeleteOrganization$,
  DescribeOrganization$,
  OrganizationNotEmptyException$,
  type CreateOrganizationRequest,
  type CreateOrganizationResponse,
  type DescribeOrganizationResponse,
  type Organization,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { memberships, organizationControls } from '../../kernel/identity/organization-tables.ts'
import { accounts } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { publishControls } from './controls.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { ensureServiceLinkedRole, serviceLinkedRoleAccess } from './service-linked-role.ts'
import {
  attachments,
  creations,
  handshakes,
  members,
  organizations,
  policies,
  units,
  type MemberRow,
  type OrganizationRow,
} from './store.ts'

/** CreateOrganization: the caller's account becomes the management account. */
export const CreateOrganization = operation<CreateOrganizationRequest, CreateOrganizationResponse>(
  CreateOrganization$,
  {
    access: (_input, ctx) => [{ resource: '*' }, serviceLinkedRoleAccess(ctx.account)],
    async handle(input, ctx) {
      if (await ctx.store.table(memberships).get(ctx.account)) {
        throw awsError(
          AlreadyInOrganizationException$,
          'The provided account is already a member of an organization.',
        )
      }
      const id = `o-${ctx.ids.hex(10)}`
      const organization: OrganizationRow = {
        id,
        arn: `arn:aws:organizations::${ctx.account}:organization/${id}`,
        managementAccount: ctx.account,
        featureSet: input.FeatureSet ?? 'ALL',
        createdAt: ctx.now.toISOString(),
        rootId: `r-${ctx.ids.hex(4)}`,
        rootTags: [],
        policyTypes: [],
        trustedServices: {},
      }
      const self = await newMember(
        { organization, ctx },
        { id: ctx.account, parentId: organization.rootId, joinedMethod: 'INVITED' },
      )
      ctx.store.table(organizations).put(id, organization)
      ctx.store.table(members).put(self.id, self)
      await ensureServiceLinkedRole(ctx, ctx.account)
      const at = { ctx, organization, self, tables: ctx.store, isManagement: true }
      await publishControls(at)
      return { Organization: shapeOf(at, self.email) }
    },
  },
)

/** DescribeOrganization. */
export const DescribeOrganization = organizationOperation<object, DescribeOrganizationResponse>(
  DescribeOrganization$,
  {
    callers: 'members',
    async handle(_input, at) {
      const manager = await at.tables.table(members).get(at.organization.managementAccount)
      return { Organization: shapeOf(at, manager?.email ?? '') }
    },
  },
)

/** DeleteOrganization: only when nothing but the management account is left in it. */
export const DeleteOrganization = organizationOperation<object, object>(DeleteOrganization$, {
  callers: 'management',
  async handle(_input, { ctx, tables, organization }) {
    const left = await Promise.all([
      tables.table(units).list({ limit: 1 }),
      tables.table(policies).list({ limit: 1 }),
    ])
    const accountsLeft = await tables.table(members).list({ limit: 2 })
    if (accountsLeft.length > 1 || left.some((rows) => rows.length > 0)) {
      throw awsError(
        OrganizationNotEmptyException$,
        "The organization isn't empty. To delete an organization, you must first remove all accounts except the management account, delete all OUs, and delete all policies.",
      )
    }
    await clear({ ctx, tables, organization })
    return {}
  },
})

async function clear({
  ctx,
  tables,
  organization,
}: Pick<Membership, 'ctx' | 'tables' | 'organization'>): Promise<void> {
  const controls = ctx.store.table(organizationControls)
  await controls.get(organization.id)
  controls.delete(organization.id)
  ctx.store.table(memberships).delete(organization.managementAccount)
  tables.table(organizations).delete(organization.id)
  tables.table(members).delete(organization.managementAccount)
  for (const { key } of await tables.table(attachments).list())
    tables.table(attachments).delete(key)
  for (const { key } of await tables.table(creations).list()) tables.table(creations).delete(key)
  const view = ctx.store.table(handshakes)
  const query = { index: 'organization', equals: organization.id }
  for (const { key } of await view.list(query)) view.delete(key)
}

/** A tenant of this installation as a new account of an organization. */
export async function newMember(
  { organization, ctx }: Pick<Membership, 'organization' | 'ctx'>,
  {
    id,
    ...rest
  }: Pick<MemberRow, 'id' | 'parentId' | 'joinedMethod'> & Partial<Pick<MemberRow, 'tags'>>,
): Promise<MemberRow> {
  const tenant = await ctx.store.table(accounts).get(id)
  return {
    id,
    arn: `arn:aws:organizations::${organization.managementAccount}:account/${organization.id}/${id}`,
    email: tenant?.email ?? '',
    name: tenant?.name ?? '',
    state: 'ACTIVE',
    joinedAt: ctx.now.toISOString(),
    tags: [],
    delegations: {},
    ...rest,
  }
}

function shapeOf({ organization }: Pick<Membership, 'organization'>, email: string): Organization {
  const { id, arn, featureSet, managementAccount } = organization
  return {
    Id: id,
    Arn: arn,
    FeatureSet: featureSet,
    MasterAccountArn: `arn:aws:organizations::${managementAccount}:account/${id}/${managementAccount}`,
    MasterAccountId: managementAccount,
    MasterAccountEmail: email,
    AvailablePolicyTypes:
      featureSet === 'ALL' ? [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }] : [],
  }
}
