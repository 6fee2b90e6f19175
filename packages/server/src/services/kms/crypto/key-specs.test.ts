import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DataKeyPairSpec,
  EncapsulationAlgorithmSpec,
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
  WrappingKeySpec,
} from '@aws-sdk/client-kms'
import {
  algorithmsFor,
  isDataKeyPairSpec,
  isKeySpec,
  isWrappingKeySpec,
  keySpecs,
} from './key-specs.ts'

const specs = Object.values(KeySpec)

describe('the table of key specs', () => {
  it('has a row for each key spec of the model and no other', () => {
    assert.deepEqual(Object.keys(keySpecs).sort(), [...specs].sort())
    assert.equal(specs.length, 20)
    assert.ok(isKeySpec('HMAC_224') && !isKeySpec('toString') && !isKeySpec('AES_256'))
  })

  it('makes data key pairs and wrapping keys of exactly the specs the model lists', () => {
    assert.deepEqual(specs.filter(isDataKeyPairSpec).sort(), Object.values(DataKeyPairSpec).sort())
    assert.deepEqual(specs.filter(isWrappingKeySpec).sort(), Object.values(WrappingKeySpec).sort())
  })

  it('uses every algorithm of the model, and lists algorithms just for allowed usages', () => {
    const rows = Object.values(keySpecs)
    const used = rows.flatMap((row) => [
      ...row.encryption,
      ...row.signing,
      ...row.mac,
      ...row.encapsulation,
    ])
    const known = [
      ...Object.values(EncryptionAlgorithmSpec),
      ...Object.values(SigningAlgorithmSpec),
      ...Object.values(MacAlgorithmSpec),
      ...Object.values(EncapsulationAlgorithmSpec),
    ]
    assert.deepEqual([...new Set(used)].sort(), known.sort())
    let pairs = 0
    for (const spec of specs) {
      for (const usage of Object.values(KeyUsageType)) {
        const [names = []] = Object.values(algorithmsFor(spec, usage))
        const allowed = keySpecs[spec].usages.includes(usage)
        assert.equal(names.length > 0, allowed, `${spec} ${usage}`)
        pairs += 1
      }
    }
    assert.equal(pairs, 100)
  })

  it('knows the RSA-OAEP limits AWS documents', () => {
    const limits = (['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).map((spec) => {
      const { RSAES_OAEP_SHA_1: sha1, RSAES_OAEP_SHA_256: sha256 } = keySpecs[spec].plaintextLimits
      return [sha1, sha256]
    })
    assert.deepEqual(limits, [
      [214, 190],
      [342, 318],
      [470, 446],
    ])
  })

  it('marks SM2 as unavailable and nothing else', () => {
    assert.deepEqual(
      specs.filter((spec) => !keySpecs[spec].available),
      ['SM2'],
    )
  })
})
