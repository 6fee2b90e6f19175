import { createHmac, createSecretKey, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Where a credential may be used: the day (`YYYYMMDD`), region and service of a credential scope. */
export interface CredentialScope {
  readonly date: string
  readonly region: string
  readonly service: string
}

/** A secret access key and the scope to derive its signing key for. */
export interface SigningKeyInput {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly scope: CredentialScope
}

/** Derives the signing key of a secret access key for a scope (AWS's SigV4 guide, "Derive a signing key"). */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): KeyObject {
  let key: Uint8Array = Buffer.from(`AWS4${secretAccessKey}`, 'utf8')
  for (const part of [scope.date, scope.region, scope.service, 'aws4_request']) {
    key = createHmac('sha256', key).update(part).digest()
  }
  return createSecretKey(key)
}

/** Keeps the most recently used signing keys, so that a busy caller's key is derived once a day and not per request. */
export class SigningKeyCache {
  readonly #capacity: number
  readonly #keys = new Map<string, KeyObject>()

  /** `capacity` is the number of keys kept; the least recently used is dropped first. */
  constructor(capacity = 1000) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError('capacity must be at least 1')
    this.#capacity = capacity
  }

  /** The number of keys held. */
  get size(): number {
    return this.#keys.size
  }

  /** The signing key for the input, derived when it is not held. A changed secret never meets its predecessor's key. */
  get({ accessKeyId, secretAccessKey, scope }: SigningKeyInput): KeyObject {
    const fingerprint = hash('sha256', secretAccessKey)
    const id = `${fingerprint}/${scope.date}/${scope.region}/${scope.service}/${accessKeyId}`
    const held = this.#keys.get(id)
    if (held !== undefined) {
      this.#keys.delete(id)
      this.#keys.set(id, held)
      return held
    }
    const key = deriveSigningKey(secretAccessKey, scope)
    this.#keys.set(id, key)
    if (this.#keys.size > this.#capacity) {
      const oldest = this.#keys.keys().next()
      if (!oldest.done) this.#keys.delete(oldest.value)
    }
    return key
  }
}
