import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { KeySpec } from '@aws-sdk/client-kms'
import { isKeySpec, keySpecs } from './key-specs.ts'
import { loadPair } from './material.ts'
import { decapsulate, deriveSharedSecret, encapsulate } from './shared-secret.ts'
import vectors from './testdata/ecdh.json' with { type: 'json' }
import { curveNames, freshPair, octets } from './testdata/keys.ts'

async function spkiPrefix(spec: KeySpec, fieldBytes: number): Promise<Buffer> {
  const { publicKey } = await freshPair(spec)
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(0, -2 * fieldBytes)
}

const padded = (text: string, bytes: number) => Buffer.from(octets(text, bytes), 'base64url')

describe('ECDH', () => {
  it('gives the answers of the NIST validity tests and refuses points off the curve', async () => {
    const counts = { agrees: 0, differs: 0, badPeer: 0 }
    for (const vector of vectors) {
      assert.ok(isKeySpec(vector.spec))
      const { crv, bytes } = curveNames[vector.spec] ?? assert.fail(vector.spec)
      const [d, x, y] = [vector.d, vector.x, vector.y].map((part) => octets(part, bytes))
      const jwk = { kty: 'EC', crv, d: d ?? '', x: x ?? '', y: y ?? '' }
      const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
      const pair = {
        kind: 'pair',
        spec: vector.spec,
        privateKey,
        publicKey: createPublicKey(privateKey),
      } as const
      const point = [padded(vector.peerX, bytes), padded(vector.peerY, bytes)]
      const peer = Buffer.concat([await spkiPrefix(vector.spec, bytes), ...point])
      if (vector.result === 'badPeer') {
        assert.throws(() => deriveSharedSecret(pair, peer), { code: 'InvalidPeerKey' })
        counts.badPeer += 1
      } else {
        const secret = deriveSharedSecret(pair, peer)
        assert.equal(secret.length, bytes)
        const agrees = secret.equals(padded(vector.secret, bytes))
        assert.equal(agrees, vector.result === 'agrees')
        counts[agrees ? 'agrees' : 'differs'] += 1
      }
    }
    assert.deepEqual(counts, { agrees: 33, differs: 9, badPeer: 18 })
  })

  it('refuses a key of another curve, another type and bytes that are no key', async () => {
    const key = await freshPair('ECC_NIST_P256')
    const strangers = [
      'ECC_NIST_P384',
      'ECC_SECG_P256K1',
      'ECC_NIST_EDWARDS25519',
      'ML_KEM_512',
    ] as const
    for (const spec of strangers) {
      const { publicKey } = await freshPair(spec)
      const spki = publicKey.export({ type: 'spki', format: 'der' })
      assert.throws(() => deriveSharedSecret(key, spki), { code: 'InvalidPeerKey' }, spec)
    }
    const own = key.publicKey.export({ type: 'spki', format: 'der' })
    assert.equal(deriveSharedSecret(key, own).length, 32)
    assert.throws(() => deriveSharedSecret(key, own.subarray(0, -1)), { code: 'InvalidPeerKey' })
    assert.throws(() => deriveSharedSecret(key, Buffer.concat([own, Buffer.of(0)])), {
      code: 'InvalidPeerKey',
    })
    assert.throws(() => deriveSharedSecret(key, Buffer.alloc(0)), { code: 'InvalidPeerKey' })
    const pkcs8 = key.privateKey.export({ type: 'pkcs8', format: 'der' })
    assert.throws(() => deriveSharedSecret(key, pkcs8), { code: 'InvalidPeerKey' })
  })

  it('is for NIST curves', async () => {
    const key = await freshPair('ECC_SECG_P256K1')
    const spki = key.publicKey.export({ type: 'spki', format: 'der' })
    assert.throws(() => deriveSharedSecret(key, spki), { code: 'IncompatibleAlgorithm' })
  })
})

describe('ML-KEM', () => {
  it('agrees with another implementation both ways', async () => {
    const sets = { ML_KEM_512: ml_kem512, ML_KEM_768: ml_kem768, ML_KEM_1024: ml_kem1024 } as const
    for (const spec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const) {
      const key = await freshPair(spec)
      const { form } = keySpecs[spec]
      const spki = key.publicKey.export({ type: 'spki', format: 'der' })
      const other = sets[spec]
      const theirs = other.encapsulate(spki.subarray(-(other.lengths.publicKey ?? 0)))
      assert.deepEqual(decapsulate(key, theirs.cipherText), Buffer.from(theirs.sharedSecret))
      const ours = encapsulate(key)
      assert.equal(ours.sharedSecret.length, 32)
      assert.equal(ours.ciphertext.length, form.kind === 'mlKem' ? form.ciphertextBytes : 0)
      assert.deepEqual(decapsulate(key, ours.ciphertext), ours.sharedSecret)
    }
  })

  it('rejects implicitly what was altered, and openly what has the wrong length', async () => {
    const key = await freshPair('ML_KEM_768')
    const { sharedSecret, ciphertext } = encapsulate(key)
    const altered = Buffer.from(ciphertext)
    altered[0] = (altered[0] ?? 0) ^ 1
    const pseudoRandom = decapsulate(key, altered)
    assert.equal(pseudoRandom.length, 32)
    assert.notDeepEqual(pseudoRandom, sharedSecret)
    assert.deepEqual(decapsulate(key, altered), pseudoRandom)
    assert.throws(() => decapsulate(key, randomBytes(1087)), { code: 'InvalidCiphertextLength' })
    const curve = await freshPair('ECC_NIST_P256')
    assert.throws(() => encapsulate(curve), { code: 'IncompatibleAlgorithm' })
    assert.throws(
      () => loadPair('ML_KEM_512', key.privateKey.export({ type: 'pkcs8', format: 'der' })),
      {
        code: 'InvalidKeyMaterial',
      },
    )
  })
})
