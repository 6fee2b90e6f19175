import assert from 'node:assert/strict'
import { createHash, createPublicKey, hash as digestOf, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js'
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js'
import type { MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { isKeySpec, keySpecs } from './key-specs.ts'
import { generateMaterial, loadKey, loadPair } from './material.ts'
import type { LoadedPublicKey } from './material.ts'
import { messageTypesOf, sign, verify } from './signature.ts'
import ecdsaDer from './testdata/ecdsa-der.json' with { type: 'json' }
import ecdsaVectors from './testdata/ecdsa-verify.json' with { type: 'json' }
import ed25519Vectors from './testdata/ed25519.json' with { type: 'json' }
import { curveNames, freshPair, hex, octets, publicJwk } from './testdata/keys.ts'
import pkcs1Vectors from './testdata/rsa-pkcs1-verify.json' with { type: 'json' }
import shortSalts from './testdata/rsa-pss-short-salt.json' with { type: 'json' }
import pssVectors from './testdata/rsa-pss-verify.json' with { type: 'json' }

type Vector = {
  key: LoadedPublicKey
  algorithm: SigningAlgorithmSpec
  message: Buffer
  signature: Buffer
}

/** Verifies a vector from its message and from its digest, which have to agree. */
function verifyBoth(vector: Vector): boolean {
  const bits = vector.algorithm.slice(-3)
  const raw = verify({ ...vector, messageType: 'RAW' })
  const message = digestOf(`sha${bits}`, vector.message, 'buffer')
  const given = verify({ ...vector, message, messageType: 'DIGEST' })
  assert.equal(given, raw)
  return raw
}

function derInteger(number: string): Buffer {
  const digits = number.replace(/^0+(?=.)/, '')
  const bytes = hex(digits.length % 2 === 1 ? `0${digits}` : digits)
  const value = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return Buffer.concat([Buffer.of(2, value.length), value])
}

function derSignature(r: string, s: string): Buffer {
  const body = Buffer.concat([derInteger(r), derInteger(s)])
  const length =
    body.length > 127 ? Buffer.of(0x30, 0x81, body.length) : Buffer.of(0x30, body.length)
  return Buffer.concat([length, body])
}

function digestLength(algorithm: SigningAlgorithmSpec, messageType: MessageType): number {
  const bits = Number(/SHA_(\d+)$/.exec(algorithm)?.[1])
  return messageType === 'RAW' ? 100 : algorithm.startsWith('ML_DSA') ? 64 : bits / 8
}

describe('published signatures', () => {
  it('in ECDSA verify as NIST says, from the message and from its digest', () => {
    const counts = { valid: 0, invalid: 0 }
    for (const { spec, message, x, y, r, s, valid } of ecdsaVectors) {
      assert.ok(isKeySpec(spec))
      const { crv, bytes } = curveNames[spec] ?? assert.fail(spec)
      const jwk = { kty: 'EC', crv, x: octets(x, bytes), y: octets(y, bytes) }
      const [algorithm] = keySpecs[spec].signing
      assert.ok(algorithm)
      const key = publicJwk(spec, jwk)
      const signature = derSignature(r, s)
      assert.equal(verifyBoth({ key, algorithm, message: hex(message), signature }), valid)
      counts[valid ? 'valid' : 'invalid'] += 1
    }
    assert.equal(counts.valid + counts.invalid, 60)
    assert.ok(counts.invalid >= 20)
  })

  it('in ECDSA verify just in DER, by the Wycheproof cases', () => {
    let cases = 0
    for (const { publicKey, message, signature, valid } of ecdsaDer) {
      const jwk = {
        kty: 'EC',
        crv: 'P-256',
        x: octets(publicKey.slice(2, 66)),
        y: octets(publicKey.slice(66)),
      }
      const key = publicJwk('ECC_NIST_P256', jwk)
      const algorithm = 'ECDSA_SHA_256'
      const vector = { key, algorithm, message: hex(message), signature: hex(signature) } as const
      assert.equal(verifyBoth(vector), valid)
      cases += 1
    }
    assert.equal(cases, 18)
  })

  it('in RSASSA-PKCS1-v1_5 verify as NIST says, from the message and from its digest', () => {
    const counts = { valid: 0, invalid: 0 }
    for (const vector of pkcs1Vectors) {
      assert.ok(isKeySpec(vector.spec))
      const algorithm = keySpecs[vector.spec].signing.find(
        (name) => name === `RSASSA_PKCS1_V1_5_SHA_${vector.hash}`,
      )
      assert.ok(algorithm)
      const jwk = { kty: 'RSA', n: octets(vector.modulus), e: octets(vector.exponent) }
      const key = publicJwk(vector.spec, jwk)
      const [message, signature] = [hex(vector.message), hex(vector.signature)]
      assert.equal(verifyBoth({ key, algorithm, message, signature }), vector.valid)
      counts[vector.valid ? 'valid' : 'invalid'] += 1
    }
    assert.deepEqual(counts, { valid: 12, invalid: 12 })
  })

  it('in RSASSA-PSS verify with a salt as long as the hash, by the Wycheproof cases', () => {
    let cases = 0
    for (const { modulus, message, signature } of pssVectors) {
      const key = publicJwk('RSA_2048', { kty: 'RSA', n: octets(modulus), e: 'AQAB' })
      const algorithm = 'RSASSA_PSS_SHA_256'
      const vector = { key, algorithm, message: hex(message), signature: hex(signature) } as const
      assert.ok(verifyBoth(vector))
      const other = { ...vector, message: Buffer.concat([vector.message, Buffer.of(0)]) }
      assert.ok(!verifyBoth(other))
      cases += 1
    }
    assert.equal(cases, 8)
  })

  it('in RSASSA-PSS do not verify with a salt of another length', () => {
    let cases = 0
    for (const vector of shortSalts) {
      assert.ok(isKeySpec(vector.spec))
      const algorithm = keySpecs[vector.spec].signing.find(
        (name) => name === `RSASSA_PSS_SHA_${vector.hash}`,
      )
      assert.ok(algorithm)
      const jwk = { kty: 'RSA', n: octets(vector.modulus), e: octets(vector.exponent) }
      const key = publicJwk(vector.spec, jwk)
      const [message, signature] = [hex(vector.message), hex(vector.signature)]
      assert.ok(!verifyBoth({ key, algorithm, message, signature }))
      cases += 1
    }
    assert.equal(cases, 12)
  })

  it('in Ed25519 come out the same', () => {
    const prefix = hex('302e020100300506032b657004220420')
    let cases = 0
    for (const { seed, publicKey, message, signature } of ed25519Vectors) {
      const key = loadPair('ECC_NIST_EDWARDS25519', Buffer.concat([prefix, hex(seed)]))
      const spki = key.publicKey.export({ type: 'spki', format: 'der' })
      assert.equal(spki.subarray(-32).toString('hex'), publicKey)
      const input = {
        key,
        algorithm: 'ED25519_SHA_512',
        messageType: 'RAW',
        message: hex(message),
      } as const
      assert.equal(sign(input).toString('hex'), signature)
      assert.ok(verify({ ...input, signature: hex(signature) }))
      cases += 1
    }
    assert.equal(cases, 100)
  })
})

describe('every signing algorithm of every key spec', () => {
  const specs = Object.keys(keySpecs)
    .filter(isKeySpec)
    .filter((spec) => keySpecs[spec].available && spec !== 'RSA_4096')

  it('signs so that just the same message, key and algorithm verify', async () => {
    let cases = 0
    for (const spec of specs.filter((name) => keySpecs[name].signing.length > 0)) {
      const [key, stranger] = [await freshPair(spec), await freshPair(spec)]
      for (const algorithm of keySpecs[spec].signing) {
        for (const messageType of messageTypesOf(algorithm)) {
          const message = randomBytes(digestLength(algorithm, messageType))
          const input = { key, algorithm, messageType, message }
          const signature = sign(input)
          const name = `${spec} ${algorithm} ${messageType}`
          assert.ok(verify({ ...input, signature }), name)
          assert.ok(!verify({ ...input, message: randomBytes(message.length), signature }), name)
          assert.ok(!verify({ ...input, key: stranger, signature }), name)
          const changed = Buffer.from(signature)
          changed[20] = (changed[20] ?? 0) ^ 1
          assert.ok(!verify({ ...input, signature: changed }), name)
          assert.ok(!verify({ ...input, signature: signature.subarray(1) }), name)
          assert.ok(!verify({ ...input, signature: Buffer.alloc(0) }), name)
          cases += 1
        }
      }
    }
    assert.equal(cases, 24 + 8 + 2 + 6)
  })

  it('signs a digest as it signs the message: each verifies as the other', async () => {
    let cases = 0
    const signing = specs.filter((name) => /^(RSA_2048|ECC_(NIST_P|SECG))/.test(name))
    for (const spec of signing) {
      const key = await freshPair(spec)
      for (const algorithm of keySpecs[spec].signing) {
        const message = Buffer.from('a message')
        const digest = digestOf(`sha${algorithm.slice(-3)}`, message, 'buffer')
        const raw = { key, algorithm, messageType: 'RAW', message } as const
        const given = { key, algorithm, messageType: 'DIGEST', message: digest } as const
        assert.ok(verify({ ...raw, signature: sign(given) }), algorithm)
        assert.ok(verify({ ...given, signature: sign(raw) }), algorithm)
        cases += 1
      }
    }
    assert.equal(cases, 10)
  })

  it('refuses a digest of the wrong length with the wording of AWS', async () => {
    let cases = 0
    for (const spec of [
      'RSA_2048',
      'ECC_NIST_P256',
      'ECC_NIST_EDWARDS25519',
      'ML_DSA_44',
    ] as const) {
      const key = await freshPair(spec)
      for (const algorithm of keySpecs[spec].signing) {
        for (const messageType of messageTypesOf(algorithm).filter((type) => type !== 'RAW')) {
          const right = digestLength(algorithm, messageType)
          for (const length of [right - 1, right + 1]) {
            const input = { key, algorithm, messageType, message: Buffer.alloc(length) }
            const refusal = {
              code: 'InvalidDigestLength',
              message: `Digest is invalid length for algorithm ${algorithm}.`,
            }
            assert.throws(() => sign(input), refusal)
            assert.throws(() => verify({ ...input, signature: Buffer.alloc(64) }), refusal)
            cases += 1
          }
        }
      }
    }
    assert.equal(cases, 18)
  })

  it('refuses message types and algorithms that do not belong to it', async () => {
    const [edwards, lattice] = [
      await freshPair('ECC_NIST_EDWARDS25519'),
      await freshPair('ML_DSA_44'),
    ]
    const message = Buffer.alloc(64)
    for (const input of [
      { key: edwards, algorithm: 'ED25519_SHA_512', messageType: 'DIGEST', message },
      { key: edwards, algorithm: 'ED25519_PH_SHA_512', messageType: 'RAW', message },
      { key: edwards, algorithm: 'ED25519_SHA_512', messageType: 'EXTERNAL_MU', message },
      { key: lattice, algorithm: 'ML_DSA_SHAKE_256', messageType: 'DIGEST', message },
    ] as const) {
      assert.throws(() => sign(input), { code: 'InvalidMessageType' })
      assert.throws(() => verify({ ...input, signature: message }), { code: 'InvalidMessageType' })
    }
    const mac = loadKey('HMAC_256', await generateMaterial('HMAC_256'))
    for (const key of [edwards, mac]) {
      const input = { key, algorithm: 'ECDSA_SHA_256', messageType: 'RAW', message } as const
      assert.throws(() => sign(input), { code: 'IncompatibleAlgorithm' })
    }
  })
})

describe('the odd ones', () => {
  it('Ed25519ph hashes the digest it is given once more', async () => {
    const key = await freshPair('ECC_NIST_EDWARDS25519')
    const message = randomBytes(64)
    const input = { key, algorithm: 'ED25519_PH_SHA_512', messageType: 'DIGEST', message } as const
    const signature = sign(input)
    const point = key.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
    assert.ok(ed25519ph.verify(signature, message, point))
    assert.ok(!ed25519.verify(signature, message, point))
  })

  it('ML-DSA gives the same from a message and from its mu (FIPS 204, algorithm 7, line 6)', async () => {
    for (const spec of ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const) {
      const key = await freshPair(spec)
      const spki = key.publicKey.export({ type: 'spki', format: 'der' })
      const publicBytes = { ML_DSA_44: 1312, ML_DSA_65: 1952, ML_DSA_87: 2592 }[spec]
      const shake = (data: Buffer) =>
        createHash('shake256', { outputLength: 64 }).update(data).digest()
      const message = Buffer.from('a message')
      const tr = shake(spki.subarray(-publicBytes))
      const mu = shake(Buffer.concat([tr, Buffer.of(0, 0), message]))
      const algorithm = 'ML_DSA_SHAKE_256'
      const raw = { key, algorithm, messageType: 'RAW', message } as const
      const given = { key, algorithm, messageType: 'EXTERNAL_MU', message: mu } as const
      assert.ok(verify({ ...raw, signature: sign(given) }))
      assert.ok(verify({ ...given, signature: sign(raw) }))
    }
  })

  it('ML-DSA keys imported without their seed sign a mu as well', async () => {
    const { secretKey } = ml_dsa44.keygen(randomBytes(32))
    const octetString = (bytes: Uint8Array) =>
      Buffer.concat([Buffer.of(4, 0x82, bytes.length >> 8, bytes.length & 0xff), bytes])
    const body = Buffer.concat([
      hex('020100300b0609608648016503040311'),
      octetString(octetString(secretKey)),
    ])
    const outer = Buffer.of(0x30, 0x82, body.length >> 8, body.length & 0xff)
    const key = loadPair('ML_DSA_44', Buffer.concat([outer, body]))
    for (const messageType of ['RAW', 'EXTERNAL_MU'] as const) {
      const message = randomBytes(64)
      const input = { key, algorithm: 'ML_DSA_SHAKE_256', messageType, message } as const
      assert.ok(verify({ ...input, signature: sign(input) }))
    }
  })

  it('a public key alone verifies, and equal ECDSA messages get different signatures', async () => {
    const pair = await freshPair('ECC_NIST_P256')
    const publicKey = createPublicKey(pair.privateKey)
    const message = randomBytes(32)
    for (const messageType of ['RAW', 'DIGEST'] as const) {
      const input = { key: pair, algorithm: 'ECDSA_SHA_256', messageType, message } as const
      const signature = sign(input)
      assert.ok(verify({ ...input, key: { kind: 'pair', spec: pair.spec, publicKey }, signature }))
      assert.notDeepEqual(sign(input), signature)
    }
  })
})
