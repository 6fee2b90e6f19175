import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluateAlarm } from './alarm-evaluation.ts'
import type { MissingData } from './alarm-evaluation.ts'
import { AlarmRuleError, compileAlarmRule } from './alarm-rule.ts'
import type { AlarmState } from './alarm-rule.ts'

const treatments: readonly MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching']

/** As in AWS's tables: oldest first, `0` does not breach, `X` does, `-` is missing. */
function states(pattern: string, N: number, M: number): string {
  const values = pattern
    .split(' ')
    .map((mark) => (mark === '-' ? undefined : mark === 'X' ? 1 : 0))
    .reverse()
  return treatments
    .map((missingData) => {
      const { state } = evaluateAlarm(
        {
          comparison: 'GreaterThanThreshold',
          threshold: 0.5,
          evaluationPeriods: N,
          datapointsToAlarm: M,
          missingData,
        },
        values,
      )
      return state ?? 'retain'
    })
    .join(' ')
}

test('missing data is treated as in the tables of the user guide', () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ['0 - X - X', 3, 3, 'OK OK OK OK'],
    ['0 - - - -', 3, 3, 'OK OK OK OK'],
    ['- - - - -', 3, 3, 'INSUFFICIENT_DATA retain ALARM OK'],
    ['0 X X - X', 3, 3, 'ALARM ALARM ALARM ALARM'],
    ['- - X - -', 3, 3, 'ALARM retain ALARM OK'],
    ['0 - X - X', 3, 2, 'ALARM ALARM ALARM ALARM'],
    ['0 0 X 0 X', 3, 2, 'ALARM ALARM ALARM ALARM'],
    ['0 - X - -', 3, 2, 'OK OK ALARM OK'],
    ['- - - - 0', 3, 2, 'OK OK ALARM OK'],
    ['- - - - X', 3, 2, 'ALARM retain ALARM OK'],
  ]
  for (const [pattern, N, M, expected] of cases) {
    assert.equal(states(pattern, N, M), expected, pattern)
  }
  assert.equal(cases.length, 10)
})

const known: Record<string, AlarmState> = { a: 'ALARM', b: 'OK', 'c d': 'INSUFFICIENT_DATA' }
const holds = (rule: string) => compileAlarmRule(rule).holds((name) => known[name])

test('rules of composite alarms are decided', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['ALARM(a)', true],
    ['ALARM("a")', true],
    ["ALARM('b')", false],
    ['OK(b) AND ALARM(a)', true],
    ['ALARM(b) OR ALARM(a)', true],
    ['NOT ALARM(a)', false],
    ['INSUFFICIENT_DATA("c d")', true],
    ['ALARM(b) AND ALARM(b) OR TRUE', true],
    ['ALARM(b) AND (ALARM(b) OR TRUE)', false],
    ['ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)', true],
    ['ALARM(none)', false],
    ['FALSE', false],
  ]
  for (const [rule, expected] of cases) assert.equal(holds(rule), expected, rule)
  assert.equal(cases.length, 12)
  assert.deepEqual(compileAlarmRule('ALARM(a) OR OK(b) OR ALARM(a)').alarms, ['a', 'b'])
})

test('what is no rule is refused', () => {
  for (const rule of [
    '',
    'ALARM',
    'ALARM()',
    'ALARM(a',
    'ALARM(a) OK(b)',
    'AND',
    '(ALARM(a)',
    'x',
  ]) {
    assert.throws(() => compileAlarmRule(rule), AlarmRuleError, rule)
  }
  const piece = fc.constantFrom('ALARM(a)', 'OK(b)', 'AND', 'OR', 'NOT', '(', ')', 'TRUE')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      try {
        holds(pieces.join(' '))
      } catch (error) {
        assert.ok(error instanceof AlarmRuleError)
      }
    }),
  )
})
