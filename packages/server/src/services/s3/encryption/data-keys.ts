import { createSecretKey } from 'node:crypto'
import type { Context } from '../../../kernel/context.ts'
import { AwsError } from '../../../kernel/errors.ts'
import { defineRuntime } from '../../../kernel/runtime.ts'
import { decrypt, encrypt } from '../../../kernel/store/sealed.ts'
import { accessDenied, invalidRequest, s3Error } from '../errors.ts'
import type { SealedKey } from '../store.ts'
import type { EncryptionChoice } from './choice.ts'

const purpose = 's3-data-key'

/** How long a bucket key serves its caller before KMS is asked again. */
const bucketKeyMs = 5 * 60_000

interface HeldKey {
  readonly key: Buffer
  readonly blob: string
  readonly keyArn: string
  readonly untilMs: number
}

/** Bucket keys in use: by what they are for, and by their ciphertext; each for one caller. */
const heldKeys = defineRuntime('s3.bucket-keys', () => new Map<string, HeldKey>())

/** Where an object lies, for its encryption context. */
export interface KeyPlace {
  readonly bucketArn: string
  readonly objectArn: string
}

/** Seals an object's data key as chosen. Throws KMS's refusals. */
export async function sealDataKey(
  ctx: Context,
  dataKey: Buffer,
  choice: EncryptionChoice,
  place: KeyPlace,
): Promise<SealedKey> {
  if (choice.kind === 'AES256') {
    return { algorithm: 'AES256', sealed: ctx.secrets.seal(purpose, dataKey.toString('base64')) }
  }
  if (choice.kind === 'customer') {
    return { algorithm: 'customer', sealed: wrap(choice.key, dataKey) }
  }
  const held = choice.bucketKey
    ? await bucketKey(ctx, choice.keyId, place)
    : await kmsKey(ctx, choice.keyId, { ...choice.context, 'aws:s3:arn': place.objectArn })
  return {
    algorithm: choice.kind,
    sealed: wrap(held.key, dataKey),
    kmsKeyArn: held.keyArn,
    kmsBlob: held.blob,
    ...(choice.bucketKey && { bucketKey: true as const }),
    ...(Object.keys(choice.context).length > 0 && { context: choice.context }),
  }
}

/** Opens an object's data key. Throws what S3 says when the caller may not, or brings the wrong key. */
export async function openDataKey(
  ctx: Context,
  kept: SealedKey,
  place: KeyPlace,
  customer: { readonly key: Buffer } | undefined,
): Promise<Buffer> {
  requireCustomerKey(kept, customer)
  if (kept.algorithm === 'AES256') {
    const text = ctx.secrets.open(purpose, kept.sealed)
    if (text === undefined) throw new Error('an object’s key does not open under the root key')
    return Buffer.from(text, 'base64')
  }
  if (kept.algorithm === 'customer') {
    const key = customer && unwrap(customer.key, kept.sealed)
    if (!key) throw accessDenied()
    return key
  }
  const key = unwrap(await kmsPlaintext(ctx, kept, place), kept.sealed)
  if (!key) throw new Error('an object’s key does not open under its KMS data key')
  return key
}

/** Whether a request brings the customer's key where, and only where, the object needs one. */
export function requireCustomerKey(kept: SealedKey, customer: object | undefined): void {
  if (kept.algorithm === 'customer' && !customer) {
    throw invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    )
  }
  if (kept.algorithm !== 'customer' && customer) {
    throw invalidRequest('The encryption parameters are not applicable to this object.')
  }
}

async function kmsPlaintext(ctx: Context, kept: SealedKey, place: KeyPlace): Promise<Buffer> {
  const blob = kept.kmsBlob ?? ''
  const keys = ctx.runtime(heldKeys)
  const name = `${blob}|${callerOf(ctx)}`
  const held = kept.bucketKey ? keys.get(name) : undefined
  if (held && held.untilMs > ctx.now.getTime()) return held.key
  const output = await viaKms(ctx, 'Decrypt', {
    CiphertextBlob: Buffer.from(blob, 'base64'),
    KeyId: kept.kmsKeyArn,
    EncryptionContext: kept.bucketKey
      ? { 'aws:s3:arn': place.bucketArn }
      : { ...kept.context, 'aws:s3:arn': place.objectArn },
  })
  const key = Buffer.from(output['Plaintext'] as Uint8Array)
  if (kept.bucketKey) keep(ctx, name, { key, blob, keyArn: kept.kmsKeyArn ?? '' })
  return key
}

async function bucketKey(
  ctx: Context,
  keyId: string,
  { bucketArn }: KeyPlace,
): Promise<Omit<HeldKey, 'untilMs'>> {
  const name = `${bucketArn}|${keyId}|${callerOf(ctx)}`
  const held = ctx.runtime(heldKeys).get(name)
  if (held && held.untilMs > ctx.now.getTime()) return held
  const made = await kmsKey(ctx, keyId, { 'aws:s3:arn': bucketArn })
  keep(ctx, name, made)
  return made
}

/** Services have no ARN. */
function callerOf({ principal, account }: Context): string {
  return principal.arn || `${principal.principalId}/${account}`
}

const maxHeldKeys = 10_000

/** Once the call has been committed: a key that was made in vain is never used. */
function keep(ctx: Context, name: string, held: Omit<HeldKey, 'untilMs'>): void {
  const keys = ctx.runtime(heldKeys)
  const untilMs = ctx.now.getTime() + bucketKeyMs
  ctx.afterCommit(() => {
    if (keys.size >= maxHeldKeys) keys.clear()
    keys.set(name, { ...held, untilMs })
  })
}

async function kmsKey(
  ctx: Context,
  keyId: string,
  context: Readonly<Record<string, string>>,
): Promise<Omit<HeldKey, 'untilMs'>> {
  const output = await viaKms(ctx, 'GenerateDataKey', {
    KeyId: keyId,
    KeySpec: 'AES_256',
    EncryptionContext: context,
  })
  return {
    key: Buffer.from(output['Plaintext'] as Uint8Array),
    blob: Buffer.from(output['CiphertextBlob'] as Uint8Array).toString('base64'),
    keyArn: String(output['KeyId']),
  }
}

async function viaKms(
  ctx: Context,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  try {
    return await ctx.call('kms', operation, input)
  } catch (error) {
    if (!(error instanceof AwsError) || error.fault === 'server') throw error
    if (error.code === 'AccessDeniedException') throw accessDenied(error.message)
    throw s3Error(`KMS.${error.code}`, error.message, 400)
  }
}

function wrap(key: Uint8Array, dataKey: Buffer): string {
  return encrypt(createSecretKey(key), dataKey).toString('base64')
}

function unwrap(key: Uint8Array, sealed: string): Buffer | undefined {
  return decrypt(createSecretKey(key), Buffer.from(sealed, 'base64'))
}
