import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SlidingCounters } from './sliding-counters.ts'

describe('rate counters in memory', () => {
  test('they count what a list of all times says, for any sequence of requests', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b'), gapMs: fc.nat(90_000) })
    let cases = 0
    fc.assert(
      fc.property(fc.array(step), fc.constantFrom(60, 120, 300, 600), (steps, windowSec) => {
        const counters = new SlidingCounters()
        const seen: { readonly key: string; readonly second: number }[] = []
        let nowMs = 1_700_000_000_000
        for (const { key, gapMs } of steps) {
          nowMs += gapMs
          const second = Math.floor(nowMs / 1000)
          seen.push({ key, second })
          const within = seen.filter(
            (each) => each.key === key && each.second > second - windowSec,
          ).length
          assert.equal(counters.count('rule', key, windowSec, nowMs), within)
          cases++
        }
      }),
    )
    assert.ok(cases > 100)
  })

  test('rules count apart, and of too many keys the one that rested longest is forgotten', () => {
    const counters = new SlidingCounters(2)
    assert.equal(counters.count('r', 'a', 60, 0), 1)
    assert.equal(counters.count('s', 'a', 60, 0), 1)
    assert.equal(counters.count('r', 'b', 60, 0), 1)
    assert.equal(counters.count('r', 'a', 60, 0), 2)
    assert.equal(counters.count('r', 'c', 60, 0), 1)
    assert.equal(counters.count('r', 'a', 60, 0), 3)
    assert.equal(counters.count('r', 'b', 60, 0), 1)
  })
})
