import type { Context, Tables } from '../../kernel/context.ts'
import { memberships } from '../../kernel/identity/organization-tables.ts'
import { publishControls } from './controls.ts'
import { handshakeConstraint } from './errors.ts'
import { attachFullAccess } from './full-access.ts'
import { newMember } from './organization.ts'
import type { Membership } from './organization-operation.ts'
import { ensureServiceLinkedRole } from './service-linked-role.ts'
import { handshakes, members, organizations, type HandshakeRow } from './store.ts'

/** Does what an accepted handshake was about. */
export async function fulfil(ctx: Context, handshake: HandshakeRow): Promise<void> {
  const tables = ctx.store.at({ account: handshake.managementAccount })
  const organization = await tables.table(organizations).get(handshake.organizationId)
  const self = await tables.table(members).get(handshake.managementAccount)
  if (!organization || !self) return
  const at = { ctx, tables, organization, self, isManagement: true }
  if (handshake.action === 'INVITE') await join(at, handshake)
  if (handshake.action === 'APPROVE_ALL_FEATURES') await openParent(ctx, handshake)
  if (handshake.action === 'ENABLE_ALL_FEATURES') await enableAll(at, tables)
}

async function join(at: Membership, { tags }: HandshakeRow): Promise<void> {
  const { ctx, tables, organization } = at
  const id = ctx.account
  if (await ctx.store.table(memberships).get(id)) {
    throw handshakeConstraint(
      'ALREADY_IN_AN_ORGANIZATION',
      'The provided account is already a member of an organization.',
    )
  }
  const base = { id, parentId: organization.rootId, joinedMethod: 'INVITED', tags } as const
  tables.table(members).put(id, await newMember(at, base))
  attachFullAccess(at, id)
  await ensureServiceLinkedRole(ctx, id)
  await publishControls(at)
}

/** Once every account has approved, the management account may finalize. */
async function openParent(ctx: Context, { parent = '', id }: HandshakeRow): Promise<void> {
  const view = ctx.store.table(handshakes)
  const siblings = await view.list({ index: 'parent', equals: parent })
  const isWaiting = siblings.some(({ key, value }) => key !== id && value.state !== 'ACCEPTED')
  const row = await view.get(parent)
  if (row?.state === 'REQUESTED' && !isWaiting) view.put(parent, { ...row, state: 'OPEN' })
}

async function enableAll(at: Membership, tables: Tables): Promise<void> {
  tables.table(organizations).put(at.organization.id, { ...at.organization, featureSet: 'ALL' })
  await publishControls(at)
}
