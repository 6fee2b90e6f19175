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
import { isServiceLinked, isUnderRcps, organizationOf } from './organization.ts'
import type { PrincipalPolicies } from './principal-policies.ts'

/** The refusal of a call, with what `DecodeAuthorizationMessage` shows of it. */
export interface Refusal {
  readonly message: string
  readonly decision: Decision
  readonly action: string
  readonly resource: string
}

/** A call as its permissions are decided: what is known of it, and the policies of its principal. */
export interface CallToDecide {
  readonly facts: CallFacts
  readonly policies: PrincipalPolicies
  /** `<service id>:<operation name>`, where an access does not name its action. */
  readonly action: string
}

/** Decides a permission that a call needs; undefined when allowed. */
export async function authorise(
  store: Store,
  { facts, policies, action: defaultAction }: CallToDecide,
  access: Access,
): Promise<Refusal | undefined> {
  const own =
    access.principal && access.principal !== facts.principal ? access.principal : undefined
  const principal = own ?? facts.principal
  const resourceAccountId = access.resourceAccount ?? ownerOf(access.resource, facts.principal)
  const { organization, sourceAccount } = facts
  const isOwn = resourceAccountId === facts.principal.accountId && principal.kind !== 'service'
  const ofResource = isOwn ? organization : organizationOf(store, resourceAccountId)
  const resourceOrganization = ofResource instanceof Promise ? await ofResource : ofResource
  const ofSource = sourceAccount === undefined ? undefined : organizationOf(store, sourceAccount)
  const sourceOrganization = ofSource instanceof Promise ? await ofSource : ofSource
  const action = access.action ?? defaultAction
  const rcps =
    resourceOrganization?.rcps && isUnderRcps(action) && !access.isBeyondRcps
      ? resourceOrganization.rcps
      : undefined
  const accounts = { resourceAccount: resourceAccountId, resourceOrganization, sourceOrganization }
  const request: AuthorizationRequest = {
    principal,
    action,
    resource: access.resource,
    resourceAccountId,
    context: conditionsOf(facts, access.conditions, accounts),
    ...(rcps && !isServiceLinked(principal.roleArn) && { rcps }),
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
      ? unseenMessage(principal.arn, request.action, access.unseen)
      : accessDeniedMessage(request, decision),
    decision,
    action: request.action,
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
