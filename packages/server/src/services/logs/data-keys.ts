import type { KeyObject } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { dataKeyIn, plainKeyIn } from '../../kernel/data-key.ts'
import { AwsError } from '../../kernel/errors.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { groupArn } from './arns.ts'
import { invalid } from './errors.ts'

/** A data key of a group that has a KMS key. */
export interface DataKey {
  /** As KMS encrypted it, in base64. */
  readonly encrypted: string
  readonly key: KeyObject
}

interface Kept extends DataKey {
  readonly untilMs: number
}

/** How long a data key is used before KMS is asked again; AWS too caches for up to five minutes. */
const keptMs = 5 * 60_000
const keptKeys = 10_000

/** Data keys in use: by group and KMS key for writing, by ciphertext for reading. */
export const dataKeyCache = defineRuntime('logs.data-keys', () => ({
  writing: new Map<string, Kept>(),
  reading: new Map<string, Kept>(),
}))

/** What a data key is for. */
export interface KeyedGroup {
  readonly name: string
  readonly kmsKeyId: string
}

function asLogs(ctx: Context, name: string) {
  return { service: `logs.${ctx.region}.amazonaws.com`, sourceArn: groupArn(ctx, name) }
}

/**
 * A fresh data key under a group's KMS key. Throws InvalidParameterException, in AWS's words, when
 * the key is not there or its policy does not let CloudWatch Logs use it for this group.
 */
export async function newDataKey(ctx: Context, { name, kmsKeyId }: KeyedGroup): Promise<DataKey> {
  const arn = groupArn(ctx, name)
  try {
    const output = await ctx.callAs(asLogs(ctx, name), 'kms', 'GenerateDataKey', {
      KeyId: kmsKeyId,
      KeySpec: 'AES_256',
      EncryptionContext: { 'aws:logs:arn': arn },
    })
    const { key, encryptedKey: encrypted } = dataKeyIn(output)
    return { encrypted, key }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(
      `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`,
    )
  }
}

/** The data key that a group's events are written under now. */
export async function writingKey(ctx: Context, group: KeyedGroup): Promise<DataKey> {
  const { writing, reading } = ctx.runtime(dataKeyCache)
  const id = `${groupArn(ctx, group.name)}|${group.kmsKeyId}`
  const known = writing.get(id)
  if (known && known.untilMs > ctx.now.getTime()) return known
  const made = { ...(await newDataKey(ctx, group)), untilMs: ctx.now.getTime() + keptMs }
  keep(writing, id, made)
  keep(reading, made.encrypted, made)
  return made
}

/** Opens the data key of a batch. Throws InvalidParameterException when KMS no longer opens it. */
export async function readingKey(
  ctx: Context,
  name: string,
  encrypted: string,
): Promise<KeyObject> {
  const { reading } = ctx.runtime(dataKeyCache)
  const known = reading.get(encrypted)
  if (known && known.untilMs > ctx.now.getTime()) return known.key
  const arn = groupArn(ctx, name)
  try {
    const output = await ctx.callAs(asLogs(ctx, name), 'kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(encrypted, 'base64'),
      EncryptionContext: { 'aws:logs:arn': arn },
    })
    const key = plainKeyIn(output)
    keep(reading, encrypted, { key, encrypted, untilMs: ctx.now.getTime() + keptMs })
    return key
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(
      `The events cannot be decrypted: the KMS key does not exist or is not allowed to be used with Arn '${arn}'`,
    )
  }
}

function keep(keys: Map<string, Kept>, id: string, key: Kept): void {
  if (keys.size >= keptKeys) keys.clear()
  keys.set(id, key)
}
