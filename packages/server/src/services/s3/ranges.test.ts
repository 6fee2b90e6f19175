import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBucketName } from './bucket-name.ts'
import { byteRange } from './ranges.ts'

test('a Range header asks for one range, or is answered whole, or cannot be satisfied', () => {
  const cases: readonly (readonly [string | undefined, number, string])[] = [
    ['bytes=0-0', 10, '0-0'],
    ['bytes=2-5', 10, '2-5'],
    ['bytes=5-', 10, '5-9'],
    ['bytes=5-100', 10, '5-9'],
    ['bytes=-3', 10, '7-9'],
    ['bytes=-100', 10, '0-9'],
    ['bytes=9-9', 10, '9-9'],
    [undefined, 10, 'whole'],
    ['bytes=-', 10, 'whole'],
    ['bytes=5-2', 10, 'whole'],
    ['bytes=0-1,4-5', 10, 'whole'],
    ['items=0-1', 10, 'whole'],
    ['bytes=10-', 10, 'InvalidRange'],
    ['bytes=0-0', 0, 'InvalidRange'],
    ['bytes=-0', 10, 'InvalidRange'],
  ]
  const answer = (header: string | undefined, size: number): string => {
    try {
      const range = byteRange(header, size)
      return range ? `${range.from}-${range.to}` : 'whole'
    } catch (error) {
      return error instanceof Error ? error.name : 'thrown'
    }
  }
  for (const [header, size, expected] of cases) {
    assert.equal(answer(header, size), expected, `${header} of ${size}`)
  }
  assert.equal(cases.length, 15)
})

test('bucket names follow the rules of general purpose buckets', () => {
  const good = ['abc', 'a.b-c', '0ab', 'a'.repeat(63), 'amzn-s3-demo-bucket1']
  const bad = [
    'ab',
    'a'.repeat(64),
    'Abc',
    'a_b',
    '-abc',
    'abc-',
    '.abc',
    'a..b',
    '192.168.5.4',
    'xn--abc',
    'sthree-abc',
    'abc-s3alias',
    'abc--ol-s3',
    'abc--x-s3',
  ]
  for (const name of good) assert.ok(isBucketName(name), name)
  for (const name of bad) assert.ok(!isBucketName(name), name)
  assert.equal(good.length + bad.length, 19)
})
