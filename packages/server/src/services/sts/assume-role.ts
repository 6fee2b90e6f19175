import { AssumeRole$, type AssumeRoleRequest, type AssumeRoleResponse } from '@aws-sdk/client-sts'
import type { Context } from '../../kernel/context.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { auditedAnswer, credentialsFor, packedSize } from './credentials.ts'
import { accessDenied, invalidParameter, validationError } from './errors.ts'
import { proveMfa, useMfa, type MfaProof } from './mfa.ts'
import {
  roleConditions,
  rolePrincipal,
  roleSeconds,
  seekRole,
  trustOf,
  type SoughtRole,
} from './role-sessions.ts'
import { sessionLimits } from './session-limits.ts'

const chainedMaxSeconds = 3600

interface Subject {
  readonly role: SoughtRole
  readonly mfa: MfaProof | undefined
  readonly sourceIdentity: string | undefined
  /** Session tags that a calling session hands on. */
  readonly inherited: Readonly<Record<string, string>>
}

/**
 * Temporary credentials of a role for a principal that its trust policy, and the principal's own
 * policies, let assume it (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
 */
export const AssumeRole = operation<AssumeRoleRequest, AssumeRoleResponse, Subject>(AssumeRole$, {
  readOnly: true,
  async resolve(input, ctx) {
    if (ctx.principal.kind === 'root') {
      throw accessDenied('Roles may not be assumed by root accounts.')
    }
    const role = await seekRole(input.RoleArn ?? '', ctx)
    // Federated users may call nothing of STS but GetCallerIdentity.
    if (ctx.principal.kind === 'federated-user') throw notAuthorised(ctx, role)
    return {
      role,
      mfa: await proveMfa(input, ctx),
      sourceIdentity: sourceIdentityOf(input, ctx),
      inherited: inheritedTags(input, ctx),
    }
  },
  access(input, _ctx, subject) {
    const actions = ['sts:AssumeRole']
    const isTagged = input.Tags?.length || Object.keys(subject.inherited).length > 0
    if (isTagged) actions.push('sts:TagSession')
    if (subject.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
    return actions.map((action) => ({ ...accessToRole(input, subject), action }))
  },
  async handle(input, ctx, subject) {
    const { role, mfa, sourceIdentity, inherited } = subject
    const { row, account } = role
    if (!row) throw notAuthorised(ctx, role)
    const seconds = roleSeconds(input.DurationSeconds, row)
    if (ctx.principal.kind === 'assumed-role' && seconds > chainedMaxSeconds) {
      throw validationError(
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      )
    }
    useMfa(mfa, ctx)
    const { packedPercent, tags, ...limits } = await sessionLimits(input, account, ctx)
    const allTags = { ...inherited, ...tags }
    const transitive = [...Object.keys(inherited), ...(input.TransitiveTagKeys ?? [])]
    const principal = rolePrincipal(row, account, input.RoleSessionName ?? '')
    const credentials = credentialsFor(
      {
        principal,
        facts: {
          mfa: mfa !== undefined || (ctx.principal.session?.mfa ?? false),
          ...(mfa && { mfaAuthenticatedAt: ctx.now.toISOString() }),
          sessionName: input.RoleSessionName ?? '',
          ...limits,
          ...(Object.keys(allTags).length > 0 && { tags: allTags }),
          ...(transitive.length > 0 && { transitiveTagKeys: transitive }),
          ...(sourceIdentity !== undefined && { sourceIdentity }),
        },
        seconds,
      },
      ctx,
    )
    const assumed = { AssumedRoleId: principal.principalId, Arn: principal.arn }
    const rest = {
      AssumedRoleUser: assumed,
      ...packedSize({ ...(packedPercent !== undefined && { packedPercent }) }),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
    ctx.audit.resource({ ARN: row.arn, accountId: account, type: 'AWS::IAM::Role' })
    ctx.audit.responseElements(
      auditedAnswer(credentials, {
        assumedRoleUser: { assumedRoleId: assumed.AssumedRoleId, arn: assumed.Arn },
      }),
    )
    return { Credentials: credentials, ...rest }
  },
})

function accessToRole(input: AssumeRoleRequest, subject: Subject): Access {
  const { role, mfa, sourceIdentity } = subject
  return {
    resource: role.arn,
    resourcePolicy: trustOf(role),
    trustAnchor: true,
    conditions: {
      ...roleConditions(role),
      ...requestTagConditions(input.Tags),
      'sts:externalid': input.ExternalId,
      'sts:rolesessionname': input.RoleSessionName,
      'sts:sourceidentity': sourceIdentity,
      'sts:transitivetagkeys': input.TransitiveTagKeys,
      'aws:sourceidentity': sourceIdentity,
      ...(mfa && { 'aws:multifactorauthpresent': 'true', 'aws:multifactorauthage': '0' }),
    },
  }
}

/**
 * A source identity, once set, goes with every further role and cannot be changed; each of them must allow
 * sts:SetSourceIdentity (IAM User Guide, "Monitor and control actions taken with assumed roles").
 */
function sourceIdentityOf(input: AssumeRoleRequest, ctx: Context): string | undefined {
  const inherited = ctx.principal.session?.sourceIdentity
  const asked = input.SourceIdentity
  if (inherited !== undefined && asked !== undefined && asked !== inherited) {
    throw accessDenied('The source identity that is set in the calling session cannot be changed.')
  }
  return asked ?? inherited
}

/** The tags that a calling session hands on; throws InvalidParameterValue where the asked for ones do not go with them. */
function inheritedTags(input: AssumeRoleRequest, ctx: Context): Record<string, string> {
  const { tags = {}, transitiveTagKeys = [] } = ctx.principal.session ?? {}
  const handedOn = new Set(transitiveTagKeys.map((key) => key.toLowerCase()))
  for (const { Key = '' } of input.Tags ?? []) {
    if (handedOn.has(Key.toLowerCase())) {
      throw invalidParameter(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      )
    }
  }
  const given = new Set((input.Tags ?? []).map(({ Key = '' }) => Key.toLowerCase()))
  if (input.TransitiveTagKeys?.some((key) => !given.has(key.toLowerCase()))) {
    throw invalidParameter(
      'The specified transitive tag key must be included in the requested tags.',
    )
  }
  return Object.fromEntries(Object.entries(tags).filter(([key]) => handedOn.has(key.toLowerCase())))
}

function notAuthorised(ctx: Context, role: SoughtRole) {
  return accessDenied(
    `User: ${ctx.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`,
  )
}
