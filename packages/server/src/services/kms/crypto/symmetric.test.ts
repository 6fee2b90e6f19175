import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { loadKey, materialId } from './material.ts'
import { blobOverheadBytes, canonicalContext, openBlob, readBlob, sealBlob } from './symmetric.ts'

const locatorKey = createSecretKey(randomBytes(32))
const material = randomBytes(32)
const key = loadKey('SYMMETRIC_DEFAULT', material)
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const id = materialId(keyId, material)
const context = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))

function seal(plaintext: Uint8Array, pairs?: Record<string, string>): Buffer {
  return sealBlob({ locatorKey, keyId, materialId: id, key, plaintext, context: pairs })
}

function open(blob: Uint8Array, pairs?: Record<string, string>): Buffer | undefined {
  const parsed = readBlob(locatorKey, blob)
  return parsed && openBlob(parsed, key, pairs)
}

describe('a ciphertext blob', () => {
  it('opens to what was sealed, whatever the plaintext and the context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), context, (plaintext, pairs) => {
        const blob = seal(plaintext, pairs)
        assert.equal(blob.length, plaintext.length + blobOverheadBytes)
        assert.deepEqual(open(blob, pairs), Buffer.from(plaintext))
      }),
    )
    assert.ok(4096 + blobOverheadBytes <= 6144)
  })

  it('names its key and material, in clear nowhere, also for multi-Region keys', () => {
    const uuids = [keyId, 'mrk-1234abcd12ab34cd56ef1234567890ab', `mrk-${'f'.repeat(32)}`]
    for (const name of uuids) {
      const named = materialId(name, material)
      const input = { locatorKey, keyId: name, materialId: named, key, context: undefined }
      const blob = sealBlob({ ...input, plaintext: Buffer.from('x') })
      const parsed = readBlob(locatorKey, blob)
      assert.equal(parsed?.keyId, name)
      assert.equal(parsed?.materialId, named)
      const digits = name.replaceAll('-', '').replace('mrk', '')
      assert.ok(!blob.toString('hex').includes(digits.slice(0, 16)))
      assert.ok(!blob.toString('hex').includes(named.slice(0, 16)))
    }
    const bad = { locatorKey, keyId: 'alias/x', materialId: id, key, context: undefined }
    assert.throws(() => sealBlob({ ...bad, plaintext: Buffer.of(1) }), { name: 'CryptoError' })
  })

  it('does not open with any one bit changed', () => {
    const pairs = { tenant: 'a' }
    const blob = seal(Buffer.from('thirty-two bytes of a data key..'), pairs)
    let bits = 0
    for (let bit = 0; bit < blob.length * 8; bit += 1) {
      const changed = Buffer.from(blob)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(open(changed, pairs), undefined, `bit ${bit}`)
      bits += 1
    }
    assert.equal(bits, (blobOverheadBytes + 32) * 8)
  })

  it('does not open when cut short or lengthened, and noise is not one', () => {
    const blob = seal(Buffer.from('plaintext'))
    for (let length = 0; length < blob.length; length += 1) {
      assert.equal(open(blob.subarray(0, length)), undefined)
    }
    assert.equal(open(Buffer.concat([blob, Buffer.of(0)])), undefined)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 109, maxLength: 300 }), (noise) => {
        assert.equal(readBlob(locatorKey, noise), undefined)
        assert.equal(readBlob(locatorKey, Uint8Array.of(1, ...noise)), undefined)
      }),
    )
  })

  it('is bound to its context: any other, or none, does not open it', () => {
    fc.assert(
      fc.property(context, context, (sealed, other) => {
        fc.pre(!canonicalContext(sealed).equals(canonicalContext(other)))
        assert.equal(open(seal(Buffer.from('p'), sealed), other), undefined)
      }),
    )
  })

  it('is bound to its material and its server', () => {
    const blob = seal(Buffer.from('p'))
    const parsed = readBlob(locatorKey, blob) ?? assert.fail('unreadable')
    const stranger = loadKey('SYMMETRIC_DEFAULT', randomBytes(32))
    assert.equal(openBlob(parsed, stranger, undefined), undefined)
    assert.equal(readBlob(createSecretKey(randomBytes(32)), blob), undefined)
    const hmac = loadKey('HMAC_256', material)
    assert.throws(() => openBlob(parsed, hmac, undefined), { code: 'IncompatibleAlgorithm' })
  })

  it('is new each time, across more messages than one random pool holds', () => {
    const seen = new Set<string>()
    for (let count = 0; count < 1000; count += 1) {
      seen.add(seal(Buffer.from('same')).toString('latin1', 65))
    }
    assert.equal(seen.size, 1000)
  })

  it('is SP 800-108 counter mode and AES-256-GCM by the word of another implementation', () => {
    const blob = seal(Buffer.from('known plaintext'), { b: '2', a: '1' })
    const options = [
      'mac:HMAC',
      'mode:COUNTER',
      'digest:SHA256',
      `hexkey:${material.toString('hex')}`,
      'salt:bartizan:kms:symmetric:1',
      `hexinfo:${blob.toString('hex', 65, 81)}`,
    ]
    const args = options.flatMap((option) => ['-kdfopt', option])
    const kdf = spawnSync('openssl', ['kdf', '-keylen', '32', '-binary', ...args, 'KBKDF'])
    assert.equal(kdf.status, 0, kdf.stderr.toString())
    const decipher = createDecipheriv('aes-256-gcm', kdf.stdout, blob.subarray(81, 93))
    const lengths = (text: string) => [Buffer.of(0, 0, 0, 2), Buffer.from(text, 'utf16le')]
    const pairs = ['a', '1', 'b', '2'].flatMap(lengths)
    decipher.setAAD(Buffer.concat([blob.subarray(0, 93), ...pairs]))
    decipher.setAuthTag(blob.subarray(-16))
    const plaintext =
      decipher.update(blob.subarray(93, -16), undefined, 'utf8') + decipher.final('utf8')
    assert.equal(plaintext, 'known plaintext')
  })
})

