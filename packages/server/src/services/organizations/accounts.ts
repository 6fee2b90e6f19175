import {
  AccountAlreadyClosedException$,
  CloseAccount$,
  ConflictException$,
  DescribeAccount$,
  DestinationParentNotFoundException$,
  DuplicateAccountException$,
  LeaveOrganization$,
  ListAccounts$,
  ListAccountsForParent$,
  MasterCannotLeaveOrganizationException$,
  MoveAccount$,
  RemoveAccountFromOrganization$,
  SourceParentNotFoundException$,
  type Account,
  type CloseAccountRequest,
  type DescribeAccountRequest,
  type DescribeAccountResponse,
  type ListAccountsForParentRequest,
  type ListAccountsForParentResponse,
  type ListAccountsRequest,
  type ListAccountsResponse,
  type MoveAccountRequest,
  type RemoveAccountFromOrganizationRequest,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { memberships } from '../../kernel/identity/organization-tables.ts'
import { closeTask } from './account-closure.ts'
import { accountNotFound, constraint } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { placeArn } from './places.ts'
import { attachments, members, units, type MemberRow } from './store.ts'
import { requirePlace } from './structure.ts'

/** ListAccounts: every account of the organization. */
export const ListAccounts = organizationOperation<ListAccountsRequest, ListAccountsResponse>(
  ListAccounts$,
  {
    callers: 'readers',
    delegable: true,
    async handle(input, at) {
      const list = { name: 'accounts', items: await accountsIn(at) }
      const { items, ...page } = pageOf(at.ctx, list, input)
      return { Accounts: items, ...page }
    },
  },
)

/** ListAccountsForParent: the accounts right under a root or OU. */
export const ListAccountsForParent = organizationOperation<
  ListAccountsForParentRequest,
  ListAccountsForParentResponse
>(ListAccountsForParent$, {
  callers: 'readers',
  resources: (input, at) => [placeArn(at.organization, input.ParentId ?? '')],
  async handle(input, at) {
    const parentId = input.ParentId ?? ''
    await requirePlace(at, parentId)
    const list = { name: `accounts/${parentId}`, items: await accountsIn(at, parentId) }
    const { items, ...page } = pageOf(at.ctx, list, input)
    return { Accounts: items, ...page }
  },
})

/** DescribeAccount. */
export const DescribeAccount = organizationOperation<
  DescribeAccountRequest,
  DescribeAccountResponse
>(DescribeAccount$, {
  callers: 'readers',
  resources: (input, at) => [placeArn(at.organization, input.AccountId ?? '')],
  async handle(input, at) {
    const member = await memberNamed(at, input.AccountId)
    return { Account: accountShape(member, await pathOf(at, member)) }
  },
})

/** MoveAccount from the root or OU that holds it to another. */
export const MoveAccount = organizationOperation<MoveAccountRequest, object>(MoveAccount$, {
  callers: 'management',
  publishes: true,
  resources: (input, { organization }) => [
    placeArn(organization, input.AccountId ?? ''),
    placeArn(organization, input.SourceParentId ?? ''),
    placeArn(organization, input.DestinationParentId ?? ''),
  ],
  async handle(input, at) {
    const { AccountId, SourceParentId = '', DestinationParentId = '' } = input
    const member = await memberNamed(at, AccountId)
    if (member.parentId !== SourceParentId) {
      throw awsError(
        SourceParentNotFoundException$,
        "We can't find a source root or OU with the ParentId that you specified.",
      )
    }
    if (DestinationParentId === SourceParentId) {
      throw awsError(
        DuplicateAccountException$,
        'That account is already present in the specified destination.',
      )
    }
    const isThere =
      DestinationParentId === at.organization.rootId ||
      (await at.tables.table(units).get(DestinationParentId))
    if (!isThere) {
      throw awsError(
        DestinationParentNotFoundException$,
        "We can't find the destination container (a root or OU) with the ParentId that you specified.",
      )
    }
    at.tables.table(members).put(member.id, { ...member, parentId: DestinationParentId })
    return {}
  },
})

/** CloseAccount: from now on nobody of the account gets in; it is suspended a moment later. */
export const CloseAccount = organizationOperation<CloseAccountRequest, object>(CloseAccount$, {
  callers: 'management',
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.AccountId ?? '')],
  async handle(input, at) {
    const member = await memberNamed(at, input.AccountId)
    if (member.id === at.organization.managementAccount) {
      throw constraint(
        'CANNOT_CLOSE_MANAGEMENT_ACCOUNT',
        'You attempted to close the management account for the organization.',
      )
    }
    if (member.state === 'SUSPENDED') {
      throw awsError(
        AccountAlreadyClosedException$,
        'You attempted to close an account that is already closed.',
      )
    }
    if (member.state === 'PENDING_CLOSURE') {
      throw awsError(ConflictException$, 'The account is being closed.')
    }
    at.tables.table(members).put(member.id, { ...member, state: 'PENDING_CLOSURE' })
    at.ctx.enqueue(closeTask, { accountId: member.id })
    return {}
  },
})

/** RemoveAccountFromOrganization: the account stands alone from now on. */
export const RemoveAccountFromOrganization = organizationOperation<
  RemoveAccountFromOrganizationRequest,
  object
>(RemoveAccountFromOrganization$, {
  callers: 'management',
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.AccountId ?? '')],
  async handle(input, at) {
    await release(at, await memberNamed(at, input.AccountId))
    return {}
  },
})

/** LeaveOrganization, which an account does itself. */
export const LeaveOrganization = organizationOperation<object, object>(LeaveOrganization$, {
  callers: 'members',
  publishes: true,
  async handle(_input, at) {
    await release(at, at.self)
    return {}
  },
})

async function release(at: Membership, member: MemberRow): Promise<void> {
  if (member.id === at.organization.managementAccount) {
    throw awsError(
      MasterCannotLeaveOrganizationException$,
      "You can't remove a management account from an organization. If you want the management account to become a member account in another organization, you must first delete the current organization of the management account.",
    )
  }
  if (Object.keys(member.delegations).length > 0) {
    throw constraint(
      'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
      'You attempted to remove an account that is a delegated administrator of a service in your organization.',
    )
  }
  const view = at.tables.table(attachments)
  for (const { key } of await view.list({ prefix: `${member.id}/` })) view.delete(key)
  at.tables.table(members).delete(member.id)
  at.ctx.store.table(memberships).delete(member.id)
}

/** An account of the organization. Throws AccountNotFoundException. */
export async function memberNamed(at: Membership, id = ''): Promise<MemberRow> {
  const member = await at.tables.table(members).get(id)
  if (!member) throw accountNotFound()
  return member
}

async function accountsIn(at: Membership, parentId?: string): Promise<Account[]> {
  const query = parentId === undefined ? {} : { index: 'parent', equals: parentId }
  const rows = await at.tables.table(members).list(query)
  return Promise.all(rows.map(async ({ value }) => accountShape(value, await pathOf(at, value))))
}

async function pathOf(at: Membership, member: MemberRow): Promise<string> {
  let path = `${member.id}/`
  for (let id: string | undefined = member.parentId; id !== undefined;) {
    path = `${id}/${path}`
    id = (await at.tables.table(units).get(id))?.parentId
  }
  return `${at.organization.id}/${path}`
}

function accountShape(member: MemberRow, path: string): Account {
  return {
    Id: member.id,
    Arn: member.arn,
    Email: member.email,
    Name: member.name,
    Status: member.state,
    State: member.state,
    Paths: [path],
    JoinedMethod: member.joinedMethod,
    JoinedTimestamp: new Date(member.joinedAt),
  }
}
