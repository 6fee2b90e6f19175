import {
  accessDeniedMessage,
  authorize,
  parseArn,
  type AuthorizationRequest,
  type Decision,
} from '@bartizan/policy'
import type { Principal } from '../context.ts'
import type { Access } from '../service.ts'
import type { Store } from '../store/store.ts'
import { conditionsOf, type CallFacts } from './conditions.ts'
import { policiesOf, type PrincipalPolicies } from './principal-policies.ts'
import { roles, users, type TagRow } from './tables.ts'

/** The refusal of a call, with what `DecodeAuthorizationMessage` shows of it. */
export interface Refusal {
  readonly message: string
  readonly decision: Decision
  readonly action: string
  readonly resource: string
}

/** Decides every permission a call needs; undefined when all are allowed. */
export async function authorise(
  store: Store,
  facts: CallFacts,
  needed: readonly (Access & { readonly action: string })[],
): Promise<Refusal | undefined> {
  const policies = await policiesOf(store, facts.principal)
  for (const access of needed) {
    const refusal = await decide(facts, access, policies)
    if (refusal) return refusal
  }
  return undefined
}

async function decide(
  facts: CallFacts,
  access: Access & { readonly action: string },
  policies: PrincipalPolicies,
): Promise<Refusal | undefined> {
  const own =
    access.principal && access.principal !== facts.principal ? access.principal : undefined
  const principal = own ?? facts.principal
  const resourceAccountId = access.resourceAccount ?? ownerOf(access.resource, facts.principal)
  const request: AuthorizationRequest = {
    principal,
    action: access.action,
    resource: access.resource,
    resourceAccountId,
    context: conditionsOf({ ...facts, resourceAccountId }, access.conditions),
    ...(own ? { identityPolicies: [] } : policies),
    ...(access.resourcePolicy && { resourcePolicy: access.resourcePolicy }),
    ...(access.trustAnchor && { resourcePolicyIsTrustAnchor: true }),
  }
  let decision = authorize(request)
  if (decision.allowed) return undefined
  if (decision.reason === 'implicit-deny' && access.grants) {
    const grants = await access.grants()
    if (grants.length > 0) decision = authorize({ ...request, grants })
    if (decision.allowed) return undefined
  }
  const isUnseen = access.unseen && decision.crossAccount && decision.by === 'resource'
  return {
    message: isUnseen
      ? unseenMessage(principal.arn, access.action, access.unseen)
      : accessDeniedMessage(request, decision),
    decision,
    action: access.action,
    resource: access.resource,
  }
}

/** What AWS says where saying more would tell that another account's resource exists or not. */
export function unseenMessage(arn: string, action: string, unseen: string): string {
  return `User: ${arn} is not authorized to perform: ${action} on ${unseen} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`
}

function ownerOf(resource: string, principal: Principal): string {
  return parseArn(resource)?.account || principal.accountId
}

/** The tags of the user or role behind a principal, with session tags over them. */
export async function principalTags(
  store: Store,
  principal: Principal,
): Promise<readonly TagRow[]> {
  const name = (principal.roleArn?.split('/').at(-1) ?? principal.userName ?? '').toLowerCase()
  if (!name) return sessionTags(principal)
  const { accountId } = principal
  const row =
    principal.kind === 'assumed-role'
      ? await store.get(roles, accountId, name)
      : await store.get(users, accountId, name)
  const own = row?.value
  return [...sessionTags(principal), ...(own?.tags ?? [])]
}

function sessionTags({ session }: Principal): readonly TagRow[] {
  return Object.entries(session?.tags ?? {}).map(([key, value]) => ({ key, value }))
}
