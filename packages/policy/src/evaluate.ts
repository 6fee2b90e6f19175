import type {
  AuthorizationRequest,
  DecidingStatement,
  Decision,
  Layer,
  MatchedGrant,
  PolicySource,
} from './request.ts'
import {
  conditionsHold,
  factsOf,
  matchesResource,
  principalMatchOf,
  REMEMBERED_ACTIONS,
  statementsFor,
} from './statement.ts'
import type { RequestFacts, Statement } from './statement.ts'

/** What one layer's policies say: the first deny, and the first allow by how it reaches the caller. */
interface Verdict {
  deny?: DecidingStatement
  direct?: DecidingStatement
  role?: DecidingStatement
  account?: DecidingStatement
}

/** The verdicts of all layers. */
interface Verdicts {
  readonly rcps: readonly Verdict[]
  readonly scps: readonly Verdict[]
  readonly resource: Verdict
  readonly identity: Verdict
  readonly boundary: Verdict | undefined
  readonly session: Verdict | undefined
}

const NOTHING: Verdict = {}
const NO_LEVELS: readonly Verdict[] = []

/**
 * Decides a request: an explicit deny anywhere wins, every RCP and SCP level must allow, and then
 * the resource's and the identity's side decide as AWS documents for one account and across two.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
export function authorize(request: AuthorizationRequest): Decision {
  const crossAccount = isCrossAccount(request)
  const verdicts = verdictsOf(request)
  const deny = firstDeny(verdicts)
  if (deny) {
    return {
      allowed: false,
      reason: 'explicit-deny',
      by: deny.layer,
      statements: [deny],
      crossAccount,
    }
  }
  const refused = (by: Decision['by']): Decision => ({
    allowed: false,
    reason: 'implicit-deny',
    by,
    statements: [],
    crossAccount,
  })
  for (const level of verdicts.rcps) if (!level.direct) return refused('rcp')
  for (const level of verdicts.scps) if (!level.direct) return refused('scp')
  const granted = (by: Decision['by'], ...found: (DecidingStatement | undefined)[]): Decision => ({
    allowed: true,
    reason: 'allowed',
    by,
    statements: found.filter((statement) => statement !== undefined),
    crossAccount,
  })
  const outcome = crossAccount
    ? acrossAccounts(request, verdicts)
    : withinAccount(request, verdicts)
  return outcome.allowed ? granted(outcome.by, ...outcome.statements) : refused(outcome.by)
}

/** Whether the caller's account is not the one that owns the resource; services and anonymous callers have none. */
function isCrossAccount({ principal, resourceAccountId }: AuthorizationRequest): boolean {
  if (!hasIdentitySide(principal.kind)) return false
  return resourceAccountId !== '' && principal.accountId !== resourceAccountId
}

function hasIdentitySide(kind: AuthorizationRequest['principal']['kind']): boolean {
  return kind !== 'service' && kind !== 'anonymous' && kind !== 'web-identity'
}

function verdictsOf(request: AuthorizationRequest): Verdicts {
  const facts = factsOf(request)
  const { permissionsBoundary, sessionPolicies, resourcePolicy, scps, rcps } = request
  return {
    rcps: rcps ? rcps.map((level) => verdictOf(level, 'rcp', facts)) : NO_LEVELS,
    scps: scps ? scps.map((level) => verdictOf(level, 'scp', facts)) : NO_LEVELS,
    resource: resourcePolicy ? verdictOf([resourcePolicy], 'resource', facts) : NOTHING,
    identity: verdictOf(request.identityPolicies, 'identity', facts),
    boundary: permissionsBoundary && verdictOf([permissionsBoundary], 'boundary', facts),
    session: sessionPolicies && verdictOf(sessionPolicies, 'session', facts),
  }
}

function verdictOf(sources: readonly PolicySource[], layer: Layer, facts: RequestFacts): Verdict {
  const verdict: Verdict = {}
  for (const source of speakingOf(sources, facts.action)) {
    for (const statement of statementsFor(source.policy, facts.action)) {
      const reach = principalMatchOf(statement, facts.principal)
      if (reach === 'none') continue
      const slot = statement.effect === 'Deny' ? 'deny' : reach
      if (verdict[slot]) continue
      if (!matchesResource(statement, facts)) continue
      if (!conditionsHold(statement, facts.context)) continue
      verdict[slot] = decidingStatement(source, layer, statement)
      if (slot === 'deny') return verdict
    }
  }
  return verdict
}

/** So few policies are looked through faster than what is remembered of them. */
const FEW_POLICIES = 8
const speaking = new WeakMap<readonly PolicySource[], Map<string, readonly PolicySource[]>>()

/** The policies with a statement whose Action element fits; of many that are kept together, from memory after the first time. */
function speakingOf(sources: readonly PolicySource[], action: string): readonly PolicySource[] {
  if (sources.length <= FEW_POLICIES) return sources
  let byAction = speaking.get(sources)
  if (!byAction) speaking.set(sources, (byAction = new Map()))
  const known = byAction.get(action)
  if (known) return known
  const found = sources.filter(({ policy }) => statementsFor(policy, action).length > 0)
  if (byAction.size >= REMEMBERED_ACTIONS) byAction.clear()
  byAction.set(action, found)
  return found
}

