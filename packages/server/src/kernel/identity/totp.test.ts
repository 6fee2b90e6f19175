import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptedStep, consecutiveStep, encodeBase32, totpCode, totpStep } from './totp.ts'

const seed = encodeBase32(Buffer.from('12345678901234567890'))

test('codes are those of RFC 6238, appendix B, in six digits', () => {
  const published: readonly (readonly [seconds: number, code: string])[] = [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ]
  for (const [seconds, code] of published) {
    assert.equal(totpCode(seed, totpStep(new Date(seconds * 1000))), code.slice(2))
  }
  assert.equal(published.length, 6)
})

test('base32 is that of RFC 4648 without padding', () => {
  const published = { f: 'MY', fo: 'MZXQ', foo: 'MZXW6', foob: 'MZXW6YQ', fooba: 'MZXW6YTB' }
  for (const [text, encoded] of Object.entries(published)) {
    assert.equal(encodeBase32(Buffer.from(text)), encoded)
  }
})

test('a code is accepted one step early or late, once, and not later', () => {
  const at = new Date(1111111111_000)
  const step = totpStep(at)
  const device = { seed, driftSteps: 0, lastStep: 0 }
  for (const shift of [-1, 0, 1]) {
    assert.equal(acceptedStep(device, totpCode(seed, step + shift), at), step + shift)
  }
  assert.equal(acceptedStep(device, totpCode(seed, step - 2), at), undefined)
  assert.equal(acceptedStep({ ...device, lastStep: step }, totpCode(seed, step), at), undefined)
})

test('two consecutive codes are found, in their order only', () => {
  const at = new Date(1111111111_000)
  const step = totpStep(at)
  const codes = [totpCode(seed, step), totpCode(seed, step + 1)] as const
  assert.equal(consecutiveStep(seed, codes, { at, reach: 2 }), step + 1)
  assert.equal(consecutiveStep(seed, [codes[1], codes[0]], { at, reach: 2 }), undefined)
  assert.equal(consecutiveStep(seed, [codes[0], codes[0]], { at, reach: 2 }), undefined)
})
