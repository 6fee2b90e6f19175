import {
  SimulateCustomPolicy$,
  SimulatePrincipalPolicy$,
  type ContextEntry,
  type EvaluationResult,
  type PolicyEvaluationDecisionType,
  type SimulateCustomPolicyRequest,
  type SimulatePolicyResponse,
  type SimulatePrincipalPolicyRequest,
  type Statement,
} from '@aws-sdk/client-iam'
import {
  contextOf,
  explain,
  type ConditionContext,
  type Explanation,
  type RequestPrincipal,
} from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import {
  isServiceLinked,
  organizationIn,
  type OrganizationStanding,
} from '../../kernel/identity/organization.ts'
import { operation } from '../../kernel/service.ts'
import { accessToAll } from './entities.ts'
import { invalidInput } from './errors.ts'
import { pageOf } from './paging.ts'
import {
  givenPolicies,
  givenResourcePolicy,
  principalPolicies,
  seekSource,
  type NamedPolicy,
  type SoughtSource,
} from './policy-sources.ts'
import { statementSpan } from './statement-position.ts'

/** Decides calls as if given policies were all there is. */
export const SimulateCustomPolicy = operation<SimulateCustomPolicyRequest, SimulatePolicyResponse>(
  SimulateCustomPolicy$,
  {
    access: accessToAll,
    handle(input, ctx) {
      const caller = principalOf(input.CallerArn, ctx)
      return simulate(
        input,
        { identity: givenPolicies('PolicyInputList', input.PolicyInputList), caller, facts: {} },
        ctx,
      )
    },
  },
)

/** Decides calls as if a user, group or role made them. */
export const SimulatePrincipalPolicy = operation<
  SimulatePrincipalPolicyRequest,
  SimulatePolicyResponse,
  SoughtSource
>(SimulatePrincipalPolicy$, {
  resolve: (input, ctx) => seekSource(input.PolicySourceArn ?? '', ctx),
  access: (_input, _ctx, sought) => ({ resource: sought.arn }),
  async handle(input, ctx, sought) {
    const { identity, boundary } = await principalPolicies(sought, ctx)
    const { CallerArn: callerArn, ResourcePolicy: resourcePolicy } = input
    if (resourcePolicy !== undefined && callerArn === undefined && sought.kind !== 'user') {
      throw invalidInput('CallerArn is required when a resource policy is given.')
    }
    const given = givenPolicies('PolicyInputList', input.PolicyInputList)
    const caller = principalOf(callerArn ?? (sought.kind === 'group' ? undefined : sought.arn), ctx)
    const organization = await organizationIn(ctx.store, ctx.account)
    return simulate(
      input,
      {
        identity: [...identity, ...given],
        ...(boundary && { boundary }),
        ...(organization && { organization }),
        caller,
        facts: factsOf(sought, callerArn),
      },
      ctx,
    )
  },
})

/** Who is simulated, with which policies. */
interface Simulated {
  readonly identity: readonly NamedPolicy[]
  readonly boundary?: NamedPolicy
  /** Of the entity's account; its service control policies count. */
  readonly organization?: OrganizationStanding
  readonly caller: RequestPrincipal
  /** Condition keys that follow from the entity itself. */
  readonly facts: Readonly<Record<string, string>>
}

function simulate(
  input: Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>,
  simulated: Simulated,
  ctx: Context,
): SimulatePolicyResponse {
  const [givenBoundary] = givenPolicies(
    'PermissionsBoundaryPolicyInputList',
    input.PermissionsBoundaryPolicyInputList,
  )
  const boundary = givenBoundary ?? simulated.boundary
  const resourcePolicy =
    input.ResourcePolicy === undefined ? undefined : givenResourcePolicy(input.ResourcePolicy)
  const context = contextFor(input.ContextEntries, simulated, ctx)
  const policies = [...simulated.identity, boundary, resourcePolicy].filter((one) => !!one)
  const scps = isServiceLinked(simulated.caller.roleArn) ? undefined : simulated.organization?.scps
  const request = {
    principal: simulated.caller,
    ...(scps && { scps }),
    resourceAccountId: ownerOf(input.ResourceOwner) ?? simulated.caller.accountId,
    context,
    identityPolicies: simulated.identity.map(({ source }) => source),
    ...(boundary && { permissionsBoundary: boundary.source }),
    ...(resourcePolicy && { resourcePolicy: resourcePolicy.source }),
  }
  const results = (input.ActionNames ?? []).flatMap((action) => {
    checkAction(action)
    return (input.ResourceArns ?? ['*']).map((resource) =>
      resultOf(
        explain({ ...request, action, resource }),
        { action, resource, isInOrganization: simulated.organization !== undefined },
        policies,
      ),
    )
  })
  const numbered = results.map((result, index) => ({ key: String(index).padStart(6, '0'), result }))
  const { items, ...page } = pageOf(numbered, ({ key }) => key, input)
  return { EvaluationResults: items.map(({ result }) => result), ...page }
}

