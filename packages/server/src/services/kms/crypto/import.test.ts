import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createPrivateKey,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { describe, it } from 'node:test'
import { AlgorithmSpec, KeySpec } from '@aws-sdk/client-kms'
import { canWrap, newImportParameters, unwrapMaterial, unwrapPadded } from './import.ts'
import { keySpecs } from './key-specs.ts'
import { generateMaterial, loadPair } from './material.ts'
import { freshPair, hex } from './testdata/keys.ts'
import kwpVectors from './testdata/kwp.json' with { type: 'json' }

const wrappingKey = await freshPair('RSA_2048')
const { privateKey } = wrappingKey

function oaep(data: Uint8Array, oaepHash: string): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return publicEncrypt({ key: wrappingKey.publicKey, padding, oaepHash }, data)
}

function wrapTwice(material: Uint8Array, hash: string): Buffer {
  const aesKey = randomBytes(32)
  const iv = hex('a65959a6')
  const inner = createCipheriv('id-aes256-wrap-pad', aesKey, iv).update(material)
  return Buffer.concat([oaep(aesKey, hash), inner])
}

describe('key unwrapping with padding', () => {
  it('gives the answers of NIST', () => {
    const counts = { opened: 0, refused: 0 }
    for (const { key, wrapped, plaintext } of kwpVectors) {
      const opened = unwrapPadded(hex(key), hex(wrapped))
      assert.equal(opened?.toString('hex') ?? null, plaintext)
      counts[opened ? 'opened' : 'refused'] += 1
    }
    assert.equal(counts.opened + counts.refused, 48)
    assert.ok(counts.refused >= 8)
  })

  it('takes 256-bit keys', () => {
    assert.equal(unwrapPadded(randomBytes(16), randomBytes(24)), undefined)
    assert.equal(unwrapPadded(randomBytes(32), Buffer.alloc(0)), undefined)
    assert.equal(unwrapPadded(randomBytes(32), randomBytes(15)), undefined)
  })
})

