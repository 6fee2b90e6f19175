import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import type { EncryptionAlgorithmSpec } from '@aws-sdk/client-kms'
import { loadPair } from './material.ts'
import { decryptOaep, encryptOaep } from './rsa.ts'
import { freshPair, hex, octets } from './testdata/keys.ts'
import vectors from './testdata/rsa-oaep.json' with { type: 'json' }

function privateJwk(numbers: Readonly<Record<string, string>>) {
  const members = Object.entries(numbers).map(([name, value]) => [name, octets(value)])
  return createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(members) }, format: 'jwk' })
}

const key = await freshPair('RSA_2048')
const algorithms = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const

describe('RSA-OAEP', () => {
  it('decrypts the published vectors, and just with their own hash', () => {
    let cases = 0
    for (const vector of vectors) {
      const privateKey = privateJwk(vector.key)
      const publicKey = createPublicKey(privateKey)
      const loaded = { kind: 'pair', spec: 'RSA_2048', privateKey, publicKey } as const
      const algorithm: EncryptionAlgorithmSpec | undefined = algorithms.find(
        (name) => name === vector.algorithm,
      )
      const other = algorithms.find((name) => name !== vector.algorithm)
      for (const { plaintext, ciphertext } of vector.cases) {
        const data = hex(ciphertext)
        assert.ok(algorithm && other)
        assert.deepEqual(decryptOaep({ key: loaded, algorithm, data }), hex(plaintext))
        assert.equal(decryptOaep({ key: loaded, algorithm: other, data }), undefined)
        cases += 1
      }
    }
    assert.equal(cases, 36)
  })

  it('encrypts up to the documented limit and says what the limit is', () => {
    for (const [algorithm, limit] of [
      ['RSAES_OAEP_SHA_1', 214],
      ['RSAES_OAEP_SHA_256', 190],
    ] as const) {
      const data = Buffer.alloc(limit, 1)
      const block = encryptOaep({ key, algorithm, data })
      assert.equal(block.length, 256)
      assert.deepEqual(decryptOaep({ key, algorithm, data: block }), data)
      assert.throws(() => encryptOaep({ key, algorithm, data: Buffer.alloc(limit + 1) }), {
        code: 'PlaintextTooLarge',
        message: `Algorithm ${algorithm} and key spec RSA_2048 cannot encrypt data larger than ${limit} bytes.`,
      })
    }
  })

  it('refuses altered, foreign and wrongly long blocks', async () => {
    const algorithm = 'RSAES_OAEP_SHA_256'
    const block = encryptOaep({ key, algorithm, data: Buffer.from('secret') })
    const changed = Buffer.from(block)
    changed[100] = (changed[100] ?? 0) ^ 1
    assert.equal(decryptOaep({ key, algorithm, data: changed }), undefined)
    assert.equal(decryptOaep({ key, algorithm, data: block.subarray(1) }), undefined)
    assert.equal(decryptOaep({ key, algorithm, data: Buffer.alloc(0) }), undefined)
    assert.equal(decryptOaep({ key, algorithm, data: Buffer.alloc(256, 0xff) }), undefined)
    const stranger = await freshPair('RSA_2048')
    assert.equal(decryptOaep({ key: stranger, algorithm, data: block }), undefined)
  })

  it('is for RSA keys', async () => {
    const curve = await freshPair('ECC_NIST_P256')
    const input = { key: curve, algorithm: 'RSAES_OAEP_SHA_1', data: Buffer.of(1) } as const
    assert.throws(() => encryptOaep(input), { code: 'IncompatibleAlgorithm' })
    const wrong = { ...input, key, algorithm: 'SYMMETRIC_DEFAULT' } as const
    assert.throws(() => decryptOaep(wrong), { code: 'IncompatibleAlgorithm' })
    assert.throws(() =>
      loadPair('RSA_3072', key.privateKey.export({ type: 'pkcs8', format: 'der' })),
    )
  })
})
