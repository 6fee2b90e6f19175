import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { invalidKey } from './errors.ts'
import type { VersionFacts } from './store.ts'

const cipher = 'aes-256-gcm'
const formatVersion = 1
const headBytes = 3
const ivBytes = 12
const tagBytes = 16

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
  const encryptedKey = bytesOf(answer['CiphertextBlob'])
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(formatVersion, 0)
  head.writeUInt16BE(encryptedKey.length, 1)
  const iv = randomBytes(ivBytes)
  const sealer = createCipheriv(cipher, bytesOf(answer['Plaintext']), iv)
  sealer.setAAD(Buffer.from(arn, 'utf8'))
  const parts = [head, encryptedKey, iv, sealer.update(Plaintext), sealer.final()]
  return Buffer.concat([...parts, sealer.getAuthTag()]).toString('base64')
}

/** The plaintext of a SecureString's value. Throws InvalidKeyId and KMS's refusals. */
export async function openValue(
  ctx: Context,
  { arn, tier }: Omit<Sealing, 'keyId'>,
  sealed: string,
): Promise<string> {
  const blob = Buffer.from(sealed, 'base64')
  if (tier === 'Standard') return (await decrypt(ctx, arn, blob)).toString('utf8')
  const bodyAt = headBytes + blob.readUInt16BE(1)
  const key = await decrypt(ctx, arn, blob.subarray(headBytes, bodyAt))
  const opener = createDecipheriv(cipher, key, blob.subarray(bodyAt, bodyAt + ivBytes))
  opener.setAAD(Buffer.from(arn, 'utf8'))
  opener.setAuthTag(blob.subarray(-tagBytes))
  const text = opener.update(blob.subarray(bodyAt + ivBytes, -tagBytes))
  return Buffer.concat([text, opener.final()]).toString('utf8')
}

async function decrypt(ctx: Context, arn: string, CiphertextBlob: Buffer): Promise<Buffer> {
  const request = { CiphertextBlob, EncryptionContext: contextOf(arn) }
  return bytesOf((await callKms(ctx, 'Decrypt', request))['Plaintext'])
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
