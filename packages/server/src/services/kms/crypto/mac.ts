import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MacAlgorithmSpec } from '@aws-sdk/client-kms'
import { CryptoError } from './crypto-error.ts'
import { keySpecs } from './key-specs.ts'
import type { LoadedKey } from './material.ts'

const digests: Readonly<Record<MacAlgorithmSpec, string>> = {
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
}

/** The key, algorithm and message of GenerateMac and VerifyMac. */
export type MacInput = { key: LoadedKey; algorithm: MacAlgorithmSpec; message: Uint8Array }

/** The HMAC of a message. Throws CryptoError IncompatibleAlgorithm if the key spec has another. */
export function generateMac({ key, algorithm, message }: MacInput): Buffer {
  if (key.kind !== 'secret' || !keySpecs[key.spec].mac.includes(algorithm)) {
    throw new CryptoError(
      'IncompatibleAlgorithm',
      `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
    )
  }
  return createHmac(digests[algorithm], key.secret).update(message).digest()
}

/** Whether a MAC is the message's, compared in constant time; a truncated MAC is not. */
export function verifyMac(input: MacInput & { mac: Uint8Array }): boolean {
  const expected = generateMac(input)
  return expected.length === input.mac.length && timingSafeEqual(expected, input.mac)
}
