import { IncorrectKeyException$ } from '@aws-sdk/client-kms'
import type { EncryptionAlgorithmSpec } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { keySpecs } from './crypto/key-specs.ts'
import { decryptOaep, encryptOaep } from './crypto/rsa.ts'
import { openBlob, readBlob, sealBlob } from './crypto/symmetric.ts'
import type { ParsedBlob } from './crypto/symmetric.ts'
import { denied, invalidCiphertext, translated, validation } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireAlgorithm, requireUse } from './key-use.ts'
import { anyKey } from './keys.ts'
import { currentMaterial, loadMaterial, locatorKeyOf } from './material-store.ts'
import { keyOwners, keys } from './store.ts'

type Pairs = Readonly<Record<string, string>>

/** The key that made a ciphertext, or that the request says did. */
export interface CiphertextSubject extends KeySubject {
  /** Absent for asymmetric algorithms, and for bytes that are no ciphertext of ours. */
  readonly parsed?: ParsedBlob
}

/** A ciphertext to be decrypted, as Decrypt and ReEncrypt name it. */
export interface CiphertextInput {
  readonly operation: string
  readonly blob: Uint8Array | undefined
  readonly keyId: string | undefined
  readonly algorithm: EncryptionAlgorithmSpec | undefined
  readonly ignoreCiphertext: boolean
}

function isSymmetric(algorithm: EncryptionAlgorithmSpec | undefined): boolean {
  return (algorithm ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT'
}

/** Finds the key of a ciphertext: the one named, else the one the blob itself names. */
export async function resolveCiphertext(
  ctx: Context,
  input: CiphertextInput,
): Promise<CiphertextSubject> {
  const { blob, keyId, algorithm } = input
  const locatorKey = locatorKeyOf(ctx.secrets)
  const parsed = blob && isSymmetric(algorithm) ? readBlob(locatorKey, blob) : undefined
  if (keyId !== undefined) {
    const subject = await anyKey(ctx, keyId, input.operation)
    return parsed ? { ...subject, parsed } : subject
  }
  if (input.ignoreCiphertext || !isSymmetric(algorithm)) {
    throw validation('You must specify a KeyId to decrypt with this request.')
  }
  if (!parsed) throw invalidCiphertext()
  const own = await ctx.store.table(keys).get(parsed.keyId)
  if (own) return { key: own, tables: ctx.store, parsed }
  const owner = await ctx.store.table(keyOwners).get(parsed.keyId)
  const tables = owner && ctx.store.at({ account: owner.accountId })
  const key = await tables?.table(keys).get(parsed.keyId)
  if (!tables || !key) {
    throw denied(
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    )
  }
  return { key, tables, parsed }
}

function incorrectKey(): Error {
  return awsError(
    IncorrectKeyException$,
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
}

/** How a ciphertext is to be opened. */
export interface OpenInput {
  readonly operation: string
  readonly blob: Uint8Array
  readonly algorithm: EncryptionAlgorithmSpec | undefined
  readonly context: Pairs | undefined
}

/** A decrypted ciphertext; `materialId` only of symmetric ones. */
export interface Opened {
  readonly plaintext: Uint8Array
  readonly materialId?: string
}

function refuseContext(context: Pairs | undefined, algorithm: string): void {
  if (context && Object.keys(context).length > 0) {
    throw validation(`EncryptionContext is not supported with algorithm ${algorithm}.`)
  }
}

/** Decrypts with the key that was found, after every check AWS makes. */
export async function openCiphertext(
  subject: CiphertextSubject,
  input: OpenInput,
): Promise<Opened> {
  const { key, parsed, tables } = subject
  const { operation, algorithm = 'SYMMETRIC_DEFAULT', context } = input
  if (algorithm !== 'SYMMETRIC_DEFAULT') {
    requireUse(key, operation, 'ENCRYPT_DECRYPT')
    requireAlgorithm(key, algorithm, keySpecs[key.spec].encryption)
    refuseContext(context, algorithm)
    const { material } = await currentMaterial(tables, key)
    const plaintext = translated(() => decryptOaep({ key: material, algorithm, data: input.blob }))
    if (!plaintext) throw invalidCiphertext()
    return { plaintext }
  }
  if (key.spec !== 'SYMMETRIC_DEFAULT') throw incorrectKey()
  if (!parsed) throw invalidCiphertext()
  if (parsed.keyId !== key.id) throw incorrectKey()
  requireUse(key, operation, 'ENCRYPT_DECRYPT')
  const material = await loadMaterial(tables, key, parsed.materialId)
  const plaintext = material && openBlob(parsed, material, context)
  if (!plaintext) throw invalidCiphertext()
  return { plaintext, materialId: parsed.materialId }
}

/** What is to be encrypted, and how. */
export interface SealInput {
  readonly operation: string
  readonly algorithm: EncryptionAlgorithmSpec | undefined
  readonly context: Pairs | undefined
  readonly plaintext: Uint8Array
}

/** A ciphertext; `materialId` only of symmetric ones. */
export interface Sealed {
  readonly blob: Uint8Array
  readonly materialId?: string
}

/** Refuses a key or algorithm that cannot encrypt as asked. */
export function checkEncryption(
  { key }: KeySubject,
  input: Pick<SealInput, 'operation' | 'algorithm' | 'context'>,
): void {
  const { algorithm = 'SYMMETRIC_DEFAULT' } = input
  requireUse(key, input.operation, 'ENCRYPT_DECRYPT')
  requireAlgorithm(key, algorithm, keySpecs[key.spec].encryption)
  if (algorithm !== 'SYMMETRIC_DEFAULT') refuseContext(input.context, algorithm)
}

/** Encrypts under a key that `checkEncryption` found fit. */
export async function sealPlaintext(
  ctx: Context,
  { key, tables }: KeySubject,
  input: SealInput,
): Promise<Sealed> {
  const { algorithm = 'SYMMETRIC_DEFAULT', plaintext, context } = input
  const { id, material } = await currentMaterial(tables, key)
  if (algorithm !== 'SYMMETRIC_DEFAULT') {
    return { blob: translated(() => encryptOaep({ key: material, algorithm, data: plaintext })) }
  }
  const blob = sealBlob({
    locatorKey: locatorKeyOf(ctx.secrets),
    keyId: key.id,
    materialId: id,
    key: material,
    plaintext,
    context,
  })
  return { blob, materialId: id }
}
