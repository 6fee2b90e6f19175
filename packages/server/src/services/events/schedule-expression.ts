import { readCron } from '../../kernel/cron-expression.ts'

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
