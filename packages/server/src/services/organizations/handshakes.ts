import {
  AcceptHandshake$,
  CancelHandshake$,
  DeclineHandshake$,
  DescribeHandshake$,
  HandshakeAlreadyInStateException$,
  HandshakeNotFoundException$,
  InvalidHandshakeTransitionException$,
  ListHandshakesForAccount$,
  ListHandshakesForOrganization$,
  type AcceptHandshakeRequest,
  type AcceptHandshakeResponse,
  type CancelHandshakeRequest,
  type CancelHandshakeResponse,
  type DeclineHandshakeRequest,
  type DeclineHandshakeResponse,
  type DescribeHandshakeRequest,
  type DescribeHandshakeResponse,
  type HandshakeFilter,
  type HandshakeState,
  type ListHandshakesForAccountRequest,
  type ListHandshakesForAccountResponse,
  type ListHandshakesForOrganizationRequest,
  type ListHandshakesForOrganizationResponse,
} from '@aws-sdk/client-organizations'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { fulfil } from './handshake-fulfilment.ts'
import { handshakeShape, isShown, stateOf } from './handshake-shape.ts'
import { membershipOf, organizationOperation } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { serviceLinkedRoleAccess } from './service-linked-role.ts'
import { handshakes, type HandshakeRow } from './store.ts'

/** AcceptHandshake, by the account that it was sent to. */
export const AcceptHandshake = operation<
  AcceptHandshakeRequest,
  AcceptHandshakeResponse,
  HandshakeRow | undefined
>(AcceptHandshake$, {
  resolve: (input, ctx) => seek(ctx, input.HandshakeId),
  access: (_input, ctx, row) => {
    const accept = accessTo(ctx, row)
    return row?.action === 'INVITE' ? [accept, serviceLinkedRoleAccess(ctx.account)] : accept
  },
  async handle(_input, ctx, row) {
    const handshake = await moved(ctx, { row, to: 'ACCEPTED', by: 'recipient' })
    await fulfil(ctx, handshake)
    return { Handshake: await handshakeShape(ctx, handshake) }
  },
})

/** DeclineHandshake, by the account that it was sent to. */
export const DeclineHandshake = operation<
  DeclineHandshakeRequest,
  DeclineHandshakeResponse,
  HandshakeRow | undefined
>(DeclineHandshake$, {
  resolve: (input, ctx) => seek(ctx, input.HandshakeId),
  access: (_input, ctx, row) => accessTo(ctx, row),
  async handle(_input, ctx, row) {
    const handshake = await moved(ctx, { row, to: 'DECLINED', by: 'recipient' })
    return { Handshake: await handshakeShape(ctx, handshake) }
  },
})

/** CancelHandshake, by the account that sent it. */
export const CancelHandshake = operation<
  CancelHandshakeRequest,
  CancelHandshakeResponse,
  HandshakeRow | undefined
>(CancelHandshake$, {
  resolve: (input, ctx) => seek(ctx, input.HandshakeId),
  access: (_input, ctx, row) => accessTo(ctx, row),
  async handle(_input, ctx, row) {
    const handshake = await moved(ctx, { row, to: 'CANCELED', by: 'managementAccount' })
    return { Handshake: await handshakeShape(ctx, handshake) }
  },
})

/** DescribeHandshake, for both parties. */
export const DescribeHandshake = operation<
  DescribeHandshakeRequest,
  DescribeHandshakeResponse,
  HandshakeRow | undefined
>(DescribeHandshake$, {
  resolve: (input, ctx) => seek(ctx, input.HandshakeId),
  access: (_input, ctx, row) => accessTo(ctx, row),
  async handle(_input, ctx, row) {
    if (!row) throw notFound()
    return { Handshake: await handshakeShape(ctx, row) }
  },
})

/** ListHandshakesForAccount: what the caller's account was sent; it need not be in an organization. */
export const ListHandshakesForAccount = operation<
  ListHandshakesForAccountRequest,
  ListHandshakesForAccountResponse
>(ListHandshakesForAccount$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const rows = await ctx.store.table(handshakes).list({ index: 'recipient', equals: ctx.account })
    const list = await listOf(ctx, rows, input.Filter)
    const { items, ...page } = pageOf(ctx, list, input)
    return { Handshakes: items, ...page }
  },
})

/** ListHandshakesForOrganization: what the organization has sent. */
export const ListHandshakesForOrganization = organizationOperation<
  ListHandshakesForOrganizationRequest,
  ListHandshakesForOrganizationResponse
>(ListHandshakesForOrganization$, {
  callers: 'readers',
  async handle(input, { ctx, organization }) {
    const query = { index: 'organization', equals: organization.id }
    const rows = await ctx.store.table(handshakes).list(query)
    const list = await listOf(ctx, rows, input.Filter)
    const { items, ...page } = pageOf(ctx, list, input)
    return { Handshakes: items, ...page }
  },
})

async function listOf(
  ctx: Context,
  rows: readonly { readonly value: HandshakeRow }[],
  { ActionType, ParentHandshakeId }: HandshakeFilter = {},
) {
  const wanted = rows
    .map(({ value }) => value)
    .filter((row) => ActionType === undefined || row.action === ActionType)
    .filter((row) => ParentHandshakeId === undefined || row.parent === ParentHandshakeId)
    .filter((row) => isShown(row, ctx.now))
  const items = await Promise.all(wanted.map((row) => handshakeShape(ctx, row)))
  return { name: `handshakes/${ActionType ?? ''}/${ParentHandshakeId ?? ''}`, items }
}

/** A handshake as far as the caller's account is a party to it. */
async function seek(ctx: Context, id = ''): Promise<HandshakeRow | undefined> {
  const row = await ctx.store.table(handshakes).get(id)
  if (!row) return undefined
  const isParty = row.recipient === ctx.account || row.managementAccount === ctx.account
  if (isParty) return row
  const at = await membershipOf(ctx)
  const reads = at && Object.keys(at.self.delegations).length > 0
  return reads && at.organization.id === row.organizationId ? row : undefined
}

/** The account's own policies decide, though the ARN is the management account's. */
function accessTo(ctx: Context, row: HandshakeRow | undefined): Access {
  return { resource: row?.arn ?? '*', resourceAccount: ctx.account }
}

interface Transition {
  readonly row: HandshakeRow | undefined
  readonly to: HandshakeState
  readonly by: 'recipient' | 'managementAccount'
}

/** Moves an open handshake to another state. Throws what AWS throws when it is not open. */
async function moved(ctx: Context, { row, to, by }: Transition): Promise<HandshakeRow> {
  if (!row || row[by] !== ctx.account) throw notFound()
  const state = stateOf(row, ctx.now)
  if (state === to) {
    throw awsError(
      HandshakeAlreadyInStateException$,
      `The specified handshake is already in the requested state.`,
    )
  }
  const isOpen = state === 'OPEN' || (to === 'CANCELED' && state === 'REQUESTED')
  if (!isOpen) {
    throw awsError(
      InvalidHandshakeTransitionException$,
      `You can't perform the operation on the handshake in its current state (${state}).`,
    )
  }
  const next = { ...row, state: to, changedAt: ctx.now.toISOString() }
  ctx.store.table(handshakes).put(row.id, next)
  return next
}

function notFound() {
  return awsError(
    HandshakeNotFoundException$,
    "We can't find a handshake with the HandshakeId that you specified.",
  )
}
