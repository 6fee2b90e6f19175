import { createHmac } from 'node:crypto'

const stepSeconds = 30
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The number of the 30-second step that a moment falls into (RFC 6238, 4.2). */
export function totpStep(at: Date): number {
  return Math.floor(at.getTime() / 1000 / stepSeconds)
}

/** The six-digit code of a base32 seed at a time step (RFC 6238 with SHA-1, as MFA apps have it). */
export function totpCode(seed: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', decodeBase32(seed)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0xf
  const truncated = digest.readUInt32BE(offset) & 0x7fffffff
  return String(truncated % 1_000_000).padStart(6, '0')
}

/** What of a device a code is checked against. */
export interface TotpDevice {
  readonly seed: string
  readonly driftSteps: number
  readonly lastStep: number
}

/** How far a device's clock may be off when one code is checked, in steps. */
const toleratedSteps = 1

/**
 * The step whose code this is, on the device's own clock; undefined when it is none of the current
 * ones, or was used before: a code counts once (RFC 6238, 5.2).
 */
export function acceptedStep(device: TotpDevice, code: string, at: Date): number | undefined {
  const expected = totpStep(at) + device.driftSteps
  for (let step = expected - toleratedSteps; step <= expected + toleratedSteps; step++) {
    if (step > device.lastStep && totpCode(device.seed, step) === code) return step
  }
  return undefined
}

/** The step of the second of two consecutive codes, searched for `reach` steps around a moment. */
export function consecutiveStep(
  seed: string,
  codes: readonly [string, string],
  around: { readonly at: Date; readonly reach: number },
): number | undefined {
  const now = totpStep(around.at)
  for (let distance = 0; distance <= around.reach; distance++) {
    for (const step of [now - distance, now + distance]) {
      if (totpCode(seed, step) === codes[1] && totpCode(seed, step - 1) === codes[0]) return step
    }
  }
  return undefined
}

/** Bytes in base32 (RFC 4648), as MFA apps take their seeds. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + base32[(value << (5 - bits)) & 31] : text
}

function decodeBase32(text: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const character of text) {
    value = (value << 5) | base32.indexOf(character)
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >>> bits) & 255)
      value &= (1 << bits) - 1
    }
  }
  return Buffer.from(bytes)
}
