import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultRetryPolicy, delayOf, readRetryPolicy } from './retry-policy.ts'

test('the default is three retries, twenty seconds apart', () => {
  const delays = [0, 1, 2, 3].map((retry) => delayOf(defaultRetryPolicy, retry))
  assert.deepEqual(delays, [20, 20, 20, undefined])
})

test('the phases of a policy follow one another', () => {
  const policy = readRetryPolicy({
    minDelayTarget: 1,
    maxDelayTarget: 60,
    numRetries: 10,
    numNoDelayRetries: 2,
    numMinDelayRetries: 3,
    numMaxDelayRetries: 3,
  })
  assert.ok(policy)
  const delays = Array.from({ length: 11 }, (_, retry) => delayOf(policy, retry))
  assert.deepEqual(delays, [0, 0, 1, 1, 1, 1, 60, 60, 60, 60, undefined])
})

test('a back-off rises from the least to the most delay, whatever its function', () => {
  const backoffFunction = fc.constantFrom('linear', 'arithmetic', 'geometric', 'exponential')
  fc.assert(
    fc.property(backoffFunction, fc.integer({ min: 2, max: 100 }), (name, numRetries) => {
      const policy = readRetryPolicy({
        backoffFunction: name,
        numRetries,
        minDelayTarget: 5,
        maxDelayTarget: 500,
      })
      assert.ok(policy)
      const delays = Array.from({ length: numRetries }, (_, retry) => delayOf(policy, retry) ?? -1)
      assert.equal(delays[0], 5)
      assert.equal(Math.round(delays.at(-1) ?? 0), 500)
      assert.deepEqual(
        delays,
        delays.toSorted((a, b) => a - b),
      )
    }),
  )
})

test('policies out of range are refused', () => {
  const wrong = [
    { minDelayTarget: 0 },
    { minDelayTarget: 10, maxDelayTarget: 5 },
    { numRetries: 101 },
    { numRetries: 1, numNoDelayRetries: 2 },
    { backoffFunction: 'random' },
  ]
  for (const policy of wrong) assert.equal(readRetryPolicy(policy), undefined)
  assert.equal(wrong.length, 5)
})
