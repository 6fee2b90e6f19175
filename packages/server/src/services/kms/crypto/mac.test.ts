import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, it } from 'node:test'
import type { KeySpec, MacAlgorithmSpec } from '@aws-sdk/client-kms'
import { generateMac, verifyMac } from './mac.ts'
import { generateMaterial, loadKey } from './material.ts'
import vectors from './testdata/hmac.json' with { type: 'json' }
import { hex } from './testdata/keys.ts'

const specs: Readonly<Record<string, [KeySpec, MacAlgorithmSpec]>> = {
  HMAC_SHA_224: ['HMAC_224', 'HMAC_SHA_224'],
  HMAC_SHA_256: ['HMAC_256', 'HMAC_SHA_256'],
  HMAC_SHA_384: ['HMAC_384', 'HMAC_SHA_384'],
  HMAC_SHA_512: ['HMAC_512', 'HMAC_SHA_512'],
}

describe('HMAC', () => {
  it('gives the answers of RFC 4231', () => {
    let cases = 0
    for (const vector of vectors) {
      const [spec, algorithm] = specs[vector.algorithm] ?? assert.fail(vector.algorithm)
      const key = { kind: 'secret', spec, secret: createSecretKey(hex(vector.key)) } as const
      const input = { key, algorithm, message: hex(vector.message) }
      assert.equal(generateMac(input).toString('hex'), vector.mac)
      assert.ok(verifyMac({ ...input, mac: hex(vector.mac) }))
      cases += 1
    }
    assert.equal(cases, 24)
  })

  it('refuses a MAC with any bit changed, a truncated one and a longer one', async () => {
    const key = loadKey('HMAC_256', await generateMaterial('HMAC_256'))
    const input = { key, algorithm: 'HMAC_SHA_256', message: Buffer.from('message') } as const
    const mac = generateMac(input)
    for (let bit = 0; bit < 256; bit += 1) {
      const changed = Buffer.from(mac)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.ok(!verifyMac({ ...input, mac: changed }))
    }
    assert.ok(!verifyMac({ ...input, mac: mac.subarray(0, 31) }))
    assert.ok(!verifyMac({ ...input, mac: Buffer.concat([mac, Buffer.of(0)]) }))
    assert.ok(!verifyMac({ ...input, mac: Buffer.alloc(0) }))
  })

  it('refuses the algorithm of another key spec', async () => {
    const key = loadKey('HMAC_224', await generateMaterial('HMAC_224'))
    assert.throws(() => generateMac({ key, algorithm: 'HMAC_SHA_256', message: Buffer.of(1) }), {
      code: 'IncompatibleAlgorithm',
      message: 'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.',
    })
  })
})
