import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { attachLabels, detachLabels, isLabel, labelsOf } from './label-rules.ts'
import { carryPolicies, nextDue, parsePolicies, planPolicies } from './parameter-policies.ts'

const now = new Date('2026-01-01T00:00:00Z')
const policy = (Type: string, Attributes: object, Version = '1.0') => ({
  Type,
  Version,
  Attributes,
})
const expiry = policy('Expiration', { Timestamp: '2026-03-01T00:00:00.000Z' })

const plan = (...policies: readonly object[]) =>
  planPolicies(parsePolicies(JSON.stringify(policies)), { now, before: [] })

test('each policy is due when it says', () => {
  const due = plan(
    expiry,
    policy('ExpirationNotification', { Before: '15', Unit: 'Days' }),
    policy('ExpirationNotification', { After: '6', Unit: 'Hours' }),
    policy('NoChangeNotification', { After: '20', Unit: 'Days' }),
  ).map((each) => each.due)
  assert.deepEqual(due, [
    '2026-03-01T00:00:00.000Z',
    '2026-02-14T00:00:00.000Z',
    '2026-03-01T06:00:00.000Z',
    '2026-01-21T00:00:00.000Z',
  ])
})

test('a time zone in a timestamp counts', () => {
  const [state] = plan(policy('Expiration', { Timestamp: '2026-03-01T02:00:00+02:00' }))
  assert.equal(state?.due, '2026-03-01T00:00:00.000Z')
})

const refusals: readonly (readonly [policies: unknown, error: string])[] = [
  [[policy('Deletion', {})], 'InvalidPolicyTypeException'],
  [[policy('toString', {})], 'InvalidPolicyTypeException'],
  [[policy('Expiration', { Timestamp: 'soon' })], 'InvalidPolicyAttributeException'],
  [[policy('Expiration', { Timestamp: 5 })], 'InvalidPolicyAttributeException'],
  [
    [policy('Expiration', { Timestamp: '2026-13-01T00:00:00Z' })],
    'InvalidPolicyAttributeException',
  ],
  [
    [policy('Expiration', { Timestamp: '2025-01-01T00:00:00Z' })],
    'InvalidPolicyAttributeException',
  ],
  [[{ ...expiry, Version: '2.0' }], 'InvalidPolicyAttributeException'],
  [[{ Type: 'Expiration', Version: '1.0' }], 'InvalidPolicyAttributeException'],
  [
    [policy('NoChangeNotification', { After: '0', Unit: 'Days' })],
    'InvalidPolicyAttributeException',
  ],
  [
    [policy('NoChangeNotification', { After: '1.5', Unit: 'Days' })],
    'InvalidPolicyAttributeException',
  ],
  [
    [policy('NoChangeNotification', { After: '5', Unit: 'Weeks' })],
    'InvalidPolicyAttributeException',
  ],
  [
    [policy('NoChangeNotification', { Before: '5', Unit: 'Days' })],
    'InvalidPolicyAttributeException',
  ],
  [[expiry, policy('ExpirationNotification', { Unit: 'Days' })], 'InvalidPolicyAttributeException'],
  [
    [expiry, policy('ExpirationNotification', { Before: '1', After: '1', Unit: 'Days' })],
    'InvalidPolicyAttributeException',
  ],
  [
    [expiry, policy('Expiration', { Timestamp: '2027-01-01T00:00:00Z' })],
    'IncompatiblePolicyException',
  ],
  [
    [policy('ExpirationNotification', { Before: '1', Unit: 'Days' })],
    'IncompatiblePolicyException',
  ],
  [
    [expiry, ...Array(2).fill(policy('NoChangeNotification', { After: '1', Unit: 'Days' }))],
    'IncompatiblePolicyException',
  ],
  [Array(11).fill(expiry), 'PoliciesLimitExceededException'],
  ['not a policy', 'InvalidPolicyAttributeException'],
]

