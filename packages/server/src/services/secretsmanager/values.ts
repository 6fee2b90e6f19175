import type { Context } from '../../kernel/context.ts'
import { dataKeyIn, kmsKeyArn, plainKeyIn } from '../../kernel/data-key.ts'
import { AwsError } from '../../kernel/errors.ts'
import { decrypt, encrypt } from '../../kernel/store/sealed.ts'
import { accessDenied, decryptionFailure, encryptionFailure } from './errors.ts'
import type { SecretRow, ValueRow } from './store.ts'

/** The AWS managed key that encrypts where no other is named. */
export const defaultKeyId = 'alias/aws/secretsmanager'

/** A value in the clear. */
export interface PlainValue {
  readonly form: ValueRow['form']
  readonly bytes: Buffer
}

/** Calls KMS: as the caller through Secrets Manager, or in another way. */
export type KmsCall = (operation: string, input: object) => Promise<Record<string, unknown>>

/** KMS as the caller of an operation uses it. */
export function kmsOf(ctx: Context): KmsCall {
  return (operation, input) => ctx.call('kms', operation, input)
}

/** The key as KMS is to be asked for it: what a secret names without an account is its owner's. */
export function kmsKeyOf({ kmsKeyId, arn }: Pick<SecretRow, 'kmsKeyId' | 'arn'>): string {
  if (kmsKeyId === undefined) return defaultKeyId
  const [, , , region = '', account = ''] = arn.split(':')
  return kmsKeyArn({ region, account }, kmsKeyId)
}

/** The encryption context that AWS documents ("Secret encryption and decryption"). */
function contextOf(arn: string, versionId: string): Record<string, string> {
  return { SecretARN: arn, SecretVersionId: versionId }
}

/** Encrypts a version's value with a new data key. Throws EncryptionFailure and refusals. */
export async function sealValue(
  kms: KmsCall,
  secret: Pick<SecretRow, 'kmsKeyId' | 'arn'>,
  versionId: string,
  value: PlainValue,
): Promise<ValueRow> {
  const answer = await asked(encryptionFailure, () =>
    kms('GenerateDataKey', {
      KeyId: kmsKeyOf(secret),
      KeySpec: 'AES_256',
      EncryptionContext: contextOf(secret.arn, versionId),
    }),
  )
  const { key, encryptedKey } = dataKeyIn(answer)
  const sealed = encrypt(key, value.bytes).toString('base64')
  return { dataKey: encryptedKey, sealed, form: value.form }
}

/** Decrypts a version's value. Throws DecryptionFailure and refusals. */
export async function openValue(
  kms: KmsCall,
  { arn }: Pick<SecretRow, 'arn'>,
  versionId: string,
  row: ValueRow,
): Promise<PlainValue> {
  const answer = await asked(decryptionFailure, () =>
    kms('Decrypt', {
      CiphertextBlob: Buffer.from(row.dataKey, 'base64'),
      EncryptionContext: contextOf(arn, versionId),
    }),
  )
  const bytes = decrypt(plainKeyIn(answer), Buffer.from(row.sealed, 'base64'))
  if (!bytes) throw new Error('a value does not open under its data key')
  return { form: row.form, bytes }
}

/** The version id that AWS puts in the context of calls which only try a key. */
const tried = 'RequestToValidateKeyAccess'

/** Makes sure that the caller may use a key that is set for a secret, as AWS does, by using it. */
export async function tryKey(
  kms: KmsCall,
  secret: Pick<SecretRow, 'kmsKeyId' | 'arn'>,
): Promise<void> {
  const EncryptionContext = contextOf(secret.arn, tried)
  await asked(encryptionFailure, async () => {
    const request = { KeyId: kmsKeyOf(secret), KeySpec: 'AES_256', EncryptionContext }
    const { CiphertextBlob } = await kms('GenerateDataKey', request)
    return kms('Decrypt', { CiphertextBlob, EncryptionContext })
  })
}

async function asked(
  failure: () => AwsError,
  call: () => Promise<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof AwsError) || error.fault === 'server') throw error
    if (error.code === 'AccessDeniedException') throw accessDenied('Access to KMS is not allowed')
    throw failure()
  }
}
