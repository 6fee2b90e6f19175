import type { KeyObject } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { dataKeyIn, kmsKeyArn, openText, plainKeyIn, sealText } from '../../kernel/data-key.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { RuntimeHost } from '../../kernel/runtime.ts'
import { arnParts } from './arns.ts'

/** For how long a data key is used again. */
const reuseMs = 300_000
const maxKept = 10_000

/** What is needed to read an encrypted event again. */
export interface Sealing {
  /** The bus of the event: KMS binds the data key to it. */
  readonly busArn: string
  readonly keyArn: string
  /** The data key, encrypted by KMS; Base64. */
  readonly encryptedKey: string
}

/** A data key of a customer's KMS key, in use. */
export interface EventKey {
  readonly sealing: Sealing
  readonly key: KeyObject
}

/** The data keys in use, each for five minutes. */
class DataKeys {
  readonly #host: RuntimeHost
  readonly #kept = new Map<string, { readonly key: EventKey; readonly untilMs: number }>()

  constructor(host: RuntimeHost) {
    this.#host = host
  }

  /** A key by its name, made where there is none that is fresh. */
  async of(name: string, make: () => Promise<EventKey>): Promise<EventKey> {
    const known = this.#kept.get(name)
    if (known && known.untilMs > this.#nowMs()) return known.key
    const key = await make()
    if (this.#kept.size >= maxKept) this.#kept.clear()
    this.#kept.set(name, { key, untilMs: this.#nowMs() + reuseMs })
    return key
  }

  #nowMs(): number {
    return this.#host.kernel.clock.now().getTime()
  }
}

const dataKeys = defineRuntime('events.data-keys', (host) => new DataKeys(host))

/** EventBridge itself, on behalf of a bus (EventBridge User Guide, "Encrypting event buses with AWS KMS keys"). */
const actorOf = (busArn: string) => ({ service: 'events.amazonaws.com', sourceArn: busArn })
const contextOf = (busArn: string) => ({ 'aws:events:event-bus:arn': busArn })

/** A key identifier means a key of the bus's account. */
function keyArnOf(busArn: string, identifier: string): string {
  const { region = '', account = '' } = arnParts(busArn) ?? {}
  return kmsKeyArn({ region, account }, identifier)
}

/** The data key for the events of a bus. Throws AwsError when KMS refuses EventBridge the key. */
export function eventKey(ctx: Context, busArn: string, identifier: string): Promise<EventKey> {
  const KeyId = keyArnOf(busArn, identifier)
  return ctx.runtime(dataKeys).of(`${busArn}|${KeyId}`, async () => {
    const EncryptionContext = contextOf(busArn)
    const input = { KeyId, KeySpec: 'AES_256', EncryptionContext }
    const answer = await ctx.callAs(actorOf(busArn), 'kms', 'GenerateDataKey', input)
    const { key, encryptedKey } = dataKeyIn(answer)
    return { sealing: { busArn, keyArn: String(answer['KeyId']), encryptedKey }, key }
  })
}

/** Encrypts an event's JSON for as long as it waits; Base64. */
export function sealEvent({ key }: EventKey, text: string): string {
  return sealText(key, text)
}

/** Decrypts an event. Throws AwsError when KMS refuses EventBridge the key. */
export async function openEvent(ctx: Context, sealing: Sealing, content: string): Promise<string> {
  const { busArn, encryptedKey } = sealing
  const { key } = await ctx.runtime(dataKeys).of(encryptedKey, async () => {
    const answer = await ctx.callAs(actorOf(busArn), 'kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(encryptedKey, 'base64'),
      EncryptionContext: contextOf(busArn),
    })
    return { sealing, key: plainKeyIn(answer) }
  })
  return openText(key, content)
}

/**
 * What a dead-letter queue gets in place of an event that cannot be decrypted.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq-decrypt.html
 */
export function encryptedNotice(
  ctx: Context,
  { busArn, keyArn, encryptedKey }: Sealing,
  { content, ruleArn }: { readonly content: string; readonly ruleArn: string },
): string {
  const key = Buffer.from(encryptedKey, 'base64')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(key.length)
  const payload = Buffer.concat([length, key, Buffer.from(content, 'base64')])
  const { account = '', region = '' } = arnParts(busArn) ?? {}
  return JSON.stringify({
    version: '0',
    id: ctx.ids.uuid(),
    account,
    time: `${ctx.now.toISOString().slice(0, 19)}Z`,
    resources: [],
    region,
    source: 'aws.events',
    'detail-type': 'Encrypted Events',
    detail: {
      'event-bus-arn': busArn,
      'rule-arn': ruleArn,
      'kms-key-arn': keyArn,
      'encrypted-payload': payload.toString('base64'),
    },
  })
}
