import { Cron } from 'croner'

/** The times that an AWS cron expression means, in UTC. */
export interface CronTimes {
  /** The next one strictly after a time; undefined when there is none any more. */
  next(after: Date): Date | undefined
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

/**
 * Reads the six fields of AWS's cron expressions: minutes, hours, day of month, month, day of week
 * (1 is Sunday), year; undefined when EventBridge would refuse them
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
 */
export function readCron(text: string): CronTimes | undefined {
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
