import {
  AssumeRoleWithWebIdentity$,
  type AssumeRoleWithWebIdentityRequest,
  type AssumeRoleWithWebIdentityResponse,
  type Tag,
} from '@aws-sdk/client-sts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { auditedAnswer, credentialsFor, packedSize } from './credentials.ts'
import { accessDenied } from './errors.ts'
import {
  roleConditions,
  rolePrincipal,
  roleSeconds,
  seekRole,
  trustOf,
  type SoughtRole,
} from './role-sessions.ts'
import { sessionLimits } from './session-limits.ts'
import type { VerifiedToken } from './web-identity-token.ts'

interface Subject {
  readonly role: SoughtRole
  readonly token: VerifiedToken
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
}

const action = 'sts:AssumeRoleWithWebIdentity'

/**
 * Temporary credentials of a role for the bearer of an OpenID Connect token
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
 */
export const AssumeRoleWithWebIdentity = operation<
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse,
  Subject
>(AssumeRoleWithWebIdentity$, {
  readOnly: true,
  async resolve(input, ctx) {
    const role = await seekRole(input.RoleArn ?? '', ctx)
    // Nobody's account makes this call: refusals too are the role's account's to know.
    if (role.row) {
      ctx.audit.resource({ ARN: role.arn, accountId: role.account, type: 'AWS::IAM::Role' })
      ctx.audit.callerIs({ type: 'WebIdentityUser' }, role.account)
    }
    // Loaded when first asked for: few installations have identity providers.
    const { verifyToken } = await import('./web-identity-token.ts')
    const token = await verifyToken(input.WebIdentityToken ?? '', role.account, ctx)
    if (role.row) ctx.audit.callerIs(bearerOf(token), role.account)
    return { role, token, ...claimedSession(token) }
  },
  access(input, _ctx, subject) {
    const actions = [action]
    if (subject.tags.length > 0) actions.push('sts:TagSession')
    if (subject.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
    return actions.map((name) => ({ ...accessToRole(input, subject), action: name }))
  },
  async handle(input, ctx, subject) {
    const { role, token, sourceIdentity } = subject
    const { row, account } = role
    if (!row) throw accessDenied(`Not authorized to perform ${action}`)
    const { packedPercent, ...limits } = await sessionLimits(
      { Policy: input.Policy, PolicyArns: input.PolicyArns, Tags: subject.tags },
      account,
      ctx,
    )
    const principal = rolePrincipal(row, account, input.RoleSessionName ?? '')
    const credentials = credentialsFor(
      {
        principal,
        facts: {
          mfa: false,
          sessionName: input.RoleSessionName ?? '',
          federatedProvider: token.provider.arn,
          conditions: tokenConditions(token),
          ...limits,
          ...(subject.transitiveTagKeys.length > 0 && {
            transitiveTagKeys: subject.transitiveTagKeys,
          }),
          ...(sourceIdentity !== undefined && { sourceIdentity }),
        },
        seconds: roleSeconds(input.DurationSeconds, row),
      },
      ctx,
    )
    const assumed = { AssumedRoleId: principal.principalId, Arn: principal.arn }
    ctx.audit.responseElements(
      auditedAnswer(credentials, {
        subjectFromWebIdentityToken: token.subject,
        assumedRoleUser: { assumedRoleId: assumed.AssumedRoleId, arn: assumed.Arn },
        provider: token.provider.arn,
        audience: token.audience,
      }),
    )
    return {
      Credentials: credentials,
      SubjectFromWebIdentityToken: token.subject,
      AssumedRoleUser: assumed,
      ...packedSize({ ...(packedPercent !== undefined && { packedPercent }) }),
      Provider: token.provider.arn,
      Audience: token.audience,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },
})

function accessToRole(input: AssumeRoleWithWebIdentityRequest, subject: Subject): Access {
  const { role, token, tags, transitiveTagKeys, sourceIdentity } = subject
  return {
    resource: role.arn,
    resourcePolicy: trustOf(role),
    principal: {
      kind: 'web-identity',
      accountId: role.account,
      arn: `${token.provider.arn}:${token.subject}`,
      federatedProvider: token.provider.arn,
    },
    conditions: {
      ...roleConditions(role),
      ...requestTagConditions(tags),
      ...tokenConditions(token),
      'aws:federatedprovider': token.provider.arn,
      'sts:rolesessionname': input.RoleSessionName,
      'sts:sourceidentity': sourceIdentity,
      'sts:transitivetagkeys': transitiveTagKeys.length > 0 ? transitiveTagKeys : undefined,
    },
  }
}

/** CloudTrail's `userIdentity` of a token's bearer. */
function bearerOf({ provider, subject, audience }: VerifiedToken) {
  return {
    type: 'WebIdentityUser',
    principalId: `${provider.url}:${audience}:${subject}`,
    userName: subject,
    identityProvider: provider.url,
  }
}

/** `<issuer>:aud`, `:sub` and what else of a token policies may ask for. */
function tokenConditions(token: VerifiedToken): Record<string, string | readonly string[]> {
  const issuer = token.provider.url.toLowerCase()
  const { azp, amr, aud } = token.claims
  return {
    [`${issuer}:sub`]: token.subject,
    [`${issuer}:aud`]: token.audience,
    ...(typeof azp === 'string' && aud !== undefined && { [`${issuer}:oaud`]: aud }),
    ...(Array.isArray(amr) && { [`${issuer}:amr`]: amr.map(String) }),
  }
}

const tagsClaim = 'https://aws.amazon.com/tags'
const sourceIdentityClaim = 'https://aws.amazon.com/source_identity'

/**
 * Session tags and source identity that the token itself brings
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html, "AssumeRoleWithWebIdentity").
 */
function claimedSession({ claims }: VerifiedToken) {
  const claim = objectOf(claims[tagsClaim])
  const nested = objectOf(claim['principal_tags'])
  const tags = Object.entries(nested).map(([Key, values]) => ({
    Key,
    Value: String(Array.isArray(values) ? values[0] : values),
  }))
  const transitive = claim['transitive_tag_keys']
  const source = claims[sourceIdentityClaim]
  return {
    tags,
    transitiveTagKeys: Array.isArray(transitive) ? transitive.map(String) : [],
    sourceIdentity: typeof source === 'string' ? source : undefined,
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
