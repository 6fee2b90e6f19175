import type {
  Handshake,
  HandshakeResource,
  HandshakeResourceType,
  HandshakeState,
} from '@aws-sdk/client-organizations'
import type { Context } from '../../kernel/context.ts'
import { accounts } from '../../kernel/identity/tables.ts'
import { organizations, type HandshakeRow } from './store.ts'

const shownDays = 30
const dayMs = 86_400_000

/** The state at a moment: an open handshake expires by itself. */
export function stateOf(row: HandshakeRow, now: Date): HandshakeState {
  const isPending = row.state === 'OPEN' || row.state === 'REQUESTED'
  return isPending && new Date(row.expiresAt) <= now ? 'EXPIRED' : row.state
}

/** Handshakes that are over are listed for 30 days more. */
export function isShown(row: HandshakeRow, now: Date): boolean {
  const state = stateOf(row, now)
  if (state === 'OPEN' || state === 'REQUESTED') return true
  const since = state === 'EXPIRED' ? row.expiresAt : row.changedAt
  return now.getTime() - Date.parse(since) <= shownDays * dayMs
}

/** A handshake as the API shows it. */
export async function handshakeShape(ctx: Context, row: HandshakeRow): Promise<Handshake> {
  const { managementAccount, organizationId, target } = row
  const manager = await ctx.store.table(accounts).get(managementAccount)
  const home = ctx.store.at({ account: managementAccount })
  const organization = await home.table(organizations).get(organizationId)
  const resource = (Type: HandshakeResourceType, Value: string): HandshakeResource => ({
    Type,
    Value,
  })
  return {
    Id: row.id,
    Arn: row.arn,
    Action: row.action,
    State: stateOf(row, ctx.now),
    RequestedTimestamp: new Date(row.requestedAt),
    ExpirationTimestamp: new Date(row.expiresAt),
    Parties: [
      { Id: organizationId, Type: 'ORGANIZATION' },
      { Id: target.id, Type: target.type },
    ],
    Resources: [
      {
        ...resource('ORGANIZATION', organizationId),
        Resources: [
          resource('MASTER_EMAIL', manager?.email ?? ''),
          resource('MASTER_NAME', manager?.name ?? ''),
          resource('ORGANIZATION_FEATURE_SET', organization?.featureSet ?? 'ALL'),
        ],
      },
      resource(target.type, target.id),
      ...(row.parent === undefined ? [] : [resource('PARENT_HANDSHAKE', row.parent)]),
      ...(row.notes === undefined ? [] : [resource('NOTES', row.notes)]),
    ],
  }
}
