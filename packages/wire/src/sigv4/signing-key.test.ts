import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatAmzDate, parseAmzDate } from './timestamp.ts'
import { deriveSigningKey, SigningKey } from './signing-key.ts'

const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
const scopes = fc.record({
  date: fc.stringMatching(/^\d{8}$/),
  region: fc.stringMatching(/^[a-z0-9-]{1,80}$/),
  service: fc.string({ unit: 'grapheme', maxLength: 80 }),
})

test("a signing key signs as Node's own HMAC does, whatever it signed before", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      scopes,
      fc.array(hex, { minLength: 1, maxLength: 3 }),
      (bytes, scope, digests) => {
        const key = new SigningKey(bytes, scope)
        for (const digest of digests) {
          const date = `${scope.date}T123600Z`
          const path = `${scope.date}/${scope.region}/${scope.service}/aws4_request`
          const text = `AWS4-HMAC-SHA256\n${date}\n${path}\n${digest}`
          const expected = createHmac('sha256', bytes).update(text).digest('hex')
          assert.equal(key.sign(date, digest), expected)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test("the guide's example signs as the guide says", () => {
  const scope = { date: '20150830', region: 'us-east-1', service: 'iam' }
  const key = deriveSigningKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope)
  assert.equal(
    key.sign(
      '20150830T123600Z',
      'f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59',
    ),
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  )
  assert.throws(() => key.sign('20150830', 'f5'), RangeError)
})

test('a timestamp is read back as it was written and nothing that no calendar has is read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
      assert.equal(parseAmzDate(formatAmzDate(seconds * 1000)), seconds * 1000)
    }),
    { numRuns: 500 },
  )
  const impossible = ['20260229T000000Z', '20260431T000000Z', '20260001T000000Z']
  impossible.push('20260100T000000Z', '20261301T000000Z', '20260101T240000Z', '20260101T006000Z')
  impossible.push('20260101T000060Z', '2026010 T000000Z', '20260101t000000Z', '20260101T000000z')
  impossible.push('-0260101T000000Z', '20260101T000000Z ', '', '2026+101T000000Z')
  for (const text of impossible) assert.equal(parseAmzDate(text), undefined, text)
  assert.equal(parseAmzDate('20280229T235959Z'), Date.UTC(2028, 1, 29, 23, 59, 59))
  assert.equal(impossible.length, 15)
})
