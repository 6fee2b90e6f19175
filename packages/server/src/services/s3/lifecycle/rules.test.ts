import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LifecycleRule } from '@aws-sdk/client-s3'
import { abortsUpload, dueFor, midnightAfter, type VersionFacts } from './rules.ts'

const fresh: VersionFacts = {
  key: 'logs/a',
  size: 100,
  tags: [{ Key: 'k', Value: 'v' }],
  storageClass: 'STANDARD',
  modifiedAt: '2026-01-10T10:30:00.000Z',
  isMarker: false,
  newerNoncurrent: 0,
  isOnly: true,
}
const on = (rule: Partial<LifecycleRule>): LifecycleRule => ({ Status: 'Enabled', ...rule })
const days = { Expiration: { Days: 1 } }

test('days are counted to the midnight after them', () => {
  assert.equal(midnightAfter('2026-01-10T10:30:00Z', 3).toISOString(), '2026-01-14T00:00:00.000Z')
  assert.equal(midnightAfter('2026-01-10T00:00:00Z', 1).toISOString(), '2026-01-11T00:00:00.000Z')
})

test('rules reach what their filters say and have due what their actions say', () => {
  const old = { ...fresh, noncurrentSince: '2026-01-10T10:30:00.000Z', isOnly: false }
  const marker = { ...fresh, isMarker: true }
  const noncurrent = { NoncurrentVersionExpiration: { NoncurrentDays: 1 } }
  const keeping = { NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 2 } }
  const markers = { Expiration: { ExpiredObjectDeleteMarker: true } }
  const both = { And: { Prefix: 'logs/', Tags: [{ Key: 'k', Value: 'v' }] } }
  const moves = {
    Transitions: [
      { Days: 0, StorageClass: 'STANDARD_IA' as const },
      { Days: 1, StorageClass: 'GLACIER' as const },
    ],
  }
  const cases: readonly (readonly [LifecycleRule, VersionFacts, string, string])[] = [
    [on(days), fresh, '2026-01-11T23:59:59Z', 'none'],
    [on(days), fresh, '2026-01-12T00:00:00Z', 'expire'],
    [{ ...days, Status: 'Disabled' }, fresh, '2027-01-01T00:00:00Z', 'none'],
    [on({ ...days, Prefix: 'logs/' }), fresh, '2026-01-12T00:00:00Z', 'expire'],
    [on({ ...days, Prefix: 'other/' }), fresh, '2026-01-12T00:00:00Z', 'none'],
    [on({ ...days, Filter: { Prefix: 'logs/' } }), fresh, '2026-01-12T00:00:00Z', 'expire'],
    [
      on({ ...days, Filter: { Tag: { Key: 'k', Value: 'x' } } }),
      fresh,
      '2027-01-01T00:00:00Z',
      'none',
    ],
    [on({ ...days, Filter: both }), fresh, '2026-01-12T00:00:00Z', 'expire'],
    [
      on({ ...days, Filter: { ObjectSizeGreaterThan: 100 } }),
      fresh,
      '2027-01-01T00:00:00Z',
      'none',
    ],
    [on({ ...days, Filter: { ObjectSizeLessThan: 101 } }), fresh, '2026-01-12T00:00:00Z', 'expire'],
    [on({ Expiration: { Date: new Date('2026-02-01') } }), fresh, '2026-01-31T00:00:00Z', 'none'],
    [on({ Expiration: { Date: new Date('2026-02-01') } }), fresh, '2026-02-01T00:00:00Z', 'expire'],
    [on(days), old, '2027-01-01T00:00:00Z', 'none'],
    [on(noncurrent), fresh, '2027-01-01T00:00:00Z', 'none'],
    [on(noncurrent), old, '2026-01-12T00:00:00Z', 'expire'],
    [on(keeping), { ...old, newerNoncurrent: 1 }, '2026-01-12T00:00:00Z', 'none'],
    [on(keeping), { ...old, newerNoncurrent: 2 }, '2026-01-12T00:00:00Z', 'expire'],
    [on(markers), marker, '2026-01-10T11:00:00Z', 'expire'],
    [on(markers), { ...marker, isOnly: false }, '2027-01-01T00:00:00Z', 'none'],
    [on(moves), fresh, '2026-01-11T00:00:00Z', 'STANDARD_IA'],
    [on(moves), fresh, '2026-01-12T00:00:00Z', 'GLACIER'],
    [on(moves), { ...fresh, storageClass: 'GLACIER' }, '2026-01-12T00:00:00Z', 'none'],
  ]
  for (const [index, [rule, version, now, expected]] of cases.entries()) {
    const due = dueFor([rule], version, new Date(now))
    const got = due === undefined ? 'none' : due.kind === 'expire' ? 'expire' : due.to
    assert.equal(got, expected, `case ${index}`)
  }
  assert.equal(cases.length, 22)
})

test('uploads that take too long are aborted', () => {
  const rule = on({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 }, Prefix: 'a' })
  const upload = { key: 'a/b', startedAt: '2026-01-10T10:30:00.000Z' }
  assert.equal(abortsUpload([rule], upload, new Date('2026-01-12T23:00:00Z')), false)
  assert.equal(abortsUpload([rule], upload, new Date('2026-01-13T00:00:00Z')), true)
  assert.equal(abortsUpload([rule], { ...upload, key: 'b' }, new Date('2026-02-13')), false)
})
