import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  randomFillSync,
  scryptSync,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'
import { constants, fstatSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretBox } from '../context.ts'

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
/** scrypt cost: 64 MiB and a few tenths of a second per guess. */
const scryptCost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 2 ** 20 }

/** A root key file is missing its secrecy, is damaged, or needs (another) passphrase. */
export class RootKeyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RootKeyError'
  }
}

/**
 * The installation's root key (32 bytes) from its data directory; made at the first start. It is in
 * `root.key`, or under a passphrase in `root.key.sealed`. Throws RootKeyError.
 */
export function openRootKey(place: { dataDir: string; passphrase?: string }): Uint8Array {
  mkdirSync(place.dataDir, { recursive: true, mode: 0o700 })
  const plain = join(place.dataDir, 'root.key')
  const sealed = join(place.dataDir, 'root.key.sealed')
  if (place.passphrase === undefined) {
    if (existsSync(sealed)) throw new RootKeyError(`${sealed} needs its passphrase`)
    if (!existsSync(plain)) createKeyFile(place.dataDir, plain, randomBytes(keyBytes))
    return checkedKey(plain, readPrivate(plain))
  }
  if (existsSync(plain)) {
    throw new RootKeyError(`${plain} is there without a passphrase; seal or remove it first`)
  }
  if (!existsSync(sealed)) {
    createKeyFile(place.dataDir, sealed, wrapRootKey(randomBytes(keyBytes), place.passphrase))
  }
  return checkedKey(sealed, unwrapRootKey(sealed, readPrivate(sealed), place.passphrase))
}

/** Seals texts and derives keys under the root key: AES-256-GCM, one HKDF-SHA-256 subkey per purpose. */
export function secretBox(rootKey: Uint8Array): SecretBox {
  const root = createSecretKey(rootKey)
  const keys = new Map<string, KeyObject>()
  const subkey = (label: string) =>
    Buffer.from(hkdfSync('sha256', root, new Uint8Array(0), label, keyBytes))
  const keyOf = (purpose: string): KeyObject => {
    const known = keys.get(purpose)
    if (known) return known
    const key = createSecretKey(subkey(`bartizan/seal/${purpose}`))
    keys.set(purpose, key)
    return key
  }
  return {
    seal(purpose, text) {
      return encrypt(keyOf(purpose), Buffer.from(text, 'utf8')).toString('base64')
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      // Buffer reads base64 leniently; a sealed text has one spelling only.
      if (bytes.toString('base64') !== sealed) return undefined
      return decrypt(keyOf(purpose), bytes)?.toString('utf8')
    },
    derive: (purpose) => subkey(`bartizan/derive/${purpose}`),
  }
}

/** A value by which a store recognises its root key, and from which the key cannot be found. */
export function keyCheckValue(box: SecretBox): string {
  return box.derive('store-key-check').toString('hex')
}

/** Throws RootKeyError unless a store's key check value is this root key's. */
export function requireKeyCheck(box: SecretBox, stored: string): void {
  if (stored === keyCheckValue(box)) return
  throw new RootKeyError(
    'the root key is not the one this store was written with; restore the root.key that belongs to it',
  )
}

const ivPool = Buffer.alloc(ivBytes * 256)
let ivsUsed = ivPool.length

// One system call for 256 IVs; they are public, so a pool of them is no secret.
function nextIv(): Buffer {
  if (ivsUsed === ivPool.length) {
    randomFillSync(ivPool)
    ivsUsed = 0
  }
  return ivPool.subarray(ivsUsed, (ivsUsed += ivBytes))
}

/** AES-256-GCM under a random IV: IV, ciphertext, tag. `context` is authenticated, not stored. */
export function encrypt(key: KeyObject, text: Uint8Array, context?: Uint8Array): Buffer {
  const iv = nextIv()
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  if (context) cipher.setAAD(context)
  return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}

/** What `encrypt` was given; undefined unless key and context are the same and nothing was altered. */
export function decrypt(
  key: KeyObject,
  bytes: Uint8Array,
  context?: Uint8Array,
): Buffer | undefined {
  if (bytes.length < ivBytes + tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  if (context) decipher.setAAD(context)
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  const text = decipher.update(bytes.subarray(ivBytes, -tagBytes))
  try {
    return Buffer.concat([text, decipher.final()])
  } catch {
    return undefined
  }
}

function wrappingKey(passphrase: string, salt: Uint8Array): KeyObject {
  return createSecretKey(scryptSync(passphrase.normalize('NFC'), salt, keyBytes, scryptCost))
}

const saltBytes = 16

function wrapRootKey(rootKey: Uint8Array, passphrase: string): Buffer {
  const salt = randomBytes(saltBytes)
  return Buffer.concat([salt, encrypt(wrappingKey(passphrase, salt), rootKey)])
}

function unwrapRootKey(path: string, bytes: Uint8Array, passphrase: string): Uint8Array {
  const wrapped = bytes.subarray(saltBytes)
  const key = decrypt(wrappingKey(passphrase, bytes.subarray(0, saltBytes)), wrapped)
  if (!key) throw new RootKeyError(`${path} does not open: wrong passphrase or damaged file`)
  return key
}

function checkedKey(path: string, key: Uint8Array): Uint8Array {
  if (key.length === keyBytes) return key
  throw new RootKeyError(`${path} is damaged: ${key.length} bytes instead of ${keyBytes}`)
}

/** The name appears only when the content is durable, so a crash leaves no half key behind. */
function createKeyFile(dataDir: string, path: string, content: Uint8Array): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(draft, path)
  } catch (error) {
    // Another process was first: its key is the one.
    if (!existsSync(path)) throw error
  } finally {
    rmSync(draft)
  }
  const directory = openSync(dataDir, constants.O_RDONLY)
  fsyncSync(directory)
  closeSync(directory)
}

function readPrivate(path: string): Uint8Array {
  const file = openSync(path, constants.O_RDONLY)
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) {
      throw new RootKeyError(`${path} can be read by others; run: chmod 600 ${path}`)
    }
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}