describe('imported material', () => {
  it('of each importable spec comes out of each algorithm that may carry it', async () => {
    let cases = 0
    const specs = Object.values(KeySpec).filter((spec) => keySpecs[spec].available)
    for (const spec of specs.filter((name) => !/^RSA_[34]/.test(name))) {
      const material = await generateMaterial(spec)
      for (const algorithm of Object.values(AlgorithmSpec)) {
        if (!canWrap({ algorithm, wrappingKeySpec: 'RSA_2048', spec })) continue
        const hash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256'
        const keyWrap = algorithm.startsWith('RSA_AES')
        const wrapped = keyWrap ? wrapTwice(material, hash) : oaep(material, hash)
        const unwrapped = unwrapMaterial({ algorithm, privateKey, wrapped, spec })
        assert.deepEqual(unwrapped && Buffer.from(unwrapped), Buffer.from(material), spec)
        cases += 1
      }
    }
    // RSA_2048 and P-521 by key wrap alone; 5 secrets and 10 other pairs in all four ways.
    assert.equal(cases, 2 * 2 + 15 * 4)
  })

  it('has the documented limits on what wraps what', () => {
    const wraps = (algorithm: AlgorithmSpec, spec: KeySpec, large = false) =>
      canWrap({ algorithm, spec, wrappingKeySpec: large ? 'RSA_4096' : 'RSA_2048' })
    assert.ok(!wraps('RSAES_OAEP_SHA_256', 'ECC_NIST_P521'))
    assert.ok(wraps('RSAES_OAEP_SHA_256', 'ECC_NIST_P521', true))
    assert.ok(!wraps('RSAES_OAEP_SHA_256', 'RSA_2048', true))
    assert.ok(wraps('RSA_AES_KEY_WRAP_SHA_256', 'SYMMETRIC_DEFAULT'))
    assert.ok(!wraps('RSAES_PKCS1_V1_5', 'SYMMETRIC_DEFAULT'))
    assert.ok(!wraps('SM2PKE', 'SYMMETRIC_DEFAULT'))
    const sm2 = { algorithm: 'RSAES_OAEP_SHA_256', wrappingKeySpec: 'SM2' } as const
    assert.ok(!canWrap({ ...sm2, spec: 'SYMMETRIC_DEFAULT' }))
  })

  it('that cannot be decrypted is undefined, not an error', () => {
    const spec = 'SYMMETRIC_DEFAULT'
    const wrapped = oaep(randomBytes(32), 'sha1')
    const sha256 = { algorithm: 'RSAES_OAEP_SHA_256', privateKey, wrapped, spec } as const
    assert.equal(unwrapMaterial(sha256), undefined)
    const short = {
      ...sha256,
      algorithm: 'RSAES_OAEP_SHA_1',
      wrapped: wrapped.subarray(1),
    } as const
    assert.equal(unwrapMaterial(short), undefined)
    const long = { ...short, wrapped: Buffer.concat([wrapped, Buffer.of(0)]) }
    assert.equal(unwrapMaterial(long), undefined)
    const bare = { ...sha256, algorithm: 'RSA_AES_KEY_WRAP_SHA_1', spec: 'RSA_2048' } as const
    assert.equal(unwrapMaterial(bare), undefined)
    assert.equal(unwrapMaterial({ ...bare, wrapped: Buffer.alloc(0) }), undefined)
    for (const algorithm of ['RSAES_PKCS1_V1_5', 'SM2PKE'] as const) {
      assert.throws(() => unwrapMaterial({ ...sha256, algorithm }), {
        code: 'IncompatibleAlgorithm',
      })
    }
  })

  it('of the wrong length, type, curve or size is invalid', async () => {
    const refused = async (spec: KeySpec, material: Uint8Array) => {
      const wrapped = wrapTwice(material, 'sha256')
      const input = { algorithm: 'RSA_AES_KEY_WRAP_SHA_256', privateKey, wrapped, spec } as const
      assert.throws(() => unwrapMaterial(input), { code: 'InvalidKeyMaterial' }, spec)
    }
    const p256 = await generateMaterial('ECC_NIST_P256')
    await refused('SYMMETRIC_DEFAULT', randomBytes(31))
    await refused('HMAC_384', randomBytes(32))
    await refused('ECC_NIST_P384', p256)
    await refused('ECC_SECG_P256K1', p256)
    await refused('RSA_2048', p256)
    await refused('RSA_3072', await generateMaterial('RSA_2048'))
    await refused('ML_DSA_65', await generateMaterial('ML_DSA_44'))
    await refused('ECC_NIST_P256', p256.subarray(0, -3))
    const key = createPrivateKey({ key: Buffer.from(p256), format: 'der', type: 'pkcs8' })
    await refused('ECC_NIST_P256', key.export({ type: 'sec1', format: 'der' }))
    await refused('RSA_2048', privateKey.export({ type: 'pkcs1', format: 'der' }))
  })

  it('whose halves do not belong together is invalid', async () => {
    const material = Buffer.from(await generateMaterial('ECC_NIST_P256'))
    const other = Buffer.from(await generateMaterial('ECC_NIST_P256'))
    other.subarray(-64).copy(material, material.length - 64)
    const wrapped = oaep(material, 'sha256')
    const input = {
      algorithm: 'RSAES_OAEP_SHA_256',
      privateKey,
      wrapped,
      spec: 'ECC_NIST_P256',
    } as const
    assert.throws(() => unwrapMaterial(input), { code: 'InvalidKeyMaterial' })
  })

  it('has wrapping parameters whose halves belong together', async () => {
    const { material, publicKey } = await newImportParameters('RSA_2048')
    const pair = loadPair('RSA_2048', material)
    assert.deepEqual(pair.publicKey.export({ type: 'spki', format: 'der' }), Buffer.from(publicKey))
    await assert.rejects(newImportParameters('SM2'), { code: 'SpecUnavailable' })
  })
})
