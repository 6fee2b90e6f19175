import {
  createPublicKey,
  decapsulate as nativeDecapsulate,
  diffieHellman,
  encapsulate as nativeEncapsulate,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { CryptoError } from './crypto-error.ts'
import { keySpecs } from './key-specs.ts'
import { hasForm } from './material.ts'
import type { LoadedKey, LoadedPair } from './material.ts'

function parsePublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    // OpenSSL ignores what follows the key and accepts other encodings than DER.
    return key.export({ type: 'spki', format: 'der' }).equals(spki) ? key : undefined
  } catch {
    return undefined
  }
}

/**
 * DeriveSharedSecret: the x coordinate of ECDH (SP 800-56A 5.7.1.2), as long as the field.
 * The peer's key is SubjectPublicKeyInfo DER with a named curve; throws CryptoError InvalidPeerKey
 * if it is not a point of the key's curve, IncompatibleAlgorithm if the key's spec has no ECDH.
 */
export function deriveSharedSecret(key: LoadedKey, peerPublicKey: Uint8Array): Buffer {
  const row = keySpecs[key.spec]
  if (key.kind !== 'pair' || !row.agreement.includes('ECDH')) {
    throw new CryptoError('IncompatibleAlgorithm', `${key.spec} keys do not agree on secrets`)
  }
  const peer = parsePublicKey(peerPublicKey)
  if (peer === undefined || !hasForm(peer, row.form)) {
    throw new CryptoError('InvalidPeerKey', `The public key is not a valid ${key.spec} key`)
  }
  return diffieHellman({ privateKey: key.privateKey, publicKey: peer })
}

function kemOf(key: LoadedKey): { pair: LoadedPair; ciphertextBytes: number } {
  const { form } = keySpecs[key.spec]
  if (key.kind !== 'pair' || form.kind !== 'mlKem') {
    throw new CryptoError('IncompatibleAlgorithm', `${key.spec} keys do not encapsulate`)
  }
  return { pair: key, ciphertextBytes: form.ciphertextBytes }
}

/** A fresh 32-byte secret and its ML-KEM encapsulation (FIPS 203) to the key. */
export function encapsulate(key: LoadedKey): { sharedSecret: Buffer; ciphertext: Buffer } {
  const { sharedKey, ciphertext } = nativeEncapsulate(kemOf(key).pair.publicKey)
  return { sharedSecret: sharedKey, ciphertext }
}

/**
 * The 32-byte secret of an ML-KEM encapsulation. Throws CryptoError InvalidCiphertextLength for a
 * wrong length; anything else decapsulates, to a pseudo-random secret if it was altered (implicit
 * rejection, FIPS 203 6.3).
 */
export function decapsulate(key: LoadedKey, ciphertext: Uint8Array): Buffer {
  const { pair, ciphertextBytes } = kemOf(key)
  if (ciphertext.length !== ciphertextBytes) {
    throw new CryptoError(
      'InvalidCiphertextLength',
      `${key.spec} ciphertexts are ${ciphertextBytes} bytes long`,
    )
  }
  return nativeDecapsulate(pair.privateKey, ciphertext)
}
