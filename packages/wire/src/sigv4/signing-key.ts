import { createHmac, hash } from 'node:crypto'

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

const BLOCK_BYTES = 64
const DATE_AT = BLOCK_BYTES + 'AWS4-HMAC-SHA256\n'.length
const DATE_BYTES = 'YYYYMMDDTHHMMSSZ'.length
const DIGEST_BYTES = 64

/**
 * A signing key with what HMAC-SHA-256 (RFC 2104) and the string to sign need laid out beforehand: one signature is
 * two one-shot hashes, where `createHmac` would make, bind and collect a native object for each.
 */
export class SigningKey {
  readonly #inner: Buffer
  readonly #outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c)

  /** `key` is the derived key of 32 bytes for the scope. */
  constructor(key: Uint8Array, { date, region, service }: CredentialScope) {
    const scope = Buffer.from(`\n${date}/${region}/${service}/aws4_request\n`)
    this.#inner = Buffer.alloc(DATE_AT + DATE_BYTES + scope.length + DIGEST_BYTES, 0x36)
    this.#inner.write('AWS4-HMAC-SHA256\n', BLOCK_BYTES)
    this.#inner.set(scope, DATE_AT + DATE_BYTES)
    for (const [index, byte] of key.entries()) {
      this.#inner.writeUInt8(byte ^ 0x36, index)
      this.#outer.writeUInt8(byte ^ 0x5c, index)
    }
  }

  /**
   * The signature (hex) of a canonical request, given its SHA-256 in hex and the date of signing in ISO 8601 basic
   * format. Throws RangeError for texts of other lengths.
   */
  sign(amzDate: string, digest: string): string {
    if (amzDate.length !== DATE_BYTES || digest.length !== DIGEST_BYTES) {
      throw new RangeError('a string to sign has a date of 16 characters and a digest of 64')
    }
    const inner = this.#inner
    inner.write(amzDate, DATE_AT, DATE_BYTES, 'latin1')
    inner.write(digest, inner.length - DIGEST_BYTES, DIGEST_BYTES, 'latin1')
    return this.#finish(inner)
  }

  /** HMAC-SHA-256 (hex) of any text, such as a chunk's string to sign. */
  mac(text: string): string {
    return this.#finish(
      Buffer.concat([this.#inner.subarray(0, BLOCK_BYTES), Buffer.from(text, 'utf8')]),
    )
  }

  #finish(inner: Buffer): string {
    this.#outer.write(hash('sha256', inner, 'latin1'), BLOCK_BYTES, 32, 'latin1')
    return hash('sha256', this.#outer, 'hex')
  }
}

/** Derives the signing key of a secret access key for a scope (AWS's SigV4 guide, "Derive a signing key"). */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): SigningKey {
  let key: Uint8Array = Buffer.from(`AWS4${secretAccessKey}`, 'utf8')
  for (const part of [scope.date, scope.region, scope.service, 'aws4_request']) {
    key = createHmac('sha256', key).update(part).digest()
  }
  return new SigningKey(key, scope)
}

interface HeldKey {
  readonly secretAccessKey: string
  readonly key: SigningKey
}

/** Keeps the most recently used signing keys, so that a busy caller's key is derived once a day and not per request. */
export class SigningKeyCache {
  readonly #capacity: number
  readonly #keys = new Map<string, HeldKey>()
  #newest: HeldKey | undefined

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
  get({ accessKeyId, secretAccessKey, scope }: SigningKeyInput): SigningKey {
    const id = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`
    const held = this.#keys.get(id)
    if (held?.secretAccessKey === secretAccessKey) {
      if (held !== this.#newest) this.#keep(id, held)
      return held.key
    }
    const key = deriveSigningKey(secretAccessKey, scope)
    this.#keep(id, { secretAccessKey, key })
    return key
  }

  #keep(id: string, held: HeldKey): void {
    this.#keys.delete(id)
    this.#keys.set(id, held)
    this.#newest = held
    if (this.#keys.size <= this.#capacity) return
    const oldest = this.#keys.keys().next()
    if (!oldest.done) this.#keys.delete(oldest.value)
  }
}