describe('the canonical form of an encryption context', () => {
  it('does not depend on the order of pairs, and tells apart what joins to the same text', () => {
    const bytes = (pairs: Record<string, string>) => canonicalContext(pairs).toString('hex')
    assert.equal(bytes({ a: '1', b: '2' }), bytes({ b: '2', a: '1' }))
    assert.notEqual(bytes({ a: 'bc' }), bytes({ ab: 'c' }))
    assert.notEqual(bytes({ a: 'b', c: 'd' }), bytes({ a: 'bcd' }))
    assert.notEqual(bytes({ a: 'b' }), bytes({ A: 'b' }))
    assert.notEqual(bytes({ a: '' }), bytes({}))
    assert.notEqual(bytes({ a: '\ud800' }), bytes({ a: '\ud801' }))
    assert.equal(bytes({}), canonicalContext(undefined).toString('hex'))
  })

  it('differs whenever the pairs differ', () => {
    const same = (one: Record<string, string>, two: Record<string, string>) =>
      Object.keys(one).length === Object.keys(two).length &&
      Object.entries(one).every(([name, value]) => Object.hasOwn(two, name) && two[name] === value)
    fc.assert(
      fc.property(context, context, (one, two) => {
        assert.equal(canonicalContext(one).equals(canonicalContext(two)), same(one, two))
      }),
    )
  })
})

describe('the key of a message', () => {
  it('is what HMAC-SHA-256 makes of the material and the salt', () => {
    for (let size = 0; size < 40; size++) {
      const plaintext = randomBytes(size)
      const blob = seal(plaintext, { a: 'b' })
      const input = Buffer.concat([
        Buffer.from('\0\0\0\x01bartizan:kms:symmetric:1\0', 'latin1'),
        blob.subarray(65, 81),
        Buffer.from([0, 0, 1, 0]),
      ])
      const oneTime = createHmac('sha256', material).update(input).digest()
      const decipher = createDecipheriv('aes-256-gcm', oneTime, blob.subarray(81, 93))
      decipher.setAAD(Buffer.concat([blob.subarray(0, 93), canonicalContext({ a: 'b' })]))
      decipher.setAuthTag(blob.subarray(-16))
      const opened = decipher.update(blob.subarray(93, -16))
      assert.equal(decipher.final().length, 0)
      assert.ok(opened.equals(plaintext))
    }
  })
})
