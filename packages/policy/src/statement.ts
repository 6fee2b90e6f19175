import { splitArn } from './arn.ts'
import type { ActionTest } from './action-set.ts'
import type { ArnTest } from './arn-pattern.ts'
import type { Condition } from './condition.ts'
import type { ConditionContext } from './context.ts'
import { matchPrincipal } from './principal.ts'
import type { PrincipalMatch, PrincipalSet, RequestPrincipal } from './principal.ts'

/** What a policy document is attached to; it decides which elements are allowed. */
export type PolicyKind = 'identity' | 'resource' | 'trust' | 'scp' | 'rcp' | 'session'

/** One statement, compiled. */
export interface Statement {
  readonly index: number
  readonly sid?: string
  readonly effect: 'Allow' | 'Deny'
  readonly principals?: PrincipalSet
  readonly notAction: boolean
  readonly actions: ActionTest
  readonly notResource: boolean
  /** Absent where the kind has no Resource element: the policy's own resource is meant. */
  readonly resources?: readonly ArnTest[]
  readonly conditions: readonly Condition[]
  /** Variables of the Resource element, in lower case. */
  readonly resourceVariables: readonly string[]
  /** Those of them that have no default. */
  readonly neededVariables: readonly string[]
}

/** A policy document ready for decisions; keep it for as long as the document does not change. */
export interface CompiledPolicy {
  readonly kind: PolicyKind
  readonly version: '2012-10-17' | '2008-10-17'
  readonly statements: readonly Statement[]
  /** Statements whose Action element fits, remembered by lower-case action. */
  readonly byAction: Map<string, readonly Statement[]>
}

/** A request, prepared once for all the statements it is held against. */
export interface RequestFacts {
  /** In lower case. */
  readonly action: string
  readonly resource: string
  readonly resourceFields: readonly string[]
  readonly principal: RequestPrincipal
  readonly context: ConditionContext
}

/** The element that keeps a statement from applying. */
export type MismatchedElement = 'action' | 'principal' | 'resource' | 'condition'

/** For how many actions it is remembered what speaks of them: simulations may ask about any text as an action. */
export const REMEMBERED_ACTIONS = 2000

/** Prepares a request for matching. */
export function factsOf(request: {
  readonly action: string
  readonly resource: string
  readonly principal: RequestPrincipal
  readonly context: ConditionContext
}): RequestFacts {
  return {
    action: request.action.toLowerCase(),
    resource: request.resource,
    resourceFields: splitArn(request.resource),
    principal: request.principal,
    context: request.context,
  }
}

/** The statements of a policy whose Action or NotAction element fits, from memory after the first time. */
export function statementsFor(policy: CompiledPolicy, action: string): readonly Statement[] {
  const known = policy.byAction.get(action)
  if (known) return known
  const fitting = policy.statements.filter((statement) => matchesAction(statement, action))
  if (policy.byAction.size >= REMEMBERED_ACTIONS) policy.byAction.clear()
  policy.byAction.set(action, fitting)
  return fitting
}

/** Whether a statement's Action or NotAction element fits a lower-case action. */
export function matchesAction(statement: Statement, action: string): boolean {
  return statement.actions(action) !== statement.notAction
}

/** Whether a statement's Resource or NotResource element fits. */
export function matchesResource(statement: Statement, facts: RequestFacts): boolean {
  const { resources } = statement
  if (!resources) return true
  for (const test of resources) {
    if (test(facts.resource, facts.resourceFields, facts.context)) return !statement.notResource
  }
  return statement.notResource && (statement.effect === 'Deny' || isResolved(statement, facts))
}

/**
 * "If AWS cannot resolve a variable, this might cause the entire statement to be invalid": an Allow
 * then allows nothing, where an exception that fits nothing would allow everything.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function isResolved({ neededVariables }: Statement, { context }: RequestFacts): boolean {
  return neededVariables.every((key) => context.get(key)?.length === 1)
}

/** How a statement's Principal element reaches the caller; policies without the element reach it directly. */
export function principalMatchOf(
  statement: Statement,
  principal: RequestPrincipal,
): PrincipalMatch {
  return statement.principals ? matchPrincipal(statement.principals, principal) : 'direct'
}

/** Whether every condition of a statement holds. */
export function conditionsHold(statement: Statement, context: ConditionContext): boolean {
  for (const condition of statement.conditions) if (!condition.holds(context)) return false
  return true
}

/** The first element of a statement that does not fit the request; `undefined` when it applies. */
export function mismatchOf(
  statement: Statement,
  facts: RequestFacts,
): MismatchedElement | undefined {
  if (!matchesAction(statement, facts.action)) return 'action'
  if (principalMatchOf(statement, facts.principal) === 'none') return 'principal'
  if (!matchesResource(statement, facts)) return 'resource'
  return conditionsHold(statement, facts.context) ? undefined : 'condition'
}
