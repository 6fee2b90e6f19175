import type { MetricDataQuery, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import { validation } from './errors.ts'
import { checkQueries } from './queries.ts'
import { isSimple, statistic } from './statistics.ts'

const daySeconds = 86_400

const comparisons: readonly string[] = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
]
const treatments: readonly string[] = ['missing', 'ignore', 'breaching', 'notBreaching']

/** The rules that PutMetricAlarm has beyond its model
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html). */
export function checkMetricAlarm(input: PutMetricAlarmInput): void {
  if (input.EvaluationCriteria || input.EvaluationInterval !== undefined)
    throw validation('PromQL alarms are not supported.')
  const { ComparisonOperator: comparison, EvaluationPeriods: periods, Threshold } = input
  if (comparison === undefined) throw validation('The parameter ComparisonOperator is required.')
  if (periods === undefined) throw validation('The parameter EvaluationPeriods is required.')
  if (!comparisons.includes(comparison) || input.ThresholdMetricId !== undefined) {
    throw validation('Anomaly detection alarms are not supported.')
  }
  if (Threshold === undefined) throw validation('The parameter Threshold is required.')
  const { DatapointsToAlarm: datapoints = periods } = input
  if (datapoints > periods) {
    throw validation('DatapointsToAlarm must be less than or equal to EvaluationPeriods.')
  }
  const { TreatMissingData: missingData = 'missing' } = input
  if (!treatments.includes(missingData)) {
    throw validation(
      `Option ${missingData} is not supported. Supported options for parameter TreatMissingData are breaching, notBreaching, ignore and missing.`,
    )
  }
  const { EvaluateLowSampleCountPercentile: low = 'evaluate' } = input
  if (low !== 'evaluate' && low !== 'ignore') {
    throw validation(
      `Option ${low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    )
  }
  if (input.Metrics && input.Metrics.length > 0) checkMathAlarm(input, input.Metrics)
  else checkPlainAlarm(input)
  checkSpan(input, periods)
}

function checkMathAlarm(input: PutMetricAlarmInput, queries: readonly MetricDataQuery[]): void {
  for (const name of [
    'MetricName',
    'Namespace',
    'Statistic',
    'ExtendedStatistic',
    'Period',
  ] as const) {
    if (input[name] !== undefined) {
      throw validation(`The parameters Metrics and ${name} are mutually exclusive.`)
    }
  }
  checkQueries(queries)
  const shown = queries.filter(({ ReturnData }) => ReturnData !== false)
  if (shown.length !== 1) {
    throw validation('Exactly one element of the metrics list should return data.')
  }
  if (queries.some(({ Expression }) => /\bSEARCH\s*\(/.test(Expression ?? ''))) {
    throw validation('SEARCH is not supported in alarms.')
  }
}

function checkPlainAlarm(input: PutMetricAlarmInput): void {
  const { MetricName, Namespace, Period, Statistic, ExtendedStatistic } = input
  if (!MetricName || !Namespace) {
    throw validation('The parameters MetricName and Namespace, or Metrics, are required.')
  }
  if (Period === undefined) throw validation('The parameter Period is required.')
  if (![10, 20, 30].includes(Period) && Period % 60 !== 0) {
    throw validation(`Period must be 10, 20, 30 or a multiple of 60; ${Period} is not.`)
  }
  if ((Statistic === undefined) === (ExtendedStatistic === undefined)) {
    throw validation('Exactly one of the parameters Statistic and ExtendedStatistic is required.')
  }
  if (
    ExtendedStatistic !== undefined &&
    (isSimple(ExtendedStatistic) || !statistic(ExtendedStatistic))
  ) {
    throw validation(
      `The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`,
    )
  }
}

function checkSpan(input: PutMetricAlarmInput, evaluationPeriods: number): void {
  const periods = (input.Metrics ?? []).map(
    (query) => query.MetricStat?.Period ?? query.Period ?? 0,
  )
  const period = input.Period ?? Math.max(...periods, 60)
  const most = period >= 3600 ? 7 * daySeconds : daySeconds
  if (period * evaluationPeriods > most) {
    throw validation(
      `Metrics cannot be checked across more than ${most === daySeconds ? 'a day' : 'seven days'} (EvaluationPeriods * Period must be <= ${most}).`,
    )
  }
}
