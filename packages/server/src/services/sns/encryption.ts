import {
  KMSAccessDeniedException$,
  KMSDisabledException$,
  KMSInvalidStateException$,
  KMSNotFoundException$,
} from '@aws-sdk/client-sns'
import type { Context, Principal } from '../../kernel/context.ts'
import {
  dataKeyIn,
  kmsKeyArn,
  kmsRefusal,
  openText,
  plainKeyIn,
  sealText,
} from '../../kernel/data-key.ts'
import type { KeptDataKey } from '../../kernel/data-key.ts'
import { courier } from './courier.ts'
import type { Notification } from './envelope.ts'
import type { TopicRow } from './store.ts'

/** For how long SNS uses a data key again (SNS Developer Guide, "Data key reuse period"). */
const reuseMs = 300_000

/** A message that waits for its delivery, encrypted with a data key of the topic's KMS key. */
export interface SealedNotification {
  /** Base64 of IV, ciphertext and tag. */
  readonly content: string
  readonly encryptedKey: string
  /** Who published: on whose behalf the data key is asked for again. */
  readonly publisher: Principal
}

const schemas = {
  AccessDeniedException: KMSAccessDeniedException$,
  DisabledException: KMSDisabledException$,
  KMSInvalidStateException: KMSInvalidStateException$,
  NotFoundException: KMSNotFoundException$,
} as const

const contextOf = ({ arn }: TopicRow) => ({ 'aws:sns:topicArn': arn })

/** The data key of a call that is under way: a batch asks for one. */
const keyOfCall = new WeakMap<Context, KeptDataKey>()

/** The data key for a topic's messages, asked for as the publisher; undefined for topics without a KMS key. */
export async function publishingKey(
  ctx: Context,
  topic: TopicRow,
): Promise<KeptDataKey | undefined> {
  const keyId = topic.attributes['KmsMasterKeyId']
  if (keyId === undefined) return undefined
  const kept = ctx.runtime(courier)
  const name = `${topic.arn}|${keyId}|${ctx.principal.principalId}`
  const known = kept.keyOf(name) ?? keyOfCall.get(ctx)
  if (known) return known
  const KeyId = kmsKeyArn(topic, keyId)
  try {
    const answer = await ctx.call('kms', 'GenerateDataKey', {
      KeyId,
      KeySpec: 'AES_256',
      EncryptionContext: contextOf(topic),
    })
    const key = { ...dataKeyIn(answer), until: kept.now() + reuseMs }
    keyOfCall.set(ctx, key)
    // Not earlier: a call that is run again asks for its key again, on record.
    ctx.afterCommit(() => {
      kept.keepKey(name, key)
      kept.keepKey(key.encryptedKey, key)
    })
    return key
  } catch (error) {
    throw kmsRefusal(error, schemas)
  }
}

/** Encrypts a message for the time that it waits. */
export function sealNotification(
  ctx: Context,
  key: KeptDataKey,
  notification: Notification,
): SealedNotification {
  return {
    content: sealText(key.key, JSON.stringify(notification)),
    encryptedKey: key.encryptedKey,
    publisher: ctx.principal,
  }
}

/** Decrypts a message that is about to be delivered. Throws AwsError when KMS refuses the publisher the key. */
export async function openNotification(
  ctx: Context,
  topic: TopicRow,
  { content, encryptedKey, publisher }: SealedNotification,
): Promise<Notification> {
  const kept = ctx.runtime(courier)
  let key = kept.keyOf(encryptedKey)
  if (!key) {
    const actor = { service: 'sns.amazonaws.com', sourceArn: topic.arn, onBehalfOf: publisher }
    const answer = await ctx.callAs(actor, 'kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(encryptedKey, 'base64'),
      EncryptionContext: contextOf(topic),
    })
    const until = kept.now() + reuseMs
    key = { key: plainKeyIn(answer), encryptedKey, until }
    kept.keepKey(encryptedKey, key)
  }
  return JSON.parse(openText(key.key, content)) as Notification
}
