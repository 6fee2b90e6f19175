import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DamagedSegment,
  fileKey,
  openSegments,
  sealedSize,
  segmentBytes,
  SegmentSealer,
  segmentsOf,
} from './segments.ts'

const key = fileKey(randomBytes(32), 'file')

function seal(plain: Uint8Array, step: number): Buffer {
  const sealer = new SegmentSealer(key)
  const out: Buffer[] = []
  for (let at = 0; at < plain.length; at += step) {
    out.push(...sealer.push(plain.subarray(at, at + step)))
  }
  return Buffer.concat([...out, ...sealer.end()])
}

function read(sealed: Buffer, size: number, { from, to }: { from: number; to: number }): Buffer {
  const { first, start, end } = segmentsOf(size, from, to)
  const plain = Buffer.concat([...openSegments(key, sealed.subarray(start, end), first)])
  const skip = from - first * segmentBytes
  return plain.subarray(skip, skip + to - from + 1)
}

test('any range of what was sealed, in whatever pieces it came, opens to the same bytes', () => {
  let cases = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 * segmentBytes + 5 }),
      fc.integer({ min: 500, max: 100_000 }),
      fc.nat(),
      fc.nat(),
      (size, step, a, b) => {
        const plain = randomBytes(size)
        const sealed = seal(plain, step)
        assert.equal(sealed.length, sealedSize(size))
        const [from, to] = [a % size, b % size].toSorted((x, y) => x - y) as [number, number]
        assert.deepEqual(read(sealed, size, { from, to }), plain.subarray(from, to + 1))
        cases += 1
      },
    ),
    { numRuns: 25 },
  )
  assert.equal(cases, 25)
})

test('a changed byte, a segment in another place and another file’s key are found out', () => {
  const size = 2 * segmentBytes + 100
  const sealed = seal(randomBytes(size), size)
  const open =
    (bytes: Buffer, first = 0, with_ = key) =>
    () => [...openSegments(with_, bytes, first)]
  const changed = Buffer.from(sealed)
  changed[segmentBytes + 50] = (changed[segmentBytes + 50] ?? 0) ^ 1
  assert.throws(open(changed), DamagedSegment)
  assert.throws(open(sealed.subarray(segmentBytes + 16)), DamagedSegment)
  assert.throws(open(sealed, 0, fileKey(randomBytes(32), 'file')), DamagedSegment)
  assert.throws(open(sealed.subarray(0, -1)), DamagedSegment)
  assert.equal(open(sealed)().length, 3)
})
