import { InvalidGrantTokenException$ } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { KeyRow } from './store.ts'

const purpose = 'kms-grant-token'

/** What a grant token stands for. */
export interface GrantToken {
  readonly accountId: string
  readonly keyId: string
  readonly keyArn: string
  readonly grantId: string
}

/** A new token for a grant: opaque, authenticated, and another one each time. */
export function sealGrantToken(ctx: Context, key: KeyRow, grantId: string): string {
  const token: GrantToken = {
    accountId: key.accountId,
    keyId: key.id,
    keyArn: key.arn,
    grantId,
  }
  return ctx.secrets.seal(purpose, JSON.stringify(token))
}

function openGrantToken(ctx: Context, sealed: string): GrantToken | undefined {
  const text = ctx.secrets.open(purpose, sealed)
  return text === undefined ? undefined : (JSON.parse(text) as GrantToken)
}

/** Opens a grant token of a request. Throws InvalidGrantTokenException. */
export function requireGrantToken(ctx: Context, sealed: string): GrantToken {
  const token = openGrantToken(ctx, sealed)
  if (!token) throw awsError(InvalidGrantTokenException$, 'The grant token is not valid.')
  return token
}

/** Refuses tokens that this installation did not make. */
export function checkGrantTokens(ctx: Context, tokens: readonly string[]): void {
  for (const token of tokens) requireGrantToken(ctx, token)
}
