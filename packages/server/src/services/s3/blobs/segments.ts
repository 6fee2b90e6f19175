import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto'
import type { CipherGCM, KeyObject } from 'node:crypto'

/** Bytes of plaintext in every segment but the last. */
export const segmentBytes = 65_536
const tagBytes = 16
const sealedBytes = segmentBytes + tagBytes

/** Where in a sealed file a range of plaintext lies. */
export interface SegmentRange {
  /** The first segment, and the byte of the file at which it starts. */
  readonly first: number
  readonly start: number
  /** One past the last byte of the file that is needed. */
  readonly end: number
  /** How large a full segment is, before and after encryption. */
  readonly plainBytes: number
  readonly sealedBytes: number
}

/** The key of one file: files under the same data key share nothing (HKDF-SHA-256, RFC 5869). */
export function fileKey(dataKey: Uint8Array, id: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', dataKey, '', `bartizan/s3/${id}`, 32)))
}

/** The segments that hold plaintext bytes `from` up to and including `to` of a file of `size` bytes. */
export function segmentsOf(size: number, from: number, to: number): SegmentRange {
  const first = Math.floor(from / segmentBytes)
  const last = Math.floor(to / segmentBytes)
  const end = Math.min((last + 1) * sealedBytes, sealedSize(size))
  return { first, start: first * sealedBytes, end, plainBytes: segmentBytes, sealedBytes }
}

/** The size of the file that holds `size` bytes of plaintext. */
export function sealedSize(size: number): number {
  return size + Math.ceil(size / segmentBytes) * tagBytes
}

/** The nonce of a segment: no two are alike under one file's key. */
function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(index, 8)
  return nonce
}

/** Encrypts a file's bytes as they come: AES-256-GCM in segments of 64 KiB, each with its tag behind. */
export class SegmentSealer {
  readonly #key: KeyObject
  #cipher: CipherGCM | undefined
  #index = 0
  #filled = 0

  constructor(key: KeyObject) {
    this.#key = key
  }

  /** Ciphertext of the bytes, with the tags of the segments that they complete. */
  push(bytes: Uint8Array): Buffer[] {
    const out: Buffer[] = []
    for (let at = 0; at < bytes.length;) {
      this.#cipher ??= this.#next()
      const piece = bytes.subarray(at, at + segmentBytes - this.#filled)
      out.push(this.#cipher.update(piece))
      at += piece.length
      this.#filled += piece.length
      if (this.#filled === segmentBytes) out.push(this.#finish(this.#cipher))
    }
    return out
  }

  /** The tag of the last segment, when it is not a full one. */
  end(): Buffer[] {
    return this.#cipher ? [this.#finish(this.#cipher)] : []
  }

  #next(): CipherGCM {
    return createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#index++))
  }

  #finish(cipher: CipherGCM): Buffer {
    cipher.final()
    this.#cipher = undefined
    this.#filled = 0
    return cipher.getAuthTag()
  }
}

/** A segment on disk is not what was written. */
export class DamagedSegment extends Error {
  constructor(index: number) {
    super(`segment ${index} is damaged on disk`)
    this.name = 'DamagedSegment'
  }
}

/** Decrypts whole sealed segments that follow one another from segment `first` on. Throws DamagedSegment. */
export function* openSegments(key: KeyObject, sealed: Buffer, first: number): Generator<Buffer> {
  for (let at = 0, index = first; at < sealed.length; at += sealedBytes, index++) {
    const segment = sealed.subarray(at, at + sealedBytes)
    if (segment.length <= tagBytes) throw new DamagedSegment(index)
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index), {
      authTagLength: tagBytes,
    })
    decipher.setAuthTag(segment.subarray(-tagBytes))
    const text = decipher.update(segment.subarray(0, -tagBytes))
    try {
      decipher.final()
    } catch {
      throw new DamagedSegment(index)
    }
    yield text
  }
}
