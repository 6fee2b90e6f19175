import {
  KmsAccessDenied$,
  KmsDisabled$,
  KmsInvalidKeyUsage$,
  KmsInvalidState$,
  KmsNotFound$,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import {
  dataKeyIn,
  kmsKeyArn,
  kmsRefusal,
  openText,
  plainKeyIn,
  sealText,
} from '../../kernel/data-key.ts'
import type { KeptDataKey } from '../../kernel/data-key.ts'
import { settingsOf } from './attributes.ts'
import type { MessageContent, MessageRow, QueueRow } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

const schemas = {
  AccessDeniedException: KmsAccessDenied$,
  DisabledException: KmsDisabled$,
  InvalidKeyUsageException: KmsInvalidKeyUsage$,
  KMSInvalidStateException: KmsInvalidState$,
  NotFoundException: KmsNotFound$,
} as const

/** Calls KMS as the caller; its refusals become SQS's. */
async function kms(ctx: Context, name: string, input: object): Promise<Record<string, unknown>> {
  try {
    return await ctx.call('kms', name, input)
  } catch (error) {
    throw kmsRefusal(error, schemas)
  }
}

/** Data keys of calls that are under way: a batch asks for each once. */
const keysOfCalls = new WeakMap<Context, Map<string, KeptDataKey>>()

/** Keeps a data key for the call, and once that has committed for others: one that is run again asks again, on record. */
function keep(ctx: Context, name: string, key: KeptDataKey): void {
  const ofCall = keysOfCalls.get(ctx) ?? new Map<string, KeptDataKey>()
  keysOfCalls.set(ctx, ofCall.set(name, key))
  ctx.afterCommit(() => ctx.runtime(waitingRoom).keepKey(name, key))
}

/** How a message's content is to be stored: as it is (the store seals it), or encrypted with a data key. */
export async function encryptContent(
  ctx: Context,
  queue: QueueRow,
  content: MessageContent,
): Promise<Pick<MessageRow, 'content' | 'contentKey'>> {
  const json = JSON.stringify(content)
  const { kmsKeyId, keyReuseMs } = settingsOf(queue)
  if (kmsKeyId === undefined) return { content: json }
  const room = ctx.runtime(waitingRoom)
  const name = `encrypt|${queue.arn}|${kmsKeyId}|${ctx.principal.principalId}`
  let key = room.keyOf(name) ?? keysOfCalls.get(ctx)?.get(name)
  if (!key) {
    const answer = await kms(ctx, 'GenerateDataKey', {
      KeyId: kmsKeyArn(queue, kmsKeyId),
      KeySpec: 'AES_256',
      EncryptionContext: { 'aws:sqs:arn': queue.arn },
    })
    key = { ...dataKeyIn(answer), until: room.now() + keyReuseMs }
    keep(ctx, name, key)
  }
  return {
    content: sealText(key.key, json),
    contentKey: { encryptedKey: key.encryptedKey, queueArn: queue.arn },
  }
}

/** The content of a message; with a KMS key only for those who may use it. */
export async function contentOf(
  ctx: Context,
  queue: QueueRow,
  row: MessageRow,
): Promise<MessageContent> {
  if (!row.contentKey) return JSON.parse(row.content) as MessageContent
  const { encryptedKey, queueArn } = row.contentKey
  const room = ctx.runtime(waitingRoom)
  const name = `decrypt|${encryptedKey}|${ctx.principal.principalId}`
  let key = room.keyOf(name) ?? keysOfCalls.get(ctx)?.get(name)
  if (!key) {
    const answer = await kms(ctx, 'Decrypt', {
      CiphertextBlob: Buffer.from(encryptedKey, 'base64'),
      EncryptionContext: { 'aws:sqs:arn': queueArn },
    })
    const until = room.now() + settingsOf(queue).keyReuseMs
    key = { key: plainKeyIn(answer), encryptedKey, until }
    keep(ctx, name, key)
  }
  return JSON.parse(openText(key.key, row.content)) as MessageContent
}
