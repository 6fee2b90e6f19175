import type { Context } from '../../kernel/context.ts'
import type { AwsError } from '../../kernel/errors.ts'
import { invalidParameter, invalidRequest, validation } from './errors.ts'
import { callingService } from './secret-reference.ts'
import type { PlainValue } from './values.ts'

/** How requests give a value. */
export interface ValueInput {
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
}

const maxBytes = 65_536

/** The value of a request; undefined when there is none. Throws InvalidParameterException. */
export function valueOf(input: ValueInput): PlainValue | undefined {
  const { SecretString, SecretBinary } = input
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  if (SecretString !== undefined) {
    return bounded('secretString', { form: 'string', bytes: Buffer.from(SecretString, 'utf8') })
  }
  if (SecretBinary === undefined) return undefined
  return bounded('secretBinary', { form: 'binary', bytes: Buffer.from(SecretBinary) })
}

/** AWS counts bytes, where the model counts characters. */
function bounded(member: string, value: PlainValue): PlainValue {
  if (value.bytes.length <= maxBytes) return value
  throw validation(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${maxBytes}`,
  )
}

/** A value as answers give it. */
export function shownValue({ form, bytes }: PlainValue): {
  readonly SecretString?: string
  readonly SecretBinary?: Uint8Array
} {
  return form === 'string' ? { SecretString: bytes.toString('utf8') } : { SecretBinary: bytes }
}

/**
 * The id of the version that a request makes: SDKs make one up, and AWS wants it from others too.
 * `refused` makes the error without one, which AWS does not name alike everywhere.
 */
export function tokenOf(
  ctx: Context,
  token: string | undefined,
  refused: (message: string) => AwsError = invalidRequest,
): string {
  if (token !== undefined) return token
  if (callingService(ctx) !== undefined) return ctx.ids.uuid()
  throw refused('You must provide a ClientRequestToken value. We recommend a UUID-type value.')
}