test('policies that make no sense are refused', () => {
  for (const [policies, name] of refusals) {
    const text = JSON.stringify(policies)
    assert.throws(() => planPolicies(parsePolicies(text), { now, before: [] }), { name }, text)
  }
  assert.throws(() => parsePolicies('{'), { name: 'InvalidPolicyAttributeException' })
  assert.equal(refusals.length, 19)
})

test('empty policies take away those there are', () => {
  for (const text of ['[]', '{}', '[{}]']) assert.deepEqual(parsePolicies(text), [])
})

test('what was done is not done again when the same policies are sent again', () => {
  const [first] = plan(expiry)
  assert.ok(first)
  const done = { ...first, status: 'Finished' } as const
  const later = new Date('2026-02-01T00:00:00Z')
  const policies = parsePolicies(JSON.stringify([expiry]))
  assert.deepEqual(planPolicies(policies, { now: later, before: [done] }), [done])
  assert.equal(nextDue([done]), undefined)
})

test('a notice whose time has gone by is due at once, and once', () => {
  const early = policy('ExpirationNotification', { Before: '100', Unit: 'Days' })
  const [, first] = plan(expiry, early)
  assert.equal(first?.due, now.toISOString())
  const before = plan(expiry, early).map((state) => ({ ...state, status: 'Finished' }) as const)
  const later = { now: new Date('2026-01-02T00:00:00Z'), before }
  assert.deepEqual(planPolicies(parsePolicies(JSON.stringify([expiry, early])), later), before)
  const moved = policy('Expiration', { Timestamp: '2027-03-01T00:00:00.000Z' })
  const again = planPolicies(parsePolicies(JSON.stringify([moved, early])), later)
  assert.deepEqual(
    again.map(({ status, due }) => [status, due]),
    [
      ['Pending', '2027-03-01T00:00:00.000Z'],
      ['Pending', '2026-11-21T00:00:00.000Z'],
    ],
  )
})

test('a change starts the waiting for no change again, and leaves the expiry', () => {
  const states = plan(expiry, policy('NoChangeNotification', { After: '20', Unit: 'Days' }))
  const finished = states.map((state) => ({ ...state, status: 'Finished' }) as const)
  const carried = carryPolicies(finished, new Date('2026-02-01T00:00:00Z'))
  assert.deepEqual(
    carried.map(({ status, due }) => [status, due]),
    [
      ['Finished', '2026-03-01T00:00:00.000Z'],
      ['Pending', '2026-02-21T00:00:00.000Z'],
    ],
  )
})

test('a label is at one version at a time, and a version has ten at most', () => {
  let runs = 0
  const label = fc.constantFrom('prod', 'Prod', 'a.b', '_x', 'aws-x', 'SSM', '1st', 'é')
  const step = fc.record({
    labels: fc.array(label, { minLength: 1, maxLength: 5 }),
    version: fc.integer({ min: 1, max: 4 }),
    isOff: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      runs += 1
      let labels: Readonly<Record<string, number>> = {}
      const model = new Map<string, number>()
      for (const { labels: named, version, isOff } of steps) {
        if (isOff) {
          const outcome = detachLabels(labels, version, named)
          for (const each of outcome.removed) model.delete(each)
          labels = outcome.labels
        } else {
          const outcome = attachLabels(labels, version, named)
          for (const each of named.filter(isLabel)) model.set(each, version)
          assert.ok(outcome.invalid.every((each) => !isLabel(each)))
          labels = outcome.labels
        }
      }
      assert.deepEqual(new Map(Object.entries(labels)), model)
    }),
  )
  assert.equal(runs, 100)
  const ten = attachLabels({}, 1, [...'abcdefghij']).labels
  assert.equal(labelsOf(ten, 1).length, 10)
  assert.throws(() => attachLabels(ten, 1, ['k']), { name: 'ParameterVersionLabelLimitExceeded' })
  assert.equal(labelsOf(attachLabels(ten, 2, ['a']).labels, 1).length, 9)
})
