import { createHash } from 'node:crypto'
import { startCrc, type CrcName } from '@bartizan/wire/crc'

/** A checksum algorithm that is computed here: what S3 has but its three xxHash variants. */
export type ChecksumName = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'SHA512' | 'MD5'

/** A sum that is being made. */
export interface Running {
  update(bytes: Uint8Array): unknown
  digest(): Buffer
}

/** How long a sum is, and how it is made. */
export interface Algorithm {
  readonly bytes: number
  readonly start: () => Running
  /** CRCs of parts can be put together to the whole object's. */
  readonly crc?: CrcName
}

const crc = (name: CrcName, bytes: number): Algorithm => ({
  bytes,
  start: () => startCrc(name),
  crc: name,
})
const digest = (name: string, bytes: number): Algorithm => ({
  bytes,
  start: () => createHash(name),
})

/** Every algorithm by name. */
export const algorithms: Readonly<Record<ChecksumName, Algorithm>> = {
  CRC32: crc('CRC32', 4),
  CRC32C: crc('CRC32C', 4),
  CRC64NVME: crc('CRC64NVME', 8),
  SHA1: digest('sha1', 20),
  SHA256: digest('sha256', 32),
  SHA512: digest('sha512', 64),
  MD5: digest('md5', 16),
}

/** What a payload's sums came to, in base64. */
export type Sums = ReadonlyMap<ChecksumName, string>

/** Sums a payload up as it passes, in several ways at once. */
export class PayloadSums {
  readonly #running: readonly (readonly [ChecksumName, Running])[]

  constructor(names: readonly ChecksumName[]) {
    this.#running = names.map((name) => [name, algorithms[name].start()])
  }

  update(bytes: Uint8Array): void {
    for (const [, sum] of this.#running) sum.update(bytes)
  }

  finish(): Sums {
    return new Map(this.#running.map(([name, sum]) => [name, sum.digest().toString('base64')]))
  }
}
