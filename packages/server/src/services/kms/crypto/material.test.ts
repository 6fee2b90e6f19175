import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { KeySpec } from '@aws-sdk/client-kms'
import { keySpecs } from './key-specs.ts'
import { generateMaterial, hasForm, loadKey, materialId, publicKeyOf } from './material.ts'

const available = Object.values(KeySpec).filter((spec) => keySpecs[spec].available)

describe('key material', () => {
  it('is made, loaded and published in the form of each available spec', async () => {
    const quick = available.filter((spec) => !['RSA_3072', 'RSA_4096'].includes(spec))
    for (const spec of quick) {
      const material = await generateMaterial(spec)
      const key = loadKey(spec, material)
      assert.equal(key.spec, spec)
      if (key.kind === 'pair') {
        const spki = Buffer.from(publicKeyOf(spec, material))
        const published = createPublicKey({ key: spki, format: 'der', type: 'spki' })
        assert.ok(hasForm(published, keySpecs[spec].form), spec)
        assert.ok(published.equals(key.publicKey), spec)
      } else {
        assert.equal(key.secret.symmetricKeySize, material.length)
        assert.throws(() => publicKeyOf(spec, material), { code: 'IncompatibleAlgorithm' })
      }
    }
    assert.equal(quick.length, 17)
  })

  it('of one spec does not load as another', async () => {
    const material = await generateMaterial('ECC_NIST_P256')
    const others = available.filter((spec) => spec !== 'ECC_NIST_P256')
    for (const spec of others) {
      assert.throws(() => loadKey(spec, material), { code: 'InvalidKeyMaterial' }, spec)
    }
    assert.equal(others.length, 18)
    assert.throws(() => loadKey('HMAC_512', Buffer.alloc(63)), { code: 'InvalidKeyMaterial' })
    assert.throws(() => loadKey('RSA_2048', Buffer.alloc(0)), { code: 'InvalidKeyMaterial' })
  })

  it('is not made for SM2', async () => {
    await assert.rejects(generateMaterial('SM2'), { code: 'SpecUnavailable' })
  })
})

describe('a key material id', () => {
  it('is stable for the same key and bytes and differs for others', () => {
    const bytes = Buffer.alloc(32, 7)
    const id = materialId('mrk-00000000000000000000000000000001', bytes)
    assert.match(id, /^[0-9a-f]{64}$/)
    assert.equal(materialId('mrk-00000000000000000000000000000001', Buffer.from(bytes)), id)
    assert.notEqual(materialId('mrk-00000000000000000000000000000002', bytes), id)
    assert.notEqual(materialId('mrk-00000000000000000000000000000001', Buffer.alloc(32, 8)), id)
  })
})