/** Names a statement for decisions and explanations. */
export function decidingStatement(
  source: PolicySource,
  layer: Layer,
  { sid, index, effect }: Statement,
): DecidingStatement {
  return { sourceId: source.id, layer, ...(sid !== undefined && { sid }), index, effect }
}

function firstDeny(verdicts: Verdicts): DecidingStatement | undefined {
  for (const level of verdicts.rcps) if (level.deny) return level.deny
  for (const level of verdicts.scps) if (level.deny) return level.deny
  return (
    verdicts.resource.deny ??
    verdicts.identity.deny ??
    verdicts.boundary?.deny ??
    verdicts.session?.deny
  )
}

/** An allowing or refusing layer with the statements it rests on. */
interface Outcome {
  readonly allowed: boolean
  readonly by: Decision['by']
  readonly statements: readonly (DecidingStatement | undefined)[]
}

function refusedBy(by: Decision['by']): Outcome {
  return { allowed: false, by, statements: [] }
}

function allowedBy(
  by: Decision['by'],
  ...statements: readonly (DecidingStatement | undefined)[]
): Outcome {
  return { allowed: true, by, statements }
}

/** What does not let a permission through: the boundary or the session policies. */
function limitOn({ boundary, session }: Verdicts): 'boundary' | 'session' | undefined {
  if (boundary && !boundary.direct) return 'boundary'
  return session && !session.direct ? 'session' : undefined
}

/**
 * AWS documents that a grant allows alongside key and IAM policies, not what limits it; here it
 * counts as a statement naming its grantee: a user's as one that names the user, a federated user's
 * as one that names the session, a role's as one that names the role, which boundaries and session
 * policies still limit. A grant to an account is
 * its root user's own, and delegates to the account's policies for everybody else.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
function grantOf({ grants, principal }: AuthorizationRequest): DecidingStatement | undefined {
  return decidingGrant(grants?.find((grant) => !grant.toAccount || principal.kind === 'root'))
}

function delegatedBy({ grants }: AuthorizationRequest): DecidingStatement | undefined {
  return decidingGrant(grants?.find((grant) => grant.toAccount))
}

function decidingGrant(grant: MatchedGrant | undefined): DecidingStatement | undefined {
  return grant && { sourceId: grant.id, layer: 'grant', index: 0, effect: 'Allow' }
}

function withinAccount(request: AuthorizationRequest, verdicts: Verdicts): Outcome {
  const { principal, resourcePolicyIsTrustAnchor: isAnchored = false } = request
  const { resource, identity, boundary, session } = verdicts
  const grant = grantOf(request)
  if (principal.kind === 'root') return forRoot(request, verdicts, grant)
  if (resource.direct) return allowedBy('resource', resource.direct)
  if (!hasIdentitySide(principal.kind)) {
    return grant ? allowedBy('grant', grant) : refusedBy('resource')
  }
  // Permissions given to a user or a federated user's session itself are limited by nothing but denies.
  if (grant && (principal.kind === 'user' || principal.kind === 'federated-user')) {
    return allowedBy('grant', grant)
  }
  const limit = limitOn(verdicts)
  const ofAccount = resource.account ?? delegatedBy(request)
  const identityCounts = !isAnchored || ofAccount !== undefined
  const allow = resource.role ?? grant ?? (identityCounts ? identity.direct : undefined)
  if (!allow) return refusedBy(identityCounts ? 'identity' : 'trust-anchor')
  if (limit) return refusedBy(limit)
  const delegation = allow === identity.direct && isAnchored ? ofAccount : undefined
  return allowedBy(allow.layer, allow, delegation, boundary?.direct, session?.direct)
}

/**
 * The root user may do everything in its own account, except that a trust anchor must let it in:
 * "no principal, including the account root user, has permission to a KMS key unless it is
 * explicitly allowed" (KMS Developer Guide, Key policies).
 */
function forRoot(
  request: AuthorizationRequest,
  { resource, session }: Verdicts,
  grant: DecidingStatement | undefined,
): Outcome {
  if (session && !session.direct) return refusedBy('session')
  if (request.resourcePolicyIsTrustAnchor !== true) return allowedBy('root')
  if (resource.direct) return allowedBy('resource', resource.direct)
  return grant ? allowedBy('grant', grant) : refusedBy('trust-anchor')
}

/** Across accounts both sides must allow; the identity's side is limited by boundary and session. */
function acrossAccounts(request: AuthorizationRequest, verdicts: Verdicts): Outcome {
  const { resource, identity, boundary, session } = verdicts
  const grant = grantOf(request)
  const ofResource = resource.direct ?? resource.role ?? resource.account ?? delegatedBy(request)
  if (request.principal.kind === 'root') {
    if (session && !session.direct) return refusedBy('session')
    const allow = ofResource ?? grant
    return allow ? allowedBy(allow.layer, allow) : refusedBy('resource')
  }
  const byBoth = ofResource && identity.direct
  if (!byBoth && !grant) return refusedBy(ofResource ? 'identity' : 'resource')
  const limit = limitOn(verdicts)
  if (limit) return refusedBy(limit)
  return byBoth
    ? allowedBy('resource', ofResource, identity.direct, boundary?.direct, session?.direct)
    : allowedBy('grant', grant, boundary?.direct, session?.direct)
}
