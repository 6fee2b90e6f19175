import { InvalidArnException$ } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { keptPrincipal, principalIdOf } from '../../kernel/identity/principal-ids.ts'
import { accountGrantee, isServiceName } from './grant-matching.ts'

/**
 * What a grant keeps of the principal that a request names: its unique id where it has one, so that
 * whoever gets its name later is not meant. Throws InvalidArnException when it does not exist.
 */
export async function grantPrincipal(ctx: Context, named: string): Promise<string> {
  const kept = withoutId(named) ?? (named === '*' ? undefined : await keptPrincipal(ctx, named))
  if (kept !== undefined) return kept
  throw awsError(InvalidArnException$, `ARN does not refer to a valid principal: ${named}`)
}

/** The principal that a listing asks for, as grants keep it; one that is no more has no grants. */
export async function soughtPrincipal(ctx: Context, named: string): Promise<string> {
  return withoutId(named) ?? (await principalIdOf(ctx, named)) ?? named
}

function withoutId(named: string): string | undefined {
  if (isServiceName(named)) return named
  return /^\d{12}$/.test(named) ? accountGrantee(named) : undefined
}
