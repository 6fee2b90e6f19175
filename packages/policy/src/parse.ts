import { compileActions } from './action-set.ts'
import { compileArnPattern } from './arn-pattern.ts'
import { compileCondition } from './condition.ts'
import type { Condition } from './condition.ts'
import { readDocument } from './document.ts'
import type { PolicyDocument, StatementDocument } from './document.ts'
import { compilePrincipals } from './principal.ts'
import type { NamedPrincipal } from './principal.ts'
import { actionProblem, resourceProblem } from './resource-format.ts'
import type { CompiledPolicy, PolicyKind, Statement } from './statement.ts'
import { LEGACY, PolicySyntaxError } from './syntax-error.ts'
import { parseTemplate } from './variables.ts'
import type { TemplatePart } from './variables.ts'

const STRICT_VERSION: ReadonlySet<PolicyKind> = new Set(['identity', 'scp', 'rcp'])
const STRICT_RESOURCES: ReadonlySet<PolicyKind> = new Set(['identity', 'session'])
const NEEDS_PRINCIPAL: ReadonlySet<PolicyKind> = new Set(['resource', 'trust', 'rcp'])
const TRUST_ACTION = /^sts:/i

/**
 * Compiles a policy document for decisions. The checks come in IAM's order, so that a document
 * with several faults gets the message that IAM would give.
 * @throws PolicySyntaxError with the message of IAM's MalformedPolicyDocument
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compilePolicy(json: string, kind: PolicyKind): CompiledPolicy {
  const document = readDocument(json, kind)
  const withVariables = document.version === '2012-10-17'
  if (STRICT_VERSION.has(kind) && !withVariables) {
    throw new PolicySyntaxError('Policy document must be version 2012-10-17 or greater.')
  }
  const conditions = document.statements.map((statement) => {
    if (statement.effect !== 'Allow' && statement.effect !== 'Deny') {
      throw new PolicySyntaxError(LEGACY)
    }
    return compileConditions(statement, withVariables)
  })
  checkStatements(document, kind)
  return {
    kind,
    version: document.version ?? '2008-10-17',
    statements: document.statements.map((statement, index) =>
      compileStatement(statement, index, conditions[index] ?? [], withVariables),
    ),
    byAction: new Map(),
  }
}

/** The principals that a policy's statements name, as written; whoever stores a policy checks that they exist. */
export function principalsNamed(policy: CompiledPolicy): readonly NamedPrincipal[] {
  return policy.statements.flatMap((statement) => statement.principals?.listed ?? [])
}

function checkStatements({ statements }: PolicyDocument, kind: PolicyKind): void {
  const problems = STRICT_RESOURCES.has(kind)
    ? statements.flatMap((statement) => firstProblem(statement.resources ?? []))
    : []
  if (problems.includes(LEGACY)) throw new PolicySyntaxError(LEGACY)
  checkSids(statements, kind)
  for (const { actions } of statements) {
    if (!actions?.length) throw new PolicySyntaxError('Policy statement must contain actions.')
  }
  for (const statement of statements) checkPresence(statement, kind)
  for (const problem of problems) throw new PolicySyntaxError(problem)
  for (const { actions } of statements) {
    for (const action of actions ?? []) checkAction(action, kind)
  }
}

function firstProblem(resources: readonly string[]): string[] {
  for (const resource of resources) {
    const problem = resourceProblem(resource)
    if (problem !== undefined) return [problem]
  }
  return []
}

function checkSids(statements: readonly StatementDocument[], kind: PolicyKind): void {
  const seen = new Set<string>()
  for (const { sid } of statements) {
    if (sid === undefined || sid === '') continue
    if (seen.has(sid)) {
      throw new PolicySyntaxError('Statement IDs (SID) in a single policy must be unique.')
    }
    if (STRICT_RESOURCES.has(kind) && !/^[0-9A-Za-z]*$/.test(sid)) {
      throw new PolicySyntaxError(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      )
    }
    seen.add(sid)
  }
}

function checkPresence(statement: StatementDocument, kind: PolicyKind): void {
  if (NEEDS_PRINCIPAL.has(kind) && !statement.principals) {
    throw new PolicySyntaxError('Missing required field Principal')
  }
  if (kind === 'trust') {
    if (statement.resources) throw new PolicySyntaxError('Has prohibited field Resource')
  } else if (!statement.resources?.length) {
    throw new PolicySyntaxError('Policy statement must contain resources.')
  }
}

function checkAction(action: string, kind: PolicyKind): void {
  const problem = actionProblem(action)
  if (problem !== undefined) throw new PolicySyntaxError(problem)
  if (kind === 'trust' && action !== '*' && !TRUST_ACTION.test(action)) {
    throw new PolicySyntaxError('AssumeRole policy may only specify STS AssumeRole actions.')
  }
}

function compileConditions(statement: StatementDocument, withVariables: boolean): Condition[] {
  return statement.conditions.map(({ operator, key, values }) =>
    compileCondition(operator, key, values, withVariables),
  )
}

function neededVariable(part: TemplatePart): string[] {
  return part.kind === 'variable' && part.fallback === undefined ? [part.key] : []
}

function compileStatement(
  statement: StatementDocument,
  index: number,
  conditions: readonly Condition[],
  withVariables: boolean,
): Statement {
  const { sid, principals } = statement
  const resources = statement.resources?.map((resource) => parseTemplate(resource, withVariables))
  return {
    index,
    ...(sid !== undefined && { sid }),
    effect: statement.effect === 'Deny' ? 'Deny' : 'Allow',
    ...(principals && { principals: compilePrincipals(principals, statement.notPrincipal) }),
    notAction: statement.notAction,
    actions: compileActions(statement.actions ?? []),
    notResource: statement.notResource,
    ...(resources && { resources: resources.map((entry) => compileArnPattern(entry)) }),
    resourceVariables: resources?.flatMap((entry) => entry.variables) ?? [],
    neededVariables: resources?.flatMap((entry) => entry.parts.flatMap(neededVariable)) ?? [],
    conditions,
  }
}
