import {
  AccountAlreadyRegisteredException$,
  AccountNotRegisteredException$,
  DeregisterDelegatedAdministrator$,
  ListDelegatedAdministrators$,
  ListDelegatedServicesForAccount$,
  RegisterDelegatedAdministrator$,
  type DelegatedAdministrator,
  type DeregisterDelegatedAdministratorRequest,
  type ListDelegatedAdministratorsRequest,
  type ListDelegatedAdministratorsResponse,
  type ListDelegatedServicesForAccountRequest,
  type ListDelegatedServicesForAccountResponse,
  type RegisterDelegatedAdministratorRequest,
} from '@aws-sdk/client-organizations'
import { awsError, type AwsError } from '../../kernel/errors.ts'
import { memberNamed } from './accounts.ts'
import { constraint } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { placeArn } from './places.ts'
import { checkServicePrincipal } from './service-access.ts'
import { members, type MemberRow } from './store.ts'

/** RegisterDelegatedAdministrator: the account may read the organization, and administer a service for it. */
export const RegisterDelegatedAdministrator = organizationOperation<
  RegisterDelegatedAdministratorRequest,
  object
>(RegisterDelegatedAdministrator$, {
  callers: 'management',
  resources: (input, at) => [placeArn(at.organization, input.AccountId ?? '')],
  conditions: (input) => ({ 'organizations:serviceprincipal': input.ServicePrincipal }),
  async handle(input, at) {
    const member = await candidate(at, input.AccountId)
    const principal = checkServicePrincipal(input.ServicePrincipal)
    if (!at.organization.trustedServices[principal]) {
      throw constraint(
        'SERVICE_ACCESS_NOT_ENABLED',
        'You attempted to register a delegated administrator before you enabled service access. Call the EnableAWSServiceAccess API first.',
      )
    }
    if (member.state !== 'ACTIVE') {
      throw constraint(
        'CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR',
        'You cannot register a suspended account as a delegated administrator.',
      )
    }
    if (member.delegations[principal]) {
      throw awsError(
        AccountAlreadyRegisteredException$,
        'The provided account is already a delegated administrator for your organization.',
      )
    }
    const delegations = { ...member.delegations, [principal]: at.ctx.now.toISOString() }
    at.tables.table(members).put(member.id, { ...member, delegations })
    return {}
  },
})

/** DeregisterDelegatedAdministrator. */
export const DeregisterDelegatedAdministrator = organizationOperation<
  DeregisterDelegatedAdministratorRequest,
  object
>(DeregisterDelegatedAdministrator$, {
  callers: 'management',
  resources: (input, at) => [placeArn(at.organization, input.AccountId ?? '')],
  conditions: (input) => ({ 'organizations:serviceprincipal': input.ServicePrincipal }),
  async handle(input, at) {
    const member = await candidate(at, input.AccountId)
    const principal = checkServicePrincipal(input.ServicePrincipal)
    const { [principal]: registered, ...delegations } = member.delegations
    if (!registered) throw notRegistered()
    at.tables.table(members).put(member.id, { ...member, delegations })
    return {}
  },
})

/** ListDelegatedAdministrators, of one service or of any. */
export const ListDelegatedAdministrators = organizationOperation<
  ListDelegatedAdministratorsRequest,
  ListDelegatedAdministratorsResponse
>(ListDelegatedAdministrators$, {
  callers: 'readers',
  delegable: true,
  conditions: (input) => ({ 'organizations:serviceprincipal': input.ServicePrincipal }),
  async handle(input, at) {
    const { ServicePrincipal: principal } = input
    if (principal !== undefined) checkServicePrincipal(principal)
    const rows = (await at.tables.table(members).list()).map(({ value }) => value)
    const items = rows.flatMap((row) => administratorOf(row, principal))
    const page = pageOf(at.ctx, { name: `administrators/${principal ?? ''}`, items }, input)
    const { items: DelegatedAdministrators, ...rest } = page
    return { DelegatedAdministrators, ...rest }
  },
})

/** ListDelegatedServicesForAccount. */
export const ListDelegatedServicesForAccount = organizationOperation<
  ListDelegatedServicesForAccountRequest,
  ListDelegatedServicesForAccountResponse
>(ListDelegatedServicesForAccount$, {
  callers: 'readers',
  delegable: true,
  resources: (input, at) => [placeArn(at.organization, input.AccountId ?? '')],
  async handle(input, at) {
    const member = await memberNamed(at, input.AccountId)
    const services = Object.entries(member.delegations).map(([ServicePrincipal, since]) => ({
      ServicePrincipal,
      DelegationEnabledDate: new Date(since),
    }))
    if (services.length === 0) throw notRegistered()
    const { items, ...page } = pageOf(
      at.ctx,
      { name: `services/${member.id}`, items: services },
      input,
    )
    return { DelegatedServices: items, ...page }
  },
})

function administratorOf(row: MemberRow, principal: string | undefined): DelegatedAdministrator[] {
  const dates =
    principal === undefined ? Object.values(row.delegations) : [row.delegations[principal]]
  const [since] = dates.filter((date) => date !== undefined).sort()
  if (since === undefined) return []
  return [
    {
      Id: row.id,
      Arn: row.arn,
      Email: row.email,
      Name: row.name,
      Status: row.state,
      State: row.state,
      JoinedMethod: row.joinedMethod,
      JoinedTimestamp: new Date(row.joinedAt),
      DelegationEnabledDate: new Date(since),
    },
  ]
}

async function candidate(at: Membership, id: string | undefined): Promise<MemberRow> {
  const member = await memberNamed(at, id)
  if (member.id !== at.organization.managementAccount) return member
  throw constraint(
    'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR',
    'You cannot register master account/yourself as delegated administrator for your organization.',
  )
}

function notRegistered(): AwsError {
  return awsError(
    AccountNotRegisteredException$,
    'The provided account is not a registered delegated administrator for your organization.',
  )
}
