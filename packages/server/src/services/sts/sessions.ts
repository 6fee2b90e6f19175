import {
  GetFederationToken$,
  GetSessionToken$,
  type GetFederationTokenRequest,
  type GetFederationTokenResponse,
  type GetSessionTokenRequest,
  type GetSessionTokenResponse,
} from '@aws-sdk/client-sts'
import type { Context } from '../../kernel/context.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { auditedAnswer, credentialsFor, packedSize } from './credentials.ts'
import { accessDenied } from './errors.ts'
import { proveMfa, useMfa, type MfaProof } from './mfa.ts'
import { sessionLimits } from './session-limits.ts'

const defaultSeconds = 43200
const rootMaxSeconds = 3600

/** Temporary credentials of the calling user or root, with MFA where a code is given. */
export const GetSessionToken = operation<
  GetSessionTokenRequest,
  GetSessionTokenResponse,
  MfaProof | undefined
>(GetSessionToken$, {
  readOnly: true,
  resolve(input, ctx) {
    refuseSessions('GetSessionToken', ctx)
    return proveMfa(input, ctx)
  },
  access: () => 'authenticated',
  handle(input, ctx, proof) {
    useMfa(proof, ctx)
    const { kind, accountId, arn, principalId, userName } = ctx.principal
    const credentials = credentialsFor(
      {
        principal: {
          kind,
          accountId,
          arn,
          principalId,
          ...(userName !== undefined && { userName }),
        },
        facts: {
          mfa: proof !== undefined,
          ...(proof && { mfaAuthenticatedAt: ctx.now.toISOString() }),
        },
        seconds: secondsFor(input.DurationSeconds, ctx),
      },
      ctx,
    )
    ctx.audit.responseElements(auditedAnswer(credentials, {}))
    return { Credentials: credentials }
  },
})

/** Temporary credentials for somebody the calling user vouches for, limited by session policies. */
export const GetFederationToken = operation<GetFederationTokenRequest, GetFederationTokenResponse>(
  GetFederationToken$,
  {
    readOnly: true,
    resolve(_input, ctx) {
      refuseSessions('GetFederationToken', ctx)
      return undefined
    },
    access(input, ctx) {
      const resource = federatedArn(input, ctx)
      const conditions = requestTagConditions(input.Tags)
      const needed: Access[] = [{ resource, conditions }]
      if (input.Tags?.length) needed.push({ action: 'sts:TagSession', resource, conditions })
      return needed
    },
    async handle(input, ctx) {
      const { packedPercent, ...limits } = await sessionLimits(input, ctx.account, ctx)
      const { accountId, userName } = ctx.principal
      const federated = {
        FederatedUserId: `${accountId}:${input.Name}`,
        Arn: federatedArn(input, ctx),
      }
      const credentials = credentialsFor(
        {
          principal: {
            kind: 'federated-user',
            accountId,
            arn: federated.Arn,
            principalId: federated.FederatedUserId,
            ...(userName !== undefined && { userName }),
          },
          // Without session policies a federated user may do nothing.
          facts: { mfa: false, policies: [], ...limits },
          seconds: secondsFor(input.DurationSeconds, ctx),
        },
        ctx,
      )
      const size = packedSize({ ...(packedPercent !== undefined && { packedPercent }) })
      ctx.audit.responseElements(auditedAnswer(credentials, { federatedUser: federated, ...size }))
      return { Credentials: credentials, FederatedUser: federated, ...size }
    },
  },
)

function federatedArn(input: GetFederationTokenRequest, ctx: Context): string {
  return `arn:aws:sts::${ctx.account}:federated-user/${input.Name}`
}

function refuseSessions(name: string, ctx: Context): void {
  if (ctx.principal.session) {
    throw accessDenied(`Cannot call ${name} with session credentials`)
  }
}

/** Root's sessions last an hour at most, whatever is asked for. */
function secondsFor(asked: number | undefined, ctx: Context): number {
  if (ctx.principal.kind !== 'root') return asked ?? defaultSeconds
  return Math.min(asked ?? rootMaxSeconds, rootMaxSeconds)
}
