import { constants, sign as nativeSign, verify as nativeVerify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import type { KeySpec, MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { CryptoError } from './crypto-error.ts'
import { keySpecs } from './key-specs.ts'
import type { CurveName } from './key-specs.ts'
import type { LoadedKey, LoadedPublicKey, LoadedSecret } from './material.ts'
import { signPkcs1Digest, signPssDigest, verifyPkcs1Digest, verifyPssDigest } from './rsa.ts'
import type { SignatureHash } from './rsa.ts'

/** The key, algorithm and message of Sign. */
export type SignInput = MessageInput & { key: LoadedKey }

/** The key, algorithm, message and signature of Verify; a public key alone will do. */
export type VerifyInput = MessageInput & {
  key: LoadedPublicKey | LoadedSecret
  signature: Uint8Array
}

/** What is signed, and how. */
export type MessageInput = {
  algorithm: SigningAlgorithmSpec
  messageType: MessageType
  message: Uint8Array
}

type Scheme =
  | { kind: 'pkcs1' | 'pss' | 'ecdsa'; hash: SignatureHash }
  | { kind: 'ed25519' | 'ed25519ph' | 'mlDsa' | 'sm2' }

const schemes: Readonly<Record<SigningAlgorithmSpec, Scheme>> = {
  RSASSA_PKCS1_V1_5_SHA_256: { kind: 'pkcs1', hash: 'sha256' },
  RSASSA_PKCS1_V1_5_SHA_384: { kind: 'pkcs1', hash: 'sha384' },
  RSASSA_PKCS1_V1_5_SHA_512: { kind: 'pkcs1', hash: 'sha512' },
  RSASSA_PSS_SHA_256: { kind: 'pss', hash: 'sha256' },
  RSASSA_PSS_SHA_384: { kind: 'pss', hash: 'sha384' },
  RSASSA_PSS_SHA_512: { kind: 'pss', hash: 'sha512' },
  ECDSA_SHA_256: { kind: 'ecdsa', hash: 'sha256' },
  ECDSA_SHA_384: { kind: 'ecdsa', hash: 'sha384' },
  ECDSA_SHA_512: { kind: 'ecdsa', hash: 'sha512' },
  ED25519_SHA_512: { kind: 'ed25519' },
  ED25519_PH_SHA_512: { kind: 'ed25519ph' },
  ML_DSA_SHAKE_256: { kind: 'mlDsa' },
  SM2DSA: { kind: 'sm2' },
}

const digestBytes: Readonly<Record<SignatureHash, number>> = { sha256: 32, sha384: 48, sha512: 64 }
const curves: Readonly<Record<CurveName, typeof p256>> = {
  prime256v1: p256,
  secp384r1: p384,
  secp521r1: p521,
  secp256k1,
}
const mlDsaSets = { 'ml-dsa-44': ml_dsa44, 'ml-dsa-65': ml_dsa65, 'ml-dsa-87': ml_dsa87 }

// AWS does not normalise s, and hedged nonces keep equal messages from equal signatures as there.
const ecdsaOptions = { prehash: false, lowS: false, format: 'der' } as const

/** The message types an algorithm takes (API reference of Sign, MessageType). */
export function messageTypesOf(algorithm: SigningAlgorithmSpec): readonly MessageType[] {
  switch (schemes[algorithm].kind) {
    case 'ed25519':
      return ['RAW']
    case 'ed25519ph':
      return ['DIGEST']
    case 'mlDsa':
      return ['RAW', 'EXTERNAL_MU']
    case 'pkcs1':
    case 'pss':
    case 'ecdsa':
    case 'sm2':
      return ['RAW', 'DIGEST']
  }
}

function incompatible(algorithm: SigningAlgorithmSpec, spec: KeySpec): CryptoError {
  const text = `Algorithm ${algorithm} is incompatible with key spec ${spec}.`
  return new CryptoError('IncompatibleAlgorithm', text)
}

function givenLength(scheme: Scheme): number {
  return 'hash' in scheme ? digestBytes[scheme.hash] : 64
}

function check({ algorithm, messageType, message }: MessageInput, spec: KeySpec): Scheme {
  const scheme = schemes[algorithm]
  if (!keySpecs[spec].signing.includes(algorithm)) throw incompatible(algorithm, spec)
  if (!messageTypesOf(algorithm).includes(messageType)) {
    throw new CryptoError(
      'InvalidMessageType',
      `Message type ${messageType} is incompatible with algorithm ${algorithm}.`,
    )
  }
  if (messageType !== 'RAW' && message.length !== givenLength(scheme)) {
    throw new CryptoError(
      'InvalidDigestLength',
      `Digest is invalid length for algorithm ${algorithm}.`,
    )
  }
  return scheme
}

// The curve library takes bytes; exporting them costs more than the arithmetic. Private keys map
// to secret bytes, public keys to public ones.
const nobleBytes = new WeakMap<KeyObject, Uint8Array>()

function nobleKey(key: KeyObject, spec: KeySpec): Uint8Array {
  const kept = nobleBytes.get(key) ?? exportBytes(key, spec)
  nobleBytes.set(key, kept)
  return kept
}

function exportBytes(key: KeyObject, spec: KeySpec): Uint8Array {
  const { form } = keySpecs[spec]
  if (form.kind === 'mlDsa') return exportMlDsa(key, mlDsaSets[form.parameterSet])
  const jwk = key.export({ format: 'jwk' })
  if (key.type === 'private') return bytesOf(jwk.d)
  if (form.kind === 'ed25519') return bytesOf(jwk.x)
  return Buffer.concat([Buffer.of(4), bytesOf(jwk.x), bytesOf(jwk.y)])
}

// Each form ends with the bytes themselves; of a private key, with the seed or the expanded key
// (RFC 9881 6), of which an imported one may have just the latter.
function exportMlDsa(key: KeyObject, set: typeof ml_dsa44): Uint8Array {
  const { secretKey: secretBytes = 0, publicKey: publicBytes = 0 } = set.lengths
  if (key.type === 'public') {
    return key.export({ type: 'spki', format: 'der' }).subarray(-publicBytes)
  }
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  if (pkcs8.length > secretBytes) return pkcs8.subarray(-secretBytes)
  return set.keygen(pkcs8.subarray(-32)).secretKey
}

function bytesOf(text: string | undefined): Buffer {
  return Buffer.from(text ?? '', 'base64url')
}

function curveOf(spec: KeySpec): typeof p256 {
  const { form } = keySpecs[spec]
  if (form.kind !== 'ec') throw new CryptoError('IncompatibleAlgorithm', `${spec} is no curve`)
  return curves[form.curve]
}

function mlDsaOf(spec: KeySpec): typeof ml_dsa44 {
  const { form } = keySpecs[spec]
  if (form.kind !== 'mlDsa') throw new CryptoError('IncompatibleAlgorithm', `${spec} is not ML-DSA`)
  return mlDsaSets[form.parameterSet]
}

function pssOptions(key: KeyObject) {
  return {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
}

/**
 * Signs as KMS does: ECDSA in DER, RSA-PSS with a salt as long as the hash, Ed25519ph hashing the
 * given digest again (API reference of Sign), ML-DSA from the message or from its mu.
 * Throws CryptoError IncompatibleAlgorithm, InvalidMessageType or InvalidDigestLength.
 */
export function sign(input: SignInput): Buffer {
  const { key, algorithm, message } = input
  const scheme = check(input, key.spec)
  if (key.kind !== 'pair') throw incompatible(algorithm, key.spec)
  const { privateKey, spec } = key
  if (input.messageType !== 'RAW') return signGiven({ scheme, privateKey, spec, message })
  if (scheme.kind === 'pss') return nativeSign(scheme.hash, message, pssOptions(privateKey))
  return nativeSign('hash' in scheme ? scheme.hash : null, message, privateKey)
}

type GivenInput = { scheme: Scheme; spec: KeySpec; message: Uint8Array }

// What node:crypto cannot sign, since it insists on hashing the message itself.
function signGiven(input: GivenInput & { privateKey: KeyObject }): Buffer {
  const { scheme, privateKey, spec, message } = input
  const secret = () => nobleKey(privateKey, spec)
  switch (scheme.kind) {
    case 'pkcs1':
      return signPkcs1Digest({ key: privateKey, hash: scheme.hash, digest: message })
    case 'pss':
      return signPssDigest({ key: privateKey, hash: scheme.hash, digest: message })
    case 'ecdsa': {
      const options = { ...ecdsaOptions, extraEntropy: true }
      return Buffer.from(curveOf(spec).sign(message, secret(), options))
    }
    case 'ed25519':
    case 'ed25519ph':
      return Buffer.from(ed25519ph.sign(message, secret()))
    case 'mlDsa':
      return Buffer.from(mlDsaOf(spec).internal.sign(message, secret(), { externalMu: true }))
    case 'sm2':
      throw new CryptoError('SpecUnavailable', 'SM2 keys exist in China Regions only')
  }
}

/**
 * Whether a signature is the key's over a message; false for one that is malformed.
 * Throws CryptoError for the same inputs as sign.
 */
export function verify(input: VerifyInput): boolean {
  const { key, algorithm, message, signature } = input
  const scheme = check(input, key.spec)
  if (key.kind !== 'pair') throw incompatible(algorithm, key.spec)
  const { publicKey, spec } = key
  if (input.messageType !== 'RAW') {
    return verifyGiven({ scheme, publicKey, spec, message, signature })
  }
  if (scheme.kind === 'pss') {
    return nativeVerify(scheme.hash, message, pssOptions(publicKey), signature)
  }
  return nativeVerify('hash' in scheme ? scheme.hash : null, message, publicKey, signature)
}

function verifyGiven(input: GivenInput & { publicKey: KeyObject; signature: Uint8Array }): boolean {
  const { scheme, publicKey, spec, message, signature } = input
  const bytes = () => nobleKey(publicKey, spec)
  switch (scheme.kind) {
    case 'pkcs1':
      return verifyPkcs1Digest({ key: publicKey, hash: scheme.hash, digest: message }, signature)
    case 'pss':
      return verifyPssDigest({ key: publicKey, hash: scheme.hash, digest: message }, signature)
    case 'ecdsa':
      return verifies(() => curveOf(spec).verify(signature, message, bytes(), ecdsaOptions))
    case 'ed25519':
    case 'ed25519ph':
      return verifies(() => ed25519ph.verify(signature, message, bytes()))
    case 'mlDsa': {
      const { internal } = mlDsaOf(spec)
      return verifies(() => internal.verify(signature, message, bytes(), { externalMu: true }))
    }
    case 'sm2':
      throw new CryptoError('SpecUnavailable', 'SM2 keys exist in China Regions only')
  }
}

// The curve library throws for signatures it cannot parse.
function verifies(attempt: () => boolean): boolean {
  try {
    return attempt()
  } catch {
    return false
  }
}
