import { createCipheriv, createDecipheriv, hash, randomFillSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { CryptoError } from './crypto-error.ts'
import type { LoadedKey } from './material.ts'

/*
 * The ciphertext blob of symmetric Encrypt, GenerateDataKey and ReEncrypt:
 *
 *   version 1 (1) ‖ locator (64) ‖ salt (16) ‖ IV (12) ‖ ciphertext (n) ‖ tag (16)
 *
 * The locator is AES-256 key wrap with padding (RFC 5649), under the server's locator key, of
 * kind (1) ‖ key UUID (16) ‖ material id (32): deterministic, unreadable, and checked, so a foreign
 * blob is refused before any key is looked up. It holds neither account nor Region, so a blob made
 * in one Region decrypts under a replica, which shares the key id and the material.
 * The message key is SP 800-108r1 counter mode with HMAC-SHA-256 (one block) of the backing key
 * and the salt, so that no AES-GCM key ever meets two messages.
 * The additional data are everything before the ciphertext, and the canonical encryption context.
 */
const version = 1
const locatorEnd = 1 + 64
const saltEnd = locatorEnd + 16
const headerBytes = saltEnd + 12
const tagBytes = 16

/** Bytes a blob has besides its plaintext. */
export const blobOverheadBytes = headerBytes + tagBytes

/** Pairs of an encryption context: non-secret data the ciphertext is bound to. */
export type EncryptionContext = Readonly<Record<string, string>>

/** A ciphertext blob whose locator was read; nothing else of it is checked yet. */
export type ParsedBlob = { keyId: string; materialId: string; blob: Buffer }

/** What sealBlob encrypts, and under what. */
export type SealInput = {
  /** AES-256 key of the server that hides which key made a blob; the same in every Region. */
  locatorKey: KeyObject
  keyId: string
  materialId: string
  /** The loaded material that materialId names. */
  key: LoadedKey
  plaintext: Uint8Array
  context: EncryptionContext | undefined
}

const emptyContext = Buffer.alloc(0)

/**
 * An encryption context as bytes no other context has: pairs sorted by key, each string as
 * UTF-16LE after its 32-bit length (UTF-8 would merge unpaired surrogates). Absent and {} are equal.
 */
export function canonicalContext(context: EncryptionContext | undefined): Buffer {
  if (context === undefined) return emptyContext
  const keys = Object.keys(context).sort()
  if (keys.length === 0) return emptyContext
  const strings = keys.flatMap((key) => [key, context[key] ?? ''])
  const bytes = Buffer.alloc(strings.reduce((sum, text) => sum + 4 + 2 * text.length, 0))
  let offset = 0
  for (const text of strings) {
    offset = bytes.writeUInt32BE(2 * text.length, offset)
    offset += bytes.write(text, offset, 'utf16le')
  }
  return bytes
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const multiRegionForm = /^mrk-[0-9a-f]{32}$/
const wrapIv = Buffer.from('a65959a6', 'hex')

function locate(locatorKey: KeyObject, keyId: string, materialId: string): Buffer {
  const multiRegion = multiRegionForm.test(keyId)
  const hex = multiRegion ? keyId.slice(4) : keyId.replaceAll('-', '')
  if ((!multiRegion && !uuidForm.test(keyId)) || !/^[0-9a-f]{64}$/.test(materialId)) {
    throw new CryptoError('InvalidKeyMaterial', 'The key id or key material id is malformed')
  }
  const names = Buffer.from(`${multiRegion ? '01' : '00'}${hex}${materialId}`, 'hex')
  return createCipheriv('id-aes256-wrap-pad', locatorKey, wrapIv).update(names)
}

function unwrapLocator(locatorKey: KeyObject, locator: Buffer): Buffer | undefined {
  try {
    return createDecipheriv('id-aes256-wrap-pad', locatorKey, wrapIv).update(locator)
  } catch {
    return undefined
  }
}

function names(locatorKey: KeyObject, locator: Buffer): BlobNames | undefined {
  const bytes = unwrapLocator(locatorKey, locator)
  if (bytes?.length !== 49) return undefined
  const hex = bytes.toString('hex', 1, 17)
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const keyId = bytes[0] === 1 ? `mrk-${hex}` : uuid
  return { keyId, materialId: bytes.toString('hex', 17) }
}

type BlobNames = { keyId: string; materialId: string }
type Located = BlobNames & { locatorKey: KeyObject; locator: Buffer }

// Key wrapping costs as much as the encryption itself, and the result is the same each time.
const locatorOf = new WeakMap<LoadedKey, Located>()
const namesOf = new WeakMap<KeyObject, Map<string, BlobNames>>()
const keptNames = 10_000

function locatorFor(input: SealInput): Buffer {
  const { locatorKey, keyId, materialId, key } = input
  const kept = locatorOf.get(key)
  if (kept?.keyId === keyId && kept.materialId === materialId && kept.locatorKey === locatorKey) {
    return kept.locator
  }
  const locator = locate(locatorKey, keyId, materialId)
  locatorOf.set(key, { keyId, materialId, locatorKey, locator })
  return locator
}

// Scratch space for one message at a time, as nothing here is awaited.
const header = Buffer.alloc(headerBytes)
const headerIv = header.subarray(saltEnd)
const oneTimeKey = Buffer.alloc(32)

const randomBytes = headerBytes - locatorEnd
const randomPool = Buffer.alloc(randomBytes * 256)
let randomUsed = randomPool.length

// One system call for 256 messages: salts and IVs are public, so a pool of them is no secret.
function drawSaltAndIv(): void {
  if (randomUsed === randomPool.length) {
    randomFillSync(randomPool)
    randomUsed = 0
  }
  randomUsed += randomPool.copy(header, locatorEnd, randomUsed, randomUsed + randomBytes)
}

// Counter ‖ label ‖ 0 ‖ salt ‖ output bits; only the salt changes.
const derivationLabel = '\0\0\0\x01bartizan:kms:symmetric:1\0'
const derivation = Buffer.from(`${derivationLabel}${'\0'.repeat(16)}\0\0\x01\0`, 'latin1')

/** HMAC-SHA-256 of one key (RFC 2104): its two padded blocks, each with room for what is hashed after it. */
type Hmac = { readonly inner: Buffer; readonly outer: Buffer }

const sha256BlockBytes = 64
const hmacOf = new WeakMap<LoadedKey, Hmac>()

// Two one-shot hashes cost half of a createHmac object, which is also the collector's to clear away.
function hmacFor(key: LoadedKey): Hmac {
  const kept = hmacOf.get(key)
  if (kept !== undefined) return kept
  if (key.kind !== 'secret' || key.spec !== 'SYMMETRIC_DEFAULT') {
    throw new CryptoError('IncompatibleAlgorithm', `${key.spec} keys make no ciphertext blobs`)
  }
  const secret = key.secret.export()
  const padded = (pad: number, room: Uint8Array): Buffer => {
    const block = Buffer.alloc(sha256BlockBytes, pad)
    secret.forEach((byte, at) => (block[at] = byte ^ pad))
    return Buffer.concat([block, room])
  }
  const made: Hmac = { inner: padded(0x36, derivation), outer: padded(0x5c, oneTimeKey) }
  secret.fill(0)
  hmacOf.set(key, made)
  return made
}

/** The key of one message, in `oneTimeKey`; `from` holds the salt where a blob has it. */
function deriveKey(key: LoadedKey, from: Buffer): void {
  const { inner, outer } = hmacFor(key)
  from.copy(inner, sha256BlockBytes + derivationLabel.length, locatorEnd, saltEnd)
  outer.write(hash('sha256', inner, 'latin1'), sha256BlockBytes, 'latin1')
  oneTimeKey.write(hash('sha256', outer, 'latin1'), 'latin1')
}

function additionalData(head: Buffer, context: EncryptionContext | undefined): Buffer {
  const canonical = canonicalContext(context)
  return canonical.length === 0 ? head : Buffer.concat([head, canonical])
}

/** Encrypts into a ciphertext blob that names its key and material and is bound to a context. */
export function sealBlob(input: SealInput): Buffer {
  const { plaintext } = input
  header[0] = version
  locatorFor(input).copy(header, 1)
  drawSaltAndIv()
  deriveKey(input.key, header)
  const cipher = createCipheriv('aes-256-gcm', oneTimeKey, headerIv)
  cipher.setAAD(additionalData(header, input.context))
  const blob = Buffer.allocUnsafe(blobOverheadBytes + plaintext.length)
  blob.set(header)
  blob.set(cipher.update(plaintext), headerBytes)
  cipher.final()
  blob.set(cipher.getAuthTag(), headerBytes + plaintext.length)
  return blob
}

const tagLength = { authTagLength: tagBytes }

/** Finds out which key and material made a blob; undefined if it is no blob of this server. */
export function readBlob(locatorKey: KeyObject, blob: Uint8Array): ParsedBlob | undefined {
  if (blob.length < blobOverheadBytes || blob[0] !== version) return undefined
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length)
  const kept = namesOf.get(locatorKey) ?? new Map<string, BlobNames>()
  namesOf.set(locatorKey, kept)
  const text = bytes.toString('latin1', 1, locatorEnd)
  const known = kept.get(text)
  if (known !== undefined) return { ...known, blob: bytes }
  const found = names(locatorKey, bytes.subarray(1, locatorEnd))
  if (found === undefined) return undefined
  if (kept.size >= keptNames) kept.clear()
  kept.set(text, found)
  return { ...found, blob: bytes }
}

/**
 * Decrypts a blob with the loaded material its materialId names; undefined if the blob, the key
 * or the encryption context is not the one it was made with.
 */
export function openBlob(
  parsed: ParsedBlob,
  key: LoadedKey,
  context: EncryptionContext | undefined,
): Buffer | undefined {
  const { blob } = parsed
  deriveKey(key, blob)
  const iv = blob.subarray(saltEnd, headerBytes)
  const decipher = createDecipheriv('aes-256-gcm', oneTimeKey, iv, tagLength)
  decipher.setAAD(additionalData(blob.subarray(0, headerBytes), context))
  decipher.setAuthTag(blob.subarray(blob.length - tagBytes))
  const plaintext = decipher.update(blob.subarray(headerBytes, blob.length - tagBytes))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return plaintext
}
