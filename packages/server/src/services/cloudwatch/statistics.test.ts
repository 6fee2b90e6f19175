import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { merge, statistic, statisticSet, summaryOf } from './statistics.ts'

const hundred = summaryOf(Array.from({ length: 100 }, (_, index) => [index + 1, 1] as const))

test('statistics are computed as CloudWatch documents them', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['SampleCount', 100],
    ['Average', 50.5],
    ['Sum', 5050],
    ['Minimum', 1],
    ['Maximum', 100],
    ['p0', 1],
    ['p50', 50.5],
    ['p100', 100],
    ['tm(25%:75%)', 50.5],
    ['IQM', 50.5],
    ['tm(:10)', 5.5],
    ['tc(81:)', 20],
    ['ts(:3)', 6],
    ['PR(:25)', 25],
    ['PR(1:50)', 50],
    ['wm(2:)', 50.51],
  ]
  for (const [name, expected] of cases) {
    const value = statistic(name)?.(hundred) ?? NaN
    assert.ok(Math.abs(value - expected) < 1e-9, `${name} is ${value}`)
  }
  assert.equal(cases.length, 16)
})

test('names that are no statistic are refused', () => {
  for (const name of ['p', 'p101', 'average', 'tm(:)', 'tm(a:b)', 'PR(50)', 'constructor']) {
    assert.equal(statistic(name), undefined, name)
  }
})

test('of a statistic set no percentile is made up', () => {
  const set = statisticSet({ count: 3, sum: 6, min: 1, max: 3 })
  assert.equal(statistic('p50')?.(set), undefined)
  assert.equal(statistic('Average')?.(set), 2)
  const same = statisticSet({ count: 3, sum: 6, min: 2, max: 2 })
  assert.equal(statistic('p50')?.(same), 2)
  assert.equal(statistic('p99')?.(merge(set, same)), undefined)
})

test('merging summaries is the same as summing up everything at once', () => {
  const values = fc.array(
    fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 5 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  fc.assert(
    fc.property(values, values, (a, b) => {
      assert.deepEqual(merge(summaryOf(a), summaryOf(b)), summaryOf([...a, ...b]))
    }),
  )
})

test('many distinct values keep their percentiles to within half a percent', () => {
  const many = summaryOf(Array.from({ length: 5000 }, (_, index) => [1 + index / 7, 1] as const))
  const exact = 1 + (4999 * 0.9) / 7
  const found = statistic('p90')?.(many) ?? 0
  assert.ok(Math.abs(found - exact) / exact < 0.005, `${found} for ${exact}`)
})
