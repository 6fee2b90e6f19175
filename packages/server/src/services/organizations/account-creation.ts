import {
  CreateAccount$,
  CreateAccountStatusNotFoundException$,
  DescribeCreateAccountStatus$,
  ListCreateAccountStatus$,
  type CreateAccountRequest,
  type CreateAccountResponse,
  type CreateAccountStatus,
  type DescribeCreateAccountStatusRequest,
  type DescribeCreateAccountStatusResponse,
  type ListCreateAccountStatusRequest,
  type ListCreateAccountStatusResponse,
} from '@aws-sdk/client-organizations'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { accounts } from '../../kernel/identity/tables.ts'
import type { Task } from '../../kernel/tasks.ts'
import { publishControls } from './controls.ts'
import { attachFullAccess } from './full-access.ts'
import { invalidInput } from './errors.ts'
import { newMember } from './organization.ts'
import { membershipOf, organizationOperation } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { createAccessRole, ensureServiceLinkedRole } from './service-linked-role.ts'
import { creations, members, type CreationRow } from './store.ts'
import { newTags } from './tagging.ts'

/**
 * Makes the tenant: its root user, which has no credentials as on AWS, and the role by which the
 * management account gets in.
 */
export const createTask: Task<{ readonly id: string }> = {
  name: 'organizations.create-account',
  async run(ctx, { id }) {
    const view = ctx.store.table(creations)
    const creation = await view.get(id)
    const at = await membershipOf(ctx)
    if (!at || creation?.state !== 'IN_PROGRESS') return undefined
    const completedAt = ctx.now.toISOString()
    const finish = (end: Pick<CreationRow, 'state' | 'accountId' | 'failure'>): undefined => {
      const done = { ...creation, ...end, completedAt }
      view.put(id, done)
      ctx.audit.serviceEvent({
        name: 'CreateAccountResult',
        details: { createAccountStatus: eventDetails(done) },
      })
    }
    const tenants = ctx.store.table(accounts)
    const taken = (await tenants.list()).some(({ value }) => value.email === creation.email)
    if (taken) return finish({ state: 'FAILED', failure: 'EMAIL_ALREADY_EXISTS' })
    const accountId = await freeAccountId(ctx)
    const { accountName: name, email, roleName, tags } = creation
    tenants.put(accountId, { id: accountId, name, email, createdAt: completedAt })
    createAccessRole(ctx, { account: accountId, roleName })
    await ensureServiceLinkedRole(ctx, accountId)
    const parentId = at.organization.rootId
    const base = { id: accountId, parentId, joinedMethod: 'CREATED', tags } as const
    at.tables.table(members).put(accountId, await newMember(at, base))
    attachFullAccess(at, accountId)
    await publishControls(at)
    return finish({ state: 'SUCCEEDED', accountId })
  },
}

/** CreateAccount: the account is made after the answer; DescribeCreateAccountStatus tells when. */
export const CreateAccount = organizationOperation<CreateAccountRequest, CreateAccountResponse>(
  CreateAccount$,
  {
    callers: 'management',
    tags: (input) => input.Tags,
    handle(input, { ctx }) {
      const email = input.Email ?? ''
      if (!/^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/.test(email)) {
        throw invalidInput(
          'INVALID_EMAIL_ADDRESS_TARGET',
          'You specified an invalid email address.',
        )
      }
      const creation: CreationRow = {
        id: `car-${ctx.ids.hex(32)}`,
        accountName: input.AccountName ?? '',
        email,
        roleName: input.RoleName ?? 'OrganizationAccountAccessRole',
        tags: newTags([], input.Tags),
        state: 'IN_PROGRESS',
        requestedAt: ctx.now.toISOString(),
      }
      ctx.store.table(creations).put(creation.id, creation)
      ctx.enqueue(createTask, { id: creation.id }, { order: `organizations/${ctx.account}` })
      return { CreateAccountStatus: statusShape(creation) }
    },
  },
)

/** DescribeCreateAccountStatus. */
export const DescribeCreateAccountStatus = organizationOperation<
  DescribeCreateAccountStatusRequest,
  DescribeCreateAccountStatusResponse
>(DescribeCreateAccountStatus$, {
  callers: 'readers',
  async handle(input, { tables }) {
    const creation = await tables.table(creations).get(input.CreateAccountRequestId ?? '')
    if (!creation) {
      throw awsError(
        CreateAccountStatusNotFoundException$,
        "We can't find an create account request with the CreateAccountRequestId that you specified.",
      )
    }
    return { CreateAccountStatus: statusShape(creation) }
  },
})

/** ListCreateAccountStatus: the requests in the states asked for. */
export const ListCreateAccountStatus = organizationOperation<
  ListCreateAccountStatusRequest,
  ListCreateAccountStatusResponse
>(ListCreateAccountStatus$, {
  callers: 'readers',
  async handle(input, { ctx, tables }) {
    const states = input.States ?? []
    const rows = (await tables.table(creations).list()).map(({ value }) => value)
    const wanted = rows.filter(({ state }) => states.length === 0 || states.includes(state))
    const list = { name: `creations/${states.join()}`, items: wanted.map(statusShape) }
    const { items, ...page } = pageOf(ctx, list, input)
    return { CreateAccountStatuses: items, ...page }
  },
})

async function freeAccountId(ctx: Context): Promise<string> {
  for (;;) {
    const number = (BigInt(`0x${ctx.ids.hex(16)}`) % 900_000_000_000n) + 100_000_000_000n
    const id = number.toString()
    if (!(await ctx.store.table(accounts).get(id))) return id
  }
}

function statusShape(row: CreationRow): CreateAccountStatus {
  return {
    Id: row.id,
    AccountName: row.accountName,
    State: row.state,
    RequestedTimestamp: new Date(row.requestedAt),
    ...(row.completedAt !== undefined && { CompletedTimestamp: new Date(row.completedAt) }),
    ...(row.accountId !== undefined && { AccountId: row.accountId }),
    ...(row.failure && { FailureReason: row.failure }),
  }
}

function eventDetails(row: CreationRow): object {
  return {
    id: row.id,
    state: row.state,
    accountName: '****',
    ...(row.accountId !== undefined && { accountId: row.accountId }),
    ...(row.failure && { failureReason: row.failure }),
    requestedTimestamp: row.requestedAt,
    completedTimestamp: row.completedAt,
  }
}
