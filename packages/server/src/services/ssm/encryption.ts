import type { Context } from '../../kernel/context.ts'
import { dataKeyIn, plainKeyIn } from '../../kernel/data-key.ts'
import { AwsError } from '../../kernel/errors.ts'
import { decrypt, encrypt } from '../../kernel/store/sealed.ts'
import { invalidKey } from './errors.ts'
import type { VersionFacts } from './store.ts'

const formatVersion = 1
const headBytes = 3

/** The AWS managed key that encrypts where no other is named. */
export const defaultKeyId = 'alias/aws/ssm'

/** Which parameter a value is of, and under which key. */
interface Sealing extends Pick<VersionFacts, 'tier'> {
  readonly arn: string
  readonly keyId: string
}

/** The encryption context that AWS documents ("AWS KMS encryption for Parameter Store SecureString parameters"). */
const contextOf = (arn: string) => ({ PARAMETER_ARN: arn })

/**
 * Encrypts a SecureString's value, as base64: a standard parameter's by KMS itself, an advanced
 * parameter's with a data key of its own. Throws InvalidKeyId and KMS's refusals.
 */
export async function sealValue(
  ctx: Context,
  { arn, keyId, tier }: Sealing,
  value: string,
): Promise<string> {
  const Plaintext = Buffer.from(value, 'utf8')
  if (tier === 'Standard') {
    const request = { KeyId: keyId, Plaintext, EncryptionContext: contextOf(arn) }
    const answer = await callKms(ctx, 'Encrypt', request)
    return bytesOf(answer['CiphertextBlob']).toString('base64')
  }
  const answer = await callKms(ctx, 'GenerateDataKey', {
    KeyId: keyId,
    KeySpec: 'AES_256',
    EncryptionContext: contextOf(arn),
  })
  const { key, encryptedKey } = dataKeyIn(answer)
  const wrapped = Buffer.from(encryptedKey, 'base64')
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(formatVersion, 0)
  head.writeUInt16BE(wrapped.length, 1)
  return Buffer.concat([head, wrapped, encrypt(key, Plaintext, boundTo(arn))]).toString('base64')
}

/** What an advanced parameter's value is authenticated with. */
const boundTo = (arn: string): Buffer => Buffer.from(arn, 'utf8')

/** The plaintext of a SecureString's value. Throws InvalidKeyId and KMS's refusals. */
export async function openValue(
  ctx: Context,
  { arn, tier }: Omit<Sealing, 'keyId'>,
  sealed: string,
): Promise<string> {
  const blob = Buffer.from(sealed, 'base64')
  if (tier === 'Standard') {
    return bytesOf((await opened(ctx, arn, blob))['Plaintext']).toString('utf8')
  }
  const bodyAt = headBytes + blob.readUInt16BE(1)
  const key = plainKeyIn(await opened(ctx, arn, blob.subarray(headBytes, bodyAt)))
  const text = decrypt(key, blob.subarray(bodyAt), boundTo(arn))
  if (!text) throw new Error('a value does not open under its data key')
  return text.toString('utf8')
}

function opened(ctx: Context, arn: string, CiphertextBlob: Buffer) {
  return callKms(ctx, 'Decrypt', { CiphertextBlob, EncryptionContext: contextOf(arn) })
}

async function callKms(
  ctx: Context,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  try {
    return await ctx.call('kms', operation, input)
  } catch (error) {
    if (!(error instanceof AwsError) || error.fault === 'server') throw error
    if (error.code === 'AccessDeniedException') throw error
    throw invalidKey(error.message || 'The ciphertext cannot be decrypted with its key.')
  }
}

function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value)
  throw new TypeError('KMS answered without the bytes that it was asked for')
}
