import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Context } from '../../kernel/context.ts'
import { readingKey, writingKey } from './data-keys.ts'
import type { BatchRow, LogGroupRow } from './store.ts'

/** An event as it is kept: milliseconds after its batch's first, and the message. */
export type StoredEvent = readonly [offsetMs: number, message: string]

/** From this length on, compression pays. */
const compressFrom = 256
const ivBytes = 12
const tagBytes = 16

type Encoded = Pick<BatchRow, 'form' | 'events' | 'dataKey'>

/** Events in the form that is stored, under the group's KMS key if it has one. */
export async function encodeEvents(
  ctx: Context,
  group: LogGroupRow,
  events: readonly StoredEvent[],
): Promise<Encoded> {
  const json = JSON.stringify(events)
  const form = json.length >= compressFrom ? 'deflate' : 'json'
  const plain = form === 'deflate' ? deflateRawSync(json) : Buffer.from(json)
  const { name, kmsKeyId } = group
  if (kmsKeyId === undefined) {
    return { form, events: form === 'deflate' ? plain.toString('base64') : json }
  }
  const { key, encrypted } = await writingKey(ctx, { name, kmsKeyId })
  return { form, events: seal(key, plain).toString('base64'), dataKey: encrypted }
}

/** The events of a batch. */
export async function decodeEvents(
  ctx: Context,
  group: LogGroupRow,
  batch: BatchRow,
): Promise<readonly StoredEvent[]> {
  const { form, dataKey, events } = batch
  if (dataKey === undefined && form === 'json') return JSON.parse(events)
  const bytes = Buffer.from(events, 'base64')
  const plain =
    dataKey === undefined ? bytes : unseal(await readingKey(ctx, group.name, dataKey), bytes)
  return JSON.parse((form === 'deflate' ? inflateRawSync(plain) : plain).toString('utf8'))
}

function seal(key: KeyObject, plain: Uint8Array): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function unseal(key: KeyObject, bytes: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes))
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
  const body = bytes.subarray(ivBytes, bytes.length - tagBytes)
  return Buffer.concat([decipher.update(body), decipher.final()])
}
