import type { Context } from '../../kernel/context.ts'
import { AwsError, awsError } from '../../kernel/errors.ts'
import { KMSKeyNotAccessibleFault$ } from '@aws-sdk/client-rds'
import type { Shown } from './store.ts'

/** Which key a new instance or cluster says that it is encrypted under, after KMS was asked for it. Throws KMSKeyNotAccessibleFault. */
export async function keyArnOf(
  ctx: Context,
  input: {
    readonly StorageEncrypted?: boolean | undefined
    readonly KmsKeyId?: string | undefined
  },
): Promise<Shown> {
  if (!input.StorageEncrypted) return { StorageEncrypted: false }
  const KeyId = input.KmsKeyId ?? 'alias/aws/rds'
  try {
    const { KeyMetadata } = await ctx.call('kms', 'DescribeKey', { KeyId })
    return { StorageEncrypted: true, KmsKeyId: (KeyMetadata as { Arn: string }).Arn }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw awsError(
      KMSKeyNotAccessibleFault$,
      `The specified KMS key [${KeyId}] does not exist, is not enabled or you do not have permissions to access it.`,
    )
  }
}
