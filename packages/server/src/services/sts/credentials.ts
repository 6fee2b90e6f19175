import type { Credentials } from '@aws-sdk/client-sts'
import type { Context, SessionFacts } from '../../kernel/context.ts'
import { issueSession, type SessionToken } from '../../kernel/identity/session-token.ts'
import type { SessionLimits } from './session-limits.ts'

/** What a new session is, apart from its times. */
export interface NewSession {
  readonly principal: SessionToken['principal']
  readonly facts: Omit<SessionFacts, 'issuedAt' | 'expiresAt'>
  readonly seconds: number
}

/** Temporary credentials for a session, in the shape of every STS answer. */
export function credentialsFor(session: NewSession, ctx: Context): Credentials {
  const expires = new Date(ctx.now.getTime() + session.seconds * 1000)
  expires.setUTCMilliseconds(0)
  const issued = issueSession(ctx.secrets, session.principal, {
    ...session.facts,
    issuedAt: ctx.now.toISOString(),
    expiresAt: expires.toISOString(),
  })
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: expires,
  }
}

/** The answer's PackedPolicySize, where there is one. */
export function packedSize(limits: SessionLimits): { PackedPolicySize?: number } {
  return limits.packedPercent === undefined ? {} : { PackedPolicySize: limits.packedPercent }
}

/** An answer as the audit log may show it: without the secret and the session token. */
export function auditedAnswer(
  credentials: Credentials,
  rest: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { AccessKeyId: accessKeyId, Expiration: expiration } = credentials
  return { credentials: { accessKeyId, expiration: expiration?.toISOString() }, ...rest }
}
