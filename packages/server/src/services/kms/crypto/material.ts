import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  randomBytes,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeySpec } from '@aws-sdk/client-kms'
import { CryptoError } from './crypto-error.ts'
import { keySpecs } from './key-specs.ts'
import type { MaterialForm } from './key-specs.ts'

const newKeyPair = promisify(generateKeyPair)

/** Key material imported into OpenSSL once, to be kept by the caller for as long as the key is used. */
export type LoadedKey = LoadedSecret | LoadedPair

/** A loaded symmetric or HMAC key. */
export type LoadedSecret = { kind: 'secret'; spec: KeySpec; secret: KeyObject }

/** A loaded asymmetric key pair. */
export type LoadedPair = {
  kind: 'pair'
  spec: KeySpec
  privateKey: KeyObject
  publicKey: KeyObject
}

/** The half of a loaded key pair that verifying and encrypting take. */
export type LoadedPublicKey = Pick<LoadedPair, 'kind' | 'spec' | 'publicKey'>

async function newPair(form: Exclude<MaterialForm, { kind: 'symmetric' | 'hmac' }>) {
  switch (form.kind) {
    case 'rsa':
      return newKeyPair('rsa', { modulusLength: form.modulusBits, publicExponent: 0x10001 })
    case 'ec':
      return newKeyPair('ec', { namedCurve: form.curve })
    case 'ed25519':
      return newKeyPair('ed25519')
    case 'mlDsa':
      return newKeyPair(form.parameterSet)
    case 'mlKem':
      return newKeyPair(form.parameterSet)
    case 'sm2':
      throw new CryptoError('SpecUnavailable', 'SM2 keys exist in China Regions only')
  }
}

/**
 * Makes fresh key material off the main thread: raw secret bytes for symmetric and HMAC specs,
 * a PKCS#8 DER private key for the others. Throws CryptoError SpecUnavailable for SM2.
 */
export async function generateMaterial(spec: KeySpec): Promise<Uint8Array> {
  const { form } = keySpecs[spec]
  if (form.kind === 'symmetric' || form.kind === 'hmac') return randomBytes(form.bytes)
  const { privateKey } = await newPair(form)
  return privateKey.export({ type: 'pkcs8', format: 'der' })
}

/** Loads material for use. Throws CryptoError InvalidKeyMaterial if it cannot be that spec's. */
export function loadKey(spec: KeySpec, material: Uint8Array): LoadedKey {
  const { form } = keySpecs[spec]
  if (form.kind === 'symmetric' || form.kind === 'hmac') {
    if (material.length !== form.bytes) {
      throw new CryptoError('InvalidKeyMaterial', `${spec} material is ${form.bytes} bytes long`)
    }
    return { kind: 'secret', spec, secret: createSecretKey(material) }
  }
  const privateKey = parsePrivateKey(material)
  if (privateKey === undefined || !hasForm(privateKey, form)) {
    throw new CryptoError('InvalidKeyMaterial', `The material is not a PKCS#8 ${spec} private key`)
  }
  return { kind: 'pair', spec, privateKey, publicKey: createPublicKey(privateKey) }
}

/** Loads material that is known to be a key pair's. Throws CryptoError like loadKey. */
export function loadPair(spec: KeySpec, material: Uint8Array): LoadedPair {
  const key = loadKey(spec, material)
  if (key.kind !== 'pair') {
    throw new CryptoError('IncompatibleAlgorithm', `${spec} keys have no public key`)
  }
  return key
}

function parsePrivateKey(material: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

/** Whether an OpenSSL key, public or private, is of a key spec's type, curve and size. */
export function hasForm(key: KeyObject, form: MaterialForm): boolean {
  switch (form.kind) {
    case 'rsa':
      return (
        key.asymmetricKeyType === 'rsa' &&
        key.asymmetricKeyDetails?.modulusLength === form.modulusBits
      )
    case 'ec':
      return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === form.curve
    case 'ed25519':
      return key.asymmetricKeyType === 'ed25519'
    case 'mlDsa':
    case 'mlKem':
      return key.asymmetricKeyType === form.parameterSet
    case 'symmetric':
    case 'hmac':
    case 'sm2':
      return false
  }
}

/** The public half of asymmetric material as SubjectPublicKeyInfo DER, as GetPublicKey gives it. */
export function publicKeyOf(spec: KeySpec, material: Uint8Array): Uint8Array {
  return loadPair(spec, material).publicKey.export({ type: 'spki', format: 'der' })
}

/**
 * The KeyMaterialId of material under a key: 64 hexadecimal digits, the same for the same bytes
 * under the same key id, so that a reimport is recognised and a replica agrees with its primary.
 * It is HMAC-SHA-256 keyed with the material over a label and the key id: it tells nothing of
 * the material, and equal material under two keys has unrelated ids.
 */
export function materialId(keyId: string, material: Uint8Array): string {
  return createHmac('sha256', material).update(`bartizan:kms:material-id:1:${keyId}`).digest('hex')
}
