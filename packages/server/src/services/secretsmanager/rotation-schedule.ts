import { readCron } from '../../kernel/cron-expression.ts'
import type { RotationRules } from './store.ts'

/** A time in which a secret is to be rotated. */
export interface RotationWindow {
  readonly opens: Date
  readonly closes: Date
}

/** When a secret is rotated, all times in UTC. */
export interface RotationSchedule {
  /** The window after a time; `last` is the last rotation, from which rates count. */
  next(after: Date, last: Date): RotationWindow | undefined
}

/** Rules that AWS refuses, and why. */
export interface BadRules {
  readonly problem: string
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const shortestMs = 4 * hourMs
const longestDays = 999

/**
 * Reads rotation rules; a window without a length lasts an hour where there are several a day, else to
 * the end of its day (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html).
 */
export function readRules(rules: RotationRules): RotationSchedule | BadRules {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression, Duration } = rules
  if (days !== undefined && expression !== undefined) {
    return { problem: 'You can specify either AutomaticallyAfterDays or ScheduleExpression.' }
  }
  const hours = Duration === undefined ? undefined : Number(Duration.slice(0, -1))
  if (hours !== undefined && (hours < 1 || hours > 24)) {
    return { problem: 'The Duration must be between 1h and 24h.' }
  }
  const length = hours === undefined ? undefined : hours * hourMs
  if (expression === undefined) {
    return days === undefined ? { next: () => undefined } : everyDays(days, length)
  }
  const [, amount, unit = ''] = /^rate\((\d+) (hours?|days?)\)$/.exec(expression) ?? []
  if (amount !== undefined) return readRate(Number(amount), unit, length)
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? []
  return fields === undefined
    ? { problem: `The ScheduleExpression ${expression} is not a cron or rate expression.` }
    : readTimes(fields, length)
}

/** Whether rules were refused. */
export function isBad(schedule: RotationSchedule | BadRules): schedule is BadRules {
  return 'problem' in schedule
}

/** A secret that is rotated every so many days is so at the beginning of the day. */
function everyDays(days: number, length: number | undefined): RotationSchedule {
  const schedule: RotationSchedule = {
    next(after, last) {
      const due = startOfDay(new Date(last.getTime() + days * dayMs))
      const opens = due > after ? due : new Date(startOfDay(after).getTime() + dayMs)
      return windowOf(opens, length ?? dayMs - 1000)
    },
  }
  return schedule
}

function readRate(
  amount: number,
  unit: string,
  length: number | undefined,
): RotationSchedule | BadRules {
  const isPlural = unit.endsWith('s')
  const inHours = unit.startsWith('hour')
  const period = amount * (inHours ? hourMs : dayMs)
  if (amount === 0 || isPlural !== amount > 1 || period > longestDays * dayMs) {
    return { problem: `The ScheduleExpression rate(${amount} ${unit}) is not valid.` }
  }
  if (!inHours) return everyDays(amount, length)
  if (period < shortestMs) return tooOften
  if ((length ?? 0) > period) return tooLong
  return {
    next(after, last) {
      const beats = Math.max(1, Math.floor((after.getTime() - last.getTime()) / period) + 1)
      return windowOf(new Date(last.getTime() + beats * period), length ?? hourMs)
    },
  }
}

const tooOften: BadRules = { problem: 'You can rotate a secret as often as every four hours.' }
const tooLong: BadRules = {
  problem: 'The rotation window must not extend into the next rotation window or the next UTC day.',
}

/** How many of its times are looked at to tell how close together they come. */
const sampled = 60

function readTimes(fields: string, length: number | undefined): RotationSchedule | BadRules {
  const parts = fields.split(' ').map((part) => part.replace(/^\//, '0/'))
  const times = readCron(parts.join(' '))
  if (!times) return { problem: `The ScheduleExpression cron(${fields}) is not valid.` }
  if (parts[0] !== '0') {
    return { problem: 'The minutes of a cron expression must be 0: windows open on the hour.' }
  }
  if (parts[5] !== '*') return { problem: 'The year of a cron expression must be *.' }
  const listed: Date[] = []
  let from = new Date(Date.UTC(2024, 0, 1) - 1)
  for (let count = 0; count < sampled; count++) {
    const due = times.next(from)
    if (!due) break
    listed.push(due)
    from = due
  }
  const gaps = listed.slice(1).map((due, at) => due.getTime() - (listed[at]?.getTime() ?? 0))
  const closest = Math.min(...gaps, longestDays * dayMs)
  if (closest < shortestMs) return tooOften
  const crosses = (due: Date): boolean =>
    due.getTime() + (length ?? 0) > startOfDay(due).getTime() + dayMs
  if ((length ?? 0) > closest || listed.some(crosses)) return tooLong
  const isDaily = closest >= dayMs
  return {
    next(after) {
      const opens = times.next(after)
      if (!opens) return undefined
      const toEndOfDay = startOfDay(opens).getTime() + dayMs - 1000 - opens.getTime()
      return windowOf(opens, length ?? (isDaily ? toEndOfDay : hourMs))
    },
  }
}

function windowOf(opens: Date, length: number): RotationWindow {
  return { opens, closes: new Date(opens.getTime() + length) }
}

function startOfDay(time: Date): Date {
  return new Date(Math.floor(time.getTime() / dayMs) * dayMs)
}
