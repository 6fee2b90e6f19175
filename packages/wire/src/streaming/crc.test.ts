import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { combineCrc, crcOf, startCrc, type CrcName } from './crc.ts'

const names: readonly CrcName[] = ['CRC32', 'CRC32C', 'CRC64NVME']

test('the checks have the values that their catalogue gives for 123456789', () => {
  // https://reveng.sourceforge.io/crc-catalogue/all.htm
  const known: Readonly<Record<CrcName, string>> = {
    CRC32: 'cbf43926',
    CRC32C: 'e3069283',
    CRC64NVME: 'ae8b14860a799888',
  }
  for (const name of names) {
    assert.equal(crcOf(name, Buffer.from('123456789')).toString('hex'), known[name])
  }
})

test('bytes that come in pieces have the check of the whole, and checks of pieces combine to it', () => {
  let cases = 0
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
      const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
      for (const name of names) {
        const running = startCrc(name)
        running.update(head)
        running.update(tail)
        const whole = crcOf(name, bytes)
        assert.deepEqual(running.digest(), whole)
        const combined = combineCrc(name, crcOf(name, head), crcOf(name, tail), tail.length)
        assert.deepEqual(combined, whole)
        cases += 1
      }
    }),
  )
  assert.ok(cases >= 300)
})
