import {
  constants,
  hash,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { EncryptionAlgorithmSpec } from '@aws-sdk/client-kms'
import { CryptoError } from './crypto-error.ts'
import { keySpecs } from './key-specs.ts'
import type { LoadedKey } from './material.ts'

/** SHA-2 hashes KMS signs with. */
export type SignatureHash = 'sha256' | 'sha384' | 'sha512'

/** Hash of each OAEP algorithm, which is MGF1's as well (KMS: "RSAES_OAEP_SHA_256"). */
const oaepHashes: Readonly<Partial<Record<EncryptionAlgorithmSpec, string>>> = {
  RSAES_OAEP_SHA_1: 'sha1',
  RSAES_OAEP_SHA_256: 'sha256',
}

function rsaKey(key: LoadedKey, algorithm: EncryptionAlgorithmSpec) {
  const oaepHash = oaepHashes[algorithm]
  if (
    key.kind !== 'pair' ||
    oaepHash === undefined ||
    !keySpecs[key.spec].encryption.includes(algorithm)
  ) {
    throw new CryptoError(
      'IncompatibleAlgorithm',
      `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
    )
  }
  return { pair: key, oaep: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash } }
}

/** The key, algorithm and data of an asymmetric Encrypt or Decrypt. */
export type OaepInput = { key: LoadedKey; algorithm: EncryptionAlgorithmSpec; data: Uint8Array }

/**
 * RSA-OAEP encryption: the bare block of the modulus's length, as KMS returns it.
 * Throws CryptoError PlaintextTooLarge with AWS's wording, or IncompatibleAlgorithm.
 */
export function encryptOaep({ key, algorithm, data }: OaepInput): Buffer {
  const { pair, oaep } = rsaKey(key, algorithm)
  const limit = keySpecs[key.spec].plaintextLimits[algorithm] ?? 0
  if (data.length > limit) {
    throw new CryptoError(
      'PlaintextTooLarge',
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${limit} bytes.`,
    )
  }
  return publicEncrypt({ key: pair.publicKey, ...oaep }, data)
}

/** RSA-OAEP decryption of one bare block; undefined if it was not made for this key and hash. */
export function decryptOaep({ key, algorithm, data }: OaepInput): Buffer | undefined {
  const { pair, oaep } = rsaKey(key, algorithm)
  if (data.length !== blockBytes(pair.publicKey)) return undefined
  try {
    return privateDecrypt({ key: pair.privateKey, ...oaep }, data)
  } catch {
    return undefined
  }
}

function blockBytes(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
}

/** An RSA key and a digest the caller computed, which node:crypto cannot sign or verify itself. */
export type RsaDigestInput = { key: KeyObject; hash: SignatureHash; digest: Uint8Array }

function rawPrivate(key: KeyObject, block: Buffer): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
}

function rawPublic(key: KeyObject, signature: Uint8Array): Buffer | undefined {
  if (signature.length !== blockBytes(key)) return undefined
  try {
    return publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return undefined
  }
}

/** DER of DigestInfo up to the digest (RFC 8017 9.2, note 1). */
const digestInfoPrefixes: Readonly<Record<SignatureHash, Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
}

function pkcs1Block({ key, hash, digest }: RsaDigestInput): Buffer {
  const block = Buffer.alloc(blockBytes(key), 0xff)
  const info = Buffer.concat([digestInfoPrefixes[hash], digest])
  block[0] = 0
  block[1] = 1
  block[block.length - info.length - 1] = 0
  info.copy(block, block.length - info.length)
  return block
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 8.2) over a given digest. */
export function signPkcs1Digest(input: RsaDigestInput): Buffer {
  return rawPrivate(input.key, pkcs1Block(input))
}

/** Verifies RSASSA-PKCS1-v1_5 over a given digest by comparing whole blocks (RFC 8017 8.2.2). */
export function verifyPkcs1Digest(input: RsaDigestInput, signature: Uint8Array): boolean {
  const block = rawPublic(input.key, signature)
  return block !== undefined && timingSafeEqual(block, pkcs1Block(input))
}

function maskPss(maskedDb: Buffer, seed: Uint8Array, name: SignatureHash): void {
  for (let offset = 0, counter = 0; offset < maskedDb.length; counter += 1) {
    const input = Buffer.alloc(seed.length + 4)
    input.set(seed)
    input.writeUInt32BE(counter, seed.length)
    for (const byte of hash(name, input, 'buffer')) {
      if (offset === maskedDb.length) break
      maskedDb[offset] = (maskedDb[offset] ?? 0) ^ byte
      offset += 1
    }
  }
}

function pssHash(name: SignatureHash, digest: Uint8Array, salt: Uint8Array): Buffer {
  return hash(name, Buffer.concat([Buffer.alloc(8), digest, salt]), 'buffer')
}

/** RSASSA-PSS (RFC 8017 8.1, 9.1.1) over a given digest, MGF1 and salt length as the hash. */
export function signPssDigest({ key, hash: name, digest }: RsaDigestInput): Buffer {
  const salt = randomBytes(digest.length)
  const check = pssHash(name, digest, salt)
  const block = Buffer.alloc(blockBytes(key))
  const db = block.subarray(0, block.length - check.length - 1)
  db[db.length - salt.length - 1] = 1
  db.set(salt, db.length - salt.length)
  maskPss(db, check, name)
  // Moduli are whole bytes long, so emBits leaves exactly the top bit of the block unused.
  db[0] = (db[0] ?? 0) & 0x7f
  block.set(check, db.length)
  block[block.length - 1] = 0xbc
  return rawPrivate(key, block)
}

/** Verifies RSASSA-PSS over a given digest (RFC 8017 9.1.2), salt length as the hash. */
export function verifyPssDigest(input: RsaDigestInput, signature: Uint8Array): boolean {
  const { key, hash: name, digest } = input
  const block = rawPublic(key, signature)
  if (block === undefined || block.at(-1) !== 0xbc || (block[0] ?? 0) > 0x7f) return false
  const db = block.subarray(0, block.length - digest.length - 1)
  const check = block.subarray(db.length, block.length - 1)
  maskPss(db, check, name)
  db[0] = (db[0] ?? 0) & 0x7f
  const saltStart = db.length - digest.length
  const padding = db.subarray(0, saltStart)
  if (padding.at(-1) !== 1 || padding.subarray(0, -1).some((byte) => byte !== 0)) return false
  return timingSafeEqual(check, pssHash(name, digest, db.subarray(saltStart)))
}
