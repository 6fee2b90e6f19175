import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundedJson, boundText } from './audit-size.ts'
import { auditOf } from './store/testdata/samples.ts'

const kilobyte = 1024

test('a member of at most 100 KB is recorded, and a larger one says what was left out', () => {
  // The quotes and the braces of {"a":"…"} are eight bytes.
  const fits = { a: 'x'.repeat(100 * kilobyte - 8) }
  const tooLarge = { a: 'x'.repeat(100 * kilobyte - 7) }
  for (const member of ['requestParameters', 'responseElements', 'serviceEventDetails']) {
    const kept = JSON.parse(boundedJson(auditOf({ [member]: fits })))
    assert.deepEqual(kept[member], fits)
    const left = JSON.parse(boundedJson(auditOf({ [member]: tooLarge })))
    assert.deepEqual(left[member], {
      omitted: true,
      originalSize: 100 * kilobyte + 1,
      reason: `${member} too large`,
    })
    assert.equal(left.eventName, 'Encrypt')
  }
})

test('sizes are bytes of UTF-8', () => {
  const euros = { a: '€'.repeat(35 * kilobyte) }
  const { requestParameters } = JSON.parse(boundedJson(auditOf({ requestParameters: euros })))
  assert.equal(requestParameters.originalSize, 3 * 35 * kilobyte + 8)
})

test('additional data has room for 28 KB', () => {
  const additionalEventData = { a: '€'.repeat(10 * kilobyte) }
  const record = JSON.parse(boundedJson(auditOf({ additionalEventData })))
  assert.equal(record.additionalEventData.omitted, true)
})

test('no record is larger than 256 KB, whatever it is made of', () => {
  const large = { a: 'y'.repeat(99 * kilobyte) }
  const resources = Array.from({ length: 2_000 }, (_, index) => ({
    ARN: `arn:aws:s3:::${'b'.repeat(200)}/${index}`,
    type: 'AWS::S3::Object',
  }))
  const full = { requestParameters: large, responseElements: large, serviceEventDetails: large }
  const text = boundedJson(auditOf({ ...full, resources }))
  assert.ok(Buffer.byteLength(text) <= 256 * kilobyte)
  const record = JSON.parse(text)
  assert.ok(record.resources.length > 100)
  assert.deepEqual(record.resources[0], resources[0])
  const three = JSON.parse(boundedJson(auditOf(full)))
  assert.equal(three.responseElements.omitted, true)
  assert.deepEqual(three.requestParameters, large)
})

test('a user agent or message keeps its first 1,024 characters', () => {
  assert.equal(boundText('a'.repeat(1_025)), 'a'.repeat(1_024))
  assert.equal(boundText('short'), 'short')
})
