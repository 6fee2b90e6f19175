import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBad, readRules } from './rotation-schedule.ts'
import type { RotationRules } from './store.ts'

const after = new Date('2026-03-10T11:30:00Z')

/** The next window of rules as `opens/closes`, or why they are refused. */
function next(rules: RotationRules): string | undefined {
  const schedule = readRules(rules)
  if (isBad(schedule)) return schedule.problem
  const window = schedule.next(after, after)
  if (!window) return undefined
  return [window.opens, window.closes].map((time) => time.toISOString().slice(0, 19)).join('/')
}

test('windows open and close as AWS documents them', () => {
  const cases: readonly (readonly [RotationRules, string])[] = [
    [{ AutomaticallyAfterDays: 30 }, '2026-04-09T00:00:00/2026-04-09T23:59:59'],
    [{ AutomaticallyAfterDays: 1, Duration: '3h' }, '2026-03-11T00:00:00/2026-03-11T03:00:00'],
    [{ ScheduleExpression: 'rate(10 days)' }, '2026-03-20T00:00:00/2026-03-20T23:59:59'],
    [{ ScheduleExpression: 'rate(4 hours)' }, '2026-03-10T15:30:00/2026-03-10T16:30:00'],
    [{ ScheduleExpression: 'cron(0 8 1 * ? *)' }, '2026-04-01T08:00:00/2026-04-01T23:59:59'],
    [
      { ScheduleExpression: 'cron(0 16 1,15 * ? *)', Duration: '2h' },
      '2026-03-15T16:00:00/2026-03-15T18:00:00',
    ],
    [{ ScheduleExpression: 'cron(0 /8 * * ? *)' }, '2026-03-10T16:00:00/2026-03-10T17:00:00'],
    [{ ScheduleExpression: 'cron(0 10 ? * SUN *)' }, '2026-03-15T10:00:00/2026-03-15T23:59:59'],
    [{ ScheduleExpression: 'cron(0 10 L * ? *)' }, '2026-03-31T10:00:00/2026-03-31T23:59:59'],
  ]
  for (const [rules, expected] of cases) assert.equal(next(rules), expected, JSON.stringify(rules))
  assert.equal(cases.length, 9)
})

test('rules that AWS refuses are refused', () => {
  const cases: readonly RotationRules[] = [
    { AutomaticallyAfterDays: 30, ScheduleExpression: 'rate(30 days)' },
    { ScheduleExpression: 'rate(1 days)' },
    { ScheduleExpression: 'rate(0 days)' },
    { ScheduleExpression: 'rate(3 hours)' },
    { ScheduleExpression: 'rate(5 minutes)' },
    { ScheduleExpression: 'cron(30 8 1 * ? *)' },
    { ScheduleExpression: 'cron(0 8 1 * ? 2027)' },
    { ScheduleExpression: 'cron(0 8 1 * 1 *)' },
    { ScheduleExpression: 'cron(0 */2 * * ? *)' },
    { ScheduleExpression: 'cron(0 20 1 * ? *)', Duration: '5h' },
    { ScheduleExpression: 'rate(4 hours)', Duration: '5h' },
    { ScheduleExpression: 'daily' },
    { AutomaticallyAfterDays: 1, Duration: '25h' },
  ]
  for (const rules of cases) assert.ok(isBad(readRules(rules)), JSON.stringify(rules))
  assert.equal(cases.length, 13)
})

test('without days or an expression there is no next window', () => {
  assert.equal(next({}), undefined)
})
