import type { Context } from '../../kernel/context.ts'
import { commonError } from '../../kernel/errors.ts'
import type { Operation } from '../../kernel/service.ts'

/**
 * A module's operations, closed to sessions that AWS keeps away from IAM: those of GetSessionToken
 * without MFA, and federated users
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html).
 */
export function withoutBareSessions(
  module: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const closed = Object.entries(module).map(([name, value]) =>
    isOperation(value) ? [name, closedTo(value)] : [name, value],
  )
  return Object.fromEntries(closed)
}

function closedTo(operation: Operation): Operation {
  return {
    ...operation,
    resolve(input: never, ctx: Context) {
      const { kind, session } = ctx.principal
      const isBareUser = (kind === 'user' || kind === 'root') && session && !session.mfa
      if (isBareUser || kind === 'federated-user') {
        const message = 'The security token included in the request is invalid'
        throw commonError('InvalidClientTokenId', message, 403)
      }
      return operation.resolve?.(input, ctx) as never
    },
  }
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'schema' in value && 'handle' in value
}
