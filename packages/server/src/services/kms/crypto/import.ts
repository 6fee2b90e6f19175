import { constants, createDecipheriv, createSecretKey, privateDecrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { AlgorithmSpec, KeySpec, WrappingKeySpec } from '@aws-sdk/client-kms'
import { CryptoError } from './crypto-error.ts'
import { keySpecs } from './key-specs.ts'
import { generateMaterial, loadKey, publicKeyOf } from './material.ts'
import type { LoadedPair } from './material.ts'
import { decapsulate, encapsulate } from './shared-secret.ts'
import { messageTypesOf, sign, verify } from './signature.ts'

/** A wrapping key pair for one import: the caller keeps material secret and hands out publicKey. */
export type ImportParameters = {
  /** PKCS#8 DER; load it with loadPair(wrappingKeySpec, material). */
  material: Uint8Array
  /** SubjectPublicKeyInfo DER. */
  publicKey: Uint8Array
}

/** Makes the wrapping key pair of GetParametersForImport. Throws SpecUnavailable for SM2. */
export async function newImportParameters(spec: WrappingKeySpec): Promise<ImportParameters> {
  const material = await generateMaterial(spec)
  return { material, publicKey: publicKeyOf(spec, material) }
}

type Wrapping = { hash: 'sha1' | 'sha256'; keyWrap: boolean }

// RSAES_PKCS1_V1_5 ended on 10 October 2023, SM2PKE is for China Regions.
const wrappings: Readonly<Record<AlgorithmSpec, Wrapping | undefined>> = {
  RSAES_OAEP_SHA_1: { hash: 'sha1', keyWrap: false },
  RSAES_OAEP_SHA_256: { hash: 'sha256', keyWrap: false },
  RSA_AES_KEY_WRAP_SHA_1: { hash: 'sha1', keyWrap: true },
  RSA_AES_KEY_WRAP_SHA_256: { hash: 'sha256', keyWrap: true },
  RSAES_PKCS1_V1_5: undefined,
  SM2PKE: undefined,
}

/**
 * Whether a wrapping algorithm and key carry material of a spec (GetParametersForImport). AWS names
 * RSA and ECC material for RSA_AES_KEY_WRAP; any material fits in it, so any is taken.
 */
export function canWrap(input: {
  algorithm: AlgorithmSpec
  wrappingKeySpec: WrappingKeySpec
  spec: KeySpec
}): boolean {
  const wrapping = wrappings[input.algorithm]
  const { form, importable, available } = keySpecs[input.spec]
  if (wrapping === undefined || !importable || !available) return false
  if (!keySpecs[input.wrappingKeySpec].available) return false
  if (wrapping.keyWrap) return true
  if (form.kind === 'rsa') return false
  return !(input.wrappingKeySpec === 'RSA_2048' && input.spec === 'ECC_NIST_P521')
}

/** Wrapped material of ImportKeyMaterial and what it takes to read it. */
export type WrappedMaterial = {
  algorithm: AlgorithmSpec
  /** RSA private key whose public half wrapped the material. */
  privateKey: KeyObject
  wrapped: Uint8Array
  spec: KeySpec
}

function decryptOaep(privateKey: KeyObject, oaepHash: string, data: Uint8Array) {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return privateDecrypt({ key: privateKey, padding, oaepHash }, data)
  } catch {
    return undefined
  }
}

/** AES-256 key unwrap with padding (RFC 5649); undefined if the check fails. */
export function unwrapPadded(wrappingKey: Uint8Array, wrapped: Uint8Array): Buffer | undefined {
  // OpenSSL answers nothing at all, without an error, for no input.
  if (wrappingKey.length !== 32 || wrapped.length === 0) return undefined
  const iv = Buffer.from('a65959a6', 'hex')
  try {
    return createDecipheriv('id-aes256-wrap-pad', createSecretKey(wrappingKey), iv).update(wrapped)
  } catch {
    return undefined
  }
}

function unwrap({ algorithm, privateKey, wrapped }: WrappedMaterial): Buffer | undefined {
  const wrapping = wrappings[algorithm]
  if (wrapping === undefined) {
    throw new CryptoError('IncompatibleAlgorithm', `${algorithm} does not wrap key material`)
  }
  const block = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  if (wrapped.length < block || (!wrapping.keyWrap && wrapped.length !== block)) return undefined
  const inner = decryptOaep(privateKey, wrapping.hash, wrapped.subarray(0, block))
  if (inner === undefined || !wrapping.keyWrap) return inner
  return unwrapPadded(inner, wrapped.subarray(block))
}

// OpenSSL parses halves that do not belong together, so a round trip has to tell.
function isConsistent(key: LoadedPair): boolean {
  const row = keySpecs[key.spec]
  const [algorithm] = row.signing
  if (algorithm !== undefined) {
    const [messageType = 'RAW'] = messageTypesOf(algorithm)
    const input = { key, algorithm, messageType, message: Buffer.from('pairwise consistency') }
    return verify({ ...input, signature: sign(input) })
  }
  const { sharedSecret, ciphertext } = encapsulate(key)
  return decapsulate(key, ciphertext).equals(sharedSecret)
}

/**
 * Unwraps imported material and checks that it is the spec's: undefined if it cannot be decrypted
 * (InvalidCiphertextException), CryptoError InvalidKeyMaterial if it is not valid material of the
 * spec, IncompatibleAlgorithm for an algorithm that KMS refuses. Private keys come back in
 * OpenSSL's PKCS#8 DER, so that two encodings of one key have one material id.
 */
export function unwrapMaterial(input: WrappedMaterial): Uint8Array | undefined {
  const material = unwrap(input)
  if (material === undefined) return undefined
  const key = loadKey(input.spec, material)
  if (key.kind === 'secret') return material
  if (!isConsistent(key)) {
    throw new CryptoError('InvalidKeyMaterial', `The ${input.spec} key pair is inconsistent`)
  }
  return key.privateKey.export({ type: 'pkcs8', format: 'der' })
}
