import type { AlarmState } from './alarm-rule.ts'

/** How missing data counts. */
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching'

/** What an alarm goes by. */
export interface AlarmCondition {
  readonly comparison: Comparison
  readonly threshold: number
  /** N. */
  readonly evaluationPeriods: number
  /** M: how many of the N must breach. */
  readonly datapointsToAlarm: number
  readonly missingData: MissingData
}

/** The comparisons with a fixed threshold. */
export type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold'

const comparisons: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}

/** How many periods more than N CloudWatch looks at, so that late data counts. */
export const extraPeriods = 2

/** What came of an evaluation. */
export interface Verdict {
  /** undefined: the state stays as it is. */
  readonly state: AlarmState | undefined
  /** The values that decided, newest first, and how many of them breached. */
  readonly recent: readonly number[]
  readonly breaching: number
}

/**
 * Decides an alarm's state by the values of its periods, newest first, undefined where there is none
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
 */
export function evaluateAlarm(
  condition: AlarmCondition,
  values: readonly (number | undefined)[],
): Verdict {
  const { comparison, threshold, evaluationPeriods, datapointsToAlarm, missingData } = condition
  const breaches = (value: number): boolean => comparisons[comparison](value, threshold)
  const known = values.filter((value) => value !== undefined)
  const recent = known.slice(0, evaluationPeriods)
  const breaching = recent.filter(breaches).length
  const result = (state: AlarmState | undefined): Verdict => ({ state, recent, breaching })
  const toFill = evaluationPeriods - recent.length
  if (toFill === 0) return result(breaching >= datapointsToAlarm ? 'ALARM' : 'OK')
  switch (missingData) {
    case 'breaching':
      return result(breaching + toFill >= datapointsToAlarm ? 'ALARM' : 'OK')
    case 'notBreaching':
      return result(breaching >= datapointsToAlarm ? 'ALARM' : 'OK')
    case 'ignore':
      if (breaching >= datapointsToAlarm) return result('ALARM')
      return result(recent.length > breaching ? 'OK' : undefined)
    case 'missing':
      if (recent.length === 0) return result('INSUFFICIENT_DATA')
      return result(breaching >= datapointsToAlarm || breaching === recent.length ? 'ALARM' : 'OK')
  }
}
