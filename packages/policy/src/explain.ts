import { authorize, decidingStatement } from './evaluate.ts'
import type {
  AuthorizationRequest,
  DecidingStatement,
  Decision,
  Layer,
  PolicySource,
} from './request.ts'
import { factsOf, matchesAction, matchesResource, mismatchOf } from './statement.ts'
import type { CompiledPolicy, MismatchedElement, RequestFacts, Statement } from './statement.ts'

/** One statement of one policy, and why it did or did not apply. */
export interface StatementExplanation extends DecidingStatement {
  readonly applies: boolean
  /** The first element that did not fit; absent when the statement applies. */
  readonly mismatch?: MismatchedElement
}

/** What one layer says on its own. */
export interface LayerExplanation {
  readonly layer: Layer
  /** Counts from 0 for SCPs and RCPs (root first); 0 elsewhere. */
  readonly level: number
  readonly verdict: 'allowed' | 'explicit-deny' | 'implicit-deny'
  readonly statements: readonly StatementExplanation[]
}

/** A decision with every layer that took part, for SimulatePrincipalPolicy and for people. */
export interface Explanation {
  readonly decision: Decision
  readonly layers: readonly LayerExplanation[]
  /** Statements that apply, of all layers, as SimulatePrincipalPolicy's MatchedStatements lists them. */
  readonly matched: readonly StatementExplanation[]
  /** Keys that fitting statements mention and the request's context lacks, as written. */
  readonly missingContextKeys: readonly string[]
}

/** Decides a request and shows how; for people and simulations, not for the hot path. */
export function explain(request: AuthorizationRequest): Explanation {
  const facts = factsOf(request)
  const groups = groupsOf(request)
  const layers = groups.map((group) => explainGroup(group, facts))
  const missing = new Map<string, string>()
  for (const { sources } of groups) {
    for (const { policy } of sources) noteMissingKeys(policy, facts, missing)
  }
  return {
    decision: authorize(request),
    layers,
    matched: layers.flatMap(({ statements }) => statements.filter(({ applies }) => applies)),
    missingContextKeys: [...missing.values()],
  }
}

/** Condition keys and variables that a policy mentions, each once, as written; for GetContextKeysForPrincipalPolicy. */
export function conditionKeysUsed(policy: CompiledPolicy): readonly string[] {
  const keys = new Map<string, string>()
  for (const statement of policy.statements) noteKeys(statement, keys)
  return [...keys.values()]
}

interface Group {
  readonly layer: Layer
  readonly level: number
  readonly sources: readonly PolicySource[]
}

function groupsOf(request: AuthorizationRequest): Group[] {
  const { rcps = [], scps = [], resourcePolicy, permissionsBoundary, sessionPolicies } = request
  const groups: Group[] = [
    ...rcps.map((sources, level): Group => ({ layer: 'rcp', level, sources })),
    ...scps.map((sources, level): Group => ({ layer: 'scp', level, sources })),
  ]
  if (resourcePolicy) groups.push({ layer: 'resource', level: 0, sources: [resourcePolicy] })
  groups.push({ layer: 'identity', level: 0, sources: request.identityPolicies })
  if (permissionsBoundary) {
    groups.push({ layer: 'boundary', level: 0, sources: [permissionsBoundary] })
  }
  if (sessionPolicies) groups.push({ layer: 'session', level: 0, sources: sessionPolicies })
  return groups
}

function explainGroup({ layer, level, sources }: Group, facts: RequestFacts): LayerExplanation {
  const statements = sources.flatMap((source) =>
    source.policy.statements.map((statement): StatementExplanation => {
      const mismatch = mismatchOf(statement, facts)
      const named = decidingStatement(source, layer, statement)
      return mismatch ? { ...named, applies: false, mismatch } : { ...named, applies: true }
    }),
  )
  const applying = statements.filter(({ applies }) => applies)
  const isDenied = applying.some(({ effect }) => effect === 'Deny')
  const otherwise = applying.length > 0 ? 'allowed' : 'implicit-deny'
  return { layer, level, verdict: isDenied ? 'explicit-deny' : otherwise, statements }
}

function noteMissingKeys(
  policy: CompiledPolicy,
  facts: RequestFacts,
  missing: Map<string, string>,
): void {
  for (const statement of policy.statements) {
    if (!matchesAction(statement, facts.action)) continue
    const hasVariables = statement.resourceVariables.length > 0
    if (!hasVariables && !matchesResource(statement, facts)) continue
    const used = new Map<string, string>()
    noteKeys(statement, used)
    for (const [key, written] of used) {
      if (facts.context.get(key) === undefined && !missing.has(key)) missing.set(key, written)
    }
  }
}

function noteKeys(statement: Statement, keys: Map<string, string>): void {
  for (const key of statement.resourceVariables) if (!keys.has(key)) keys.set(key, key)
  for (const { key, writtenKey, variables } of statement.conditions) {
    if (!keys.has(key)) keys.set(key, writtenKey)
    for (const variable of variables) if (!keys.has(variable)) keys.set(variable, variable)
  }
}
