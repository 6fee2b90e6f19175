import {
  KMSAccessDeniedException$,
  KMSDisabledException$,
  KMSInvalidStateException$,
  KMSNotFoundException$,
} from '@aws-sdk/client-sns'
import type { Context } from '../../kernel/context.ts'
import { AwsError, awsError } from '../../kernel/errors.ts'
import { courier } from './courier.ts'
import type { TopicRow } from './store.ts'

/** For how long SNS uses a data key again (SNS Developer Guide, "Data key reuse period"). */
const reuseMs = 300_000

const schemas = {
  AccessDeniedException: KMSAccessDeniedException$,
  DisabledException: KMSDisabledException$,
  KMSInvalidStateException: KMSInvalidStateException$,
  NotFoundException: KMSNotFoundException$,
} as const

function keyArn({ region, account }: TopicRow, keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId
  const resource = keyId.startsWith('alias/') ? keyId : `key/${keyId}`
  return `arn:aws:kms:${region}:${account}:${resource}`
}

/**
 * A topic with a KMS key takes messages only of those who may use the key: it is asked for a data key
 * as the publisher, once in five minutes. What waits for delivery is sealed by the store.
 */
export async function requireKey(ctx: Context, topic: TopicRow): Promise<void> {
  const keyId = topic.attributes['KmsMasterKeyId']
  if (keyId === undefined) return
  const kept = ctx.runtime(courier)
  const mark = `key|${topic.arn}|${keyId}|${ctx.principal.principalId}`
  if (kept.isNoted(mark)) return
  try {
    await ctx.call('kms', 'GenerateDataKey', {
      KeyId: keyArn(topic, keyId),
      KeySpec: 'AES_256',
      EncryptionContext: { 'aws:sns:topicArn': topic.arn },
    })
  } catch (error) {
    const code = error instanceof AwsError ? error.code : ''
    const schema = Object.entries(schemas).find(([known]) => known === code)?.[1]
    if (!schema || !(error instanceof Error)) throw error
    throw awsError(schema, error.message)
  }
  ctx.afterCommit(() => kept.note(mark, kept.now() + reuseMs))
}