const decisions: Readonly<Record<string, PolicyEvaluationDecisionType>> = {
  allowed: 'allowed',
  'explicit-deny': 'explicitDeny',
  'implicit-deny': 'implicitDeny',
}

interface SimulatedCall {
  readonly action: string
  readonly resource: string
  readonly isInOrganization: boolean
}

function resultOf(
  explanation: Explanation,
  { action, resource, isInOrganization }: SimulatedCall,
  policies: readonly NamedPolicy[],
): EvaluationResult {
  const { decision, layers, missingContextKeys } = explanation
  const EvalDecision = decisions[decision.reason] ?? 'implicitDeny'
  const MatchedStatements = matchedOf(explanation, policies)
  const MissingContextValues = [...missingContextKeys]
  const boundary = layers.find(({ layer }) => layer === 'boundary')
  const detail = boundary && {
    PermissionsBoundaryDecisionDetail: {
      AllowedByPermissionsBoundary: boundary.verdict === 'allowed',
    },
  }
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision,
    MatchedStatements,
    MissingContextValues,
    ...(isInOrganization && {
      OrganizationsDecisionDetail: {
        AllowedByOrganizations: layers.every(
          ({ layer, verdict }) => layer !== 'scp' || verdict === 'allowed',
        ),
      },
    }),
    ...detail,
    ResourceSpecificResults: [
      {
        EvalResourceName: resource,
        EvalResourceDecision: EvalDecision,
        MatchedStatements,
        MissingContextValues,
        ...detail,
      },
    ],
  }
}

/** The statements that led to the decision: the denying ones, else the allowing ones. */
function matchedOf(explanation: Explanation, policies: readonly NamedPolicy[]): Statement[] {
  const { decision, matched } = explanation
  const isDenied = decision.reason === 'explicit-deny'
  return matched
    .filter(({ layer }) => layer !== 'scp')
    .filter(({ effect }) => !isDenied || effect === 'Deny')
    .filter(({ layer }) => layer === 'identity' || layer === 'resource' || isDenied)
    .map(({ sourceId, index }) => {
      const policy = policies.find(({ source }) => source.id === sourceId)
      return {
        SourcePolicyId: sourceId,
        SourcePolicyType: policy?.type ?? 'none',
        ...statementSpan(policy?.text ?? '', index),
      }
    })
}

function checkAction(action: string): void {
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
    throw invalidInput(`Invalid Action: ${action}`)
  }
}

function contextFor(
  entries: readonly ContextEntry[] | undefined,
  { caller, facts, organization }: Simulated,
  ctx: Context,
): ConditionContext {
  const given = (entries ?? []).map(
    ({ ContextKeyName: key = '', ContextKeyValues: values = [] }) => [key, values] as const,
  )
  return contextOf({
    'aws:currenttime': ctx.now.toISOString(),
    'aws:epochtime': String(Math.floor(ctx.now.getTime() / 1000)),
    'aws:principalarn': caller.roleArn ?? (caller.arn || undefined),
    'aws:principalaccount': caller.accountId,
    'aws:principalorgid': organization?.organizationId,
    'aws:principalorgpaths': organization && [organization.path],
    ...facts,
    ...Object.fromEntries(given.map(([key, values]) => [key.toLowerCase(), values])),
  })
}

function factsOf({ kind, row }: SoughtSource, callerArn: string | undefined) {
  if (callerArn !== undefined || !row) return {}
  const tags = (row.tags ?? []).map(({ key, value }) => [
    `aws:principaltag/${key.toLowerCase()}`,
    value,
  ])
  return {
    ...Object.fromEntries(tags),
    ...(kind === 'user' && { 'aws:username': row.name, 'aws:userid': row.id }),
  }
}

function principalOf(arn: string | undefined, ctx: Context): RequestPrincipal {
  const [, , , , accountId = ctx.account, path = ''] = (arn ?? '').split(':')
  if (arn === undefined) return { kind: 'user', accountId: ctx.account, arn: '' }
  if (path === 'root') return { kind: 'root', accountId, arn }
  if (path.startsWith('role/')) return { kind: 'assumed-role', accountId, arn, roleArn: arn }
  if (path.startsWith('assumed-role/')) {
    const roleArn = `arn:aws:iam::${accountId}:role/${path.split('/')[1]}`
    return { kind: 'assumed-role', accountId, arn, roleArn }
  }
  if (path.startsWith('user/')) return { kind: 'user', accountId, arn }
  throw invalidInput(`Invalid caller ARN: ${arn}`)
}

function ownerOf(owner: string | undefined): string | undefined {
  return owner === undefined ? undefined : (/\d{12}/.exec(owner)?.[0] ?? owner)
}
