import {
  DuplicateHandshakeException$,
  EnableAllFeatures$,
  InviteAccountToOrganization$,
  type ActionType,
  type EnableAllFeaturesResponse,
  type InviteAccountToOrganizationRequest,
  type InviteAccountToOrganizationResponse,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { memberships } from '../../kernel/identity/organization-tables.ts'
import { accounts } from '../../kernel/identity/tables.ts'
import { handshakeConstraint, invalidInput } from './errors.ts'
import { handshakeShape, stateOf } from './handshake-shape.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { placeArn } from './places.ts'
import { handshakes, members, type HandshakeRow } from './store.ts'
import { newTags } from './tagging.ts'

const inviteDays = 15
const allFeaturesDays = 90
const dayMs = 86_400_000

/** InviteAccountToOrganization: another tenant of this installation, by account id or e-mail address. */
export const InviteAccountToOrganization = organizationOperation<
  InviteAccountToOrganizationRequest,
  InviteAccountToOrganizationResponse
>(InviteAccountToOrganization$, {
  callers: 'management',
  resources: (input, at) => [placeArn(at.organization, input.Target?.Id ?? '')],
  tags: (input) => input.Tags,
  async handle(input, at) {
    const { ctx } = at
    const { Id: id = '', Type: type = 'ACCOUNT' } = input.Target ?? {}
    const recipient = await recipientOf(at, id, type)
    if (await ctx.store.table(memberships).get(recipient)) {
      throw handshakeConstraint(
        'ALREADY_IN_AN_ORGANIZATION',
        'The provided account is already a member of an organization.',
      )
    }
    await requireNoOther(at, 'INVITE', recipient)
    const row = newHandshake(at, {
      action: 'INVITE',
      target: { id, type },
      recipient,
      days: inviteDays,
    })
    const full = {
      ...row,
      tags: newTags([], input.Tags),
      ...(input.Notes !== undefined && { notes: input.Notes }),
    }
    ctx.store.table(handshakes).put(row.id, full)
    return { Handshake: await handshakeShape(ctx, full) }
  },
})

/**
 * EnableAllFeatures asks every invited account for its approval; when all have given it, the
 * management account accepts the handshake that this returns.
 */
export const EnableAllFeatures = organizationOperation<object, EnableAllFeaturesResponse>(
  EnableAllFeatures$,
  {
    callers: 'management',
    async handle(_input, at) {
      const { ctx, organization, tables } = at
      if (organization.featureSet === 'ALL') {
        throw handshakeConstraint(
          'ORGANIZATION_ALREADY_HAS_ALL_FEATURES',
          'All features are already enabled in the organization.',
        )
      }
      const self = organization.managementAccount
      await requireNoOther(at, 'ENABLE_ALL_FEATURES', self)
      const rows = (await tables.table(members).list()).map(({ value }) => value)
      const invited = rows.filter(
        ({ id, joinedMethod }) => id !== self && joinedMethod === 'INVITED',
      )
      const parent: HandshakeRow = {
        ...newHandshake(at, {
          action: 'ENABLE_ALL_FEATURES',
          target: { id: self, type: 'ACCOUNT' },
          recipient: self,
          days: allFeaturesDays,
        }),
        state: invited.length > 0 ? 'REQUESTED' : 'OPEN',
      }
      const view = ctx.store.table(handshakes)
      view.put(parent.id, parent)
      for (const { id } of invited) {
        const target = { id, type: 'ACCOUNT' } as const
        const row = newHandshake(at, {
          action: 'APPROVE_ALL_FEATURES',
          target,
          recipient: id,
          days: allFeaturesDays,
        })
        view.put(row.id, { ...row, parent: parent.id })
      }
      return { Handshake: await handshakeShape(ctx, parent) }
    },
  },
)

async function recipientOf({ ctx }: Membership, id: string, type: string): Promise<string> {
  const tenants = ctx.store.table(accounts)
  if (type === 'ACCOUNT') {
    if (!/^\d{12}$/.test(id)) throw invalidInput('INVALID_PATTERN_TARGET_ID')
    if (await tenants.get(id)) return id
    throw invalidInput(
      'INVALID_PATTERN_TARGET_ID',
      'There is no account with the id that you specified.',
    )
  }
  if (type !== 'EMAIL') throw invalidInput('INVALID_PARTY_TYPE_TARGET')
  const found = (await tenants.list()).find(({ value }) => value.email === id)
  if (found) return found.key
  throw invalidInput(
    'INVALID_EMAIL_ADDRESS_TARGET',
    'There is no account with the email address that you specified.',
  )
}

async function requireNoOther(
  { ctx, organization }: Membership,
  action: ActionType,
  recipient: string,
): Promise<void> {
  const query = { index: 'organization', equals: organization.id }
  for (const { value: row } of await ctx.store.table(handshakes).list(query)) {
    const state = stateOf(row, ctx.now)
    const isPending = state === 'OPEN' || state === 'REQUESTED'
    if (isPending && row.action === action && row.recipient === recipient) {
      throw awsError(
        DuplicateHandshakeException$,
        'A handshake with the same action and target already exists.',
      )
    }
  }
}

const arnKinds: Partial<Record<ActionType, string>> = {
  INVITE: 'invite',
  ENABLE_ALL_FEATURES: 'enable_all_features',
  APPROVE_ALL_FEATURES: 'approve_all_features',
}

function newHandshake(
  { ctx, organization }: Membership,
  {
    days,
    ...spec
  }: Pick<HandshakeRow, 'action' | 'target' | 'recipient'> & {
    readonly days: number
  },
): HandshakeRow {
  const id = `h-${ctx.ids.hex(10)}`
  const { id: organizationId, managementAccount } = organization
  const kind = arnKinds[spec.action] ?? 'invite'
  const requestedAt = ctx.now.toISOString()
  return {
    id,
    arn: `arn:aws:organizations::${managementAccount}:handshake/${organizationId}/${kind}/${id}`,
    organizationId,
    managementAccount,
    state: 'OPEN',
    requestedAt,
    changedAt: requestedAt,
    expiresAt: new Date(ctx.now.getTime() + days * dayMs).toISOString(),
    tags: [],
    ...spec,
  }
}
