import { Cron } from 'croner'

/** When a scheduled rule fires, in UTC. */
export interface ScheduleExpression {
  /** The next due time strictly after `after`; undefined when there is none any more. */
  next(after: Date, startedAt: Date): Date | undefined
}

const rateForm = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/
const unitMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/**
 * Reads `rate(5 minutes)` or `cron(0 12 * * ? *)`; undefined when EventBridge would refuse it
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
 */
export function readSchedule(expression: string): ScheduleExpression | undefined {
  const [, amount, unit] = rateForm.exec(expression) ?? []
  if (amount !== undefined && unit !== undefined) return readRate(Number(amount), unit)
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? []
  return fields === undefined ? undefined : readCron(fields)
}

/** One of something is singular, more are plural; each beat counts from when the rule was made. */
function readRate(amount: number, unit: string): ScheduleExpression | undefined {
  const isPlural = unit.endsWith('s')
  if (amount === 0 || isPlural !== amount > 1) return undefined
  const periodMs = amount * (unitMs[unit.replace(/s$/, '')] ?? 0)
  return {
    next(after, startedAt) {
      const beats = Math.floor((after.getTime() - startedAt.getTime()) / periodMs) + 1
      return new Date(startedAt.getTime() + Math.max(beats, 1) * periodMs)
    },
  }
}

const months = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC'
const weekdays = 'SUN|MON|TUE|WED|THU|FRI|SAT'

/** One field of the six: numbers or names, ranges, steps and lists of them, or what `special` allows. */
function fieldForm(value: string, special = ''): RegExp {
  const range = `(?:\\*|(?:${value})(?:-(?:${value}))?)(?:/\\d+)?`
  return new RegExp(`^(?:${range}(?:,${range})*${special})$`, 'i')
}

const forms: readonly RegExp[] = [
  fieldForm('[0-5]?\\d'),
  fieldForm('[01]?\\d|2[0-3]'),
  fieldForm('0?[1-9]|[12]\\d|3[01]', '|\\?|L|LW|(?:0?[1-9]|[12]\\d|3[01])W'),
  fieldForm(`0?[1-9]|1[0-2]|${months}`),
  fieldForm(`[1-7]|${weekdays}`, `|\\?|L|(?:[1-7]|${weekdays})L|(?:[1-7]|${weekdays})#[1-5]`),
  fieldForm('[1-9]\\d{3}'),
]

const lastYear = 2199

/** Six fields: minutes, hours, day of month, month, day of week (1 is Sunday), year. */
function readCron(text: string): ScheduleExpression | undefined {
  const fields = text.split(' ')
  if (fields.length !== 6) return undefined
  if (!fields.every((field, index) => forms[index]?.test(field))) return undefined
  const [minute, hour, dayOfMonth = '', month, dayOfWeek = '', year] = fields
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined
  const pattern = [
    '0',
    minute,
    hour,
    dayOfMonth.replace('?', '*'),
    month,
    weekdaysFor(dayOfWeek),
    year,
  ].join(' ')
  const cron = compileCron(pattern)
  if (!cron) return undefined
  return {
    next(after) {
      const due = cron.nextRun(after) ?? undefined
      return due && due.getUTCFullYear() <= lastYear ? due : undefined
    },
  }
}

/** `L` alone is the last day of the week, which is Saturday. */
function weekdaysFor(field: string): string {
  if (field === '?') return '*'
  return field.toUpperCase() === 'L' ? '7' : field
}

function compileCron(pattern: string): Cron | undefined {
  try {
    return new Cron(pattern, {
      mode: '7-part',
      sloppyRanges: true,
      alternativeWeekdays: true,
      timezone: 'UTC',
      paused: true,
    })
  } catch {
    return undefined
  }
}
