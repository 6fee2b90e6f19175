import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSchedule } from './schedule-expression.ts'

const start = new Date('2026-01-01T00:00:30.000Z')

/** The first times at which an expression is due after `start`. */
function dues(expression: string, count: number, after = start): string[] {
  const schedule = readSchedule(expression)
  assert.ok(schedule, expression)
  const found: string[] = []
  for (let due = schedule.next(after, start); due && found.length < count;) {
    found.push(due.toISOString().replace(':00.000Z', ''))
    due = schedule.next(due, start)
  }
  return found
}

test('expressions are due when EventBridge says', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['rate(1 minute)', ['2026-01-01T00:01:30.000Z', '2026-01-01T00:02:30.000Z']],
    ['rate(2 hours)', ['2026-01-01T02:00:30.000Z', '2026-01-01T04:00:30.000Z']],
    ['rate(1 day)', ['2026-01-02T00:00:30.000Z', '2026-01-03T00:00:30.000Z']],
    ['cron(0 10 * * ? *)', ['2026-01-01T10:00', '2026-01-02T10:00']],
    ['cron(15 12 * * ? *)', ['2026-01-01T12:15', '2026-01-02T12:15']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-01-01T18:00', '2026-01-02T18:00', '2026-01-05T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-01-01T08:00', '2026-02-01T08:00']],
    ['cron(0/15 * * * ? *)', ['2026-01-01T00:15', '2026-01-01T00:30']],
    ['cron(0/5 8-17 ? * MON-FRI *)', ['2026-01-01T08:00', '2026-01-01T08:05']],
    ['cron(0 2 ? * SAT *)', ['2026-01-03T02:00', '2026-01-10T02:00']],
    ['cron(0 2 ? * 7 *)', ['2026-01-03T02:00', '2026-01-10T02:00']],
    ['cron(0 2 ? * L *)', ['2026-01-03T02:00', '2026-01-10T02:00']],
    ['cron(0 2 ? * 1 *)', ['2026-01-04T02:00', '2026-01-11T02:00']],
    ['cron(0 2 ? * SAT#3 *)', ['2026-01-17T02:00', '2026-02-21T02:00']],
    ['cron(0 2 ? * 3#1 *)', ['2026-01-06T02:00', '2026-02-03T02:00']],
    ['cron(15 10 ? * 6L 2026-2028)', ['2026-01-30T10:15', '2026-02-27T10:15']],
    ['cron(0 0 L * ? *)', ['2026-01-31T00:00', '2026-02-28T00:00']],
    ['cron(0 0 15W * ? *)', ['2026-01-15T00:00', '2026-02-16T00:00']],
    ['cron(0 0 1 JAN ? 2030)', ['2030-01-01T00:00']],
    ['cron(15 10 ? * 6L 2002-2005)', []],
    ['cron(5,35 14 * * ? *)', ['2026-01-01T14:05', '2026-01-01T14:35']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ]
  for (const [expression, expected] of cases) {
    assert.deepEqual(dues(expression, expected.length || 1), expected, expression)
  }
  assert.equal(cases.length, 22)
})

test('expressions that EventBridge refuses are refused', () => {
  const refused = [
    'rate(10 seconds)',
    'rate(10 years)',
    'rate(1 minutes)',
    'rate(1 hours)',
    'rate(1 days)',
    'rate(10 minute)',
    'rate(10 hour)',
    'rate(10 day)',
    'rate()',
    'rate(10)',
    'rate(10 minutess)',
    'rate(foo minutes)',
    'rate(0 minutes)',
    'rate(-10 minutes)',
    'rate(10 MINUTES)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
    'cron(0 1 * * * *)',
    'cron(0 1 ? * ? *)',
    'cron(7 20 * * NOT *)',
    'cron(INVALID)',
    'cron(0 dummy ? * MON-FRI *)',
    'cron(71 8 1 * ? *)',
    'cron(0 24 1 * ? *)',
    'cron(0 0 32 * ? *)',
    'cron(0 0 1 13 ? *)',
    'cron(0 0 ? * 8 *)',
    'cron(0 0 ? * 0 *)',
    'cron(0 0 1#2 * ? *)',
    'cron(0 0 * * ?)',
    'cron(0 0 * * ? * *)',
    'at(2026-01-01T00:00:00)',
  ]
  for (const expression of refused) assert.equal(readSchedule(expression), undefined, expression)
  assert.equal(refused.length, 32)
})
