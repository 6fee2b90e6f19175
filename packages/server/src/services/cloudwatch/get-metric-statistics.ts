import { GetMetricStatistics$ } from '@aws-sdk/client-cloudwatch'
import type {
  Datapoint,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
  StandardUnit,
} from '@aws-sdk/client-cloudwatch'
import { operation } from '../../kernel/service.ts'
import { invalidCombination, invalidValue, missing } from './errors.ts'
import { metricId, readPoints, sortedDimensions } from './metric-store.ts'
import { byPeriod, roundedStart } from './periods.ts'
import { isSimple, statistic } from './statistics.ts'
import type { Summary } from './statistics.ts'

const maxDatapoints = 1440

/** Whether a period in seconds is one that CloudWatch has. */
export function isPeriod(seconds: number): boolean {
  return [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0)
}

function checkRequest(input: GetMetricStatisticsInput): void {
  const { Statistics = [], ExtendedStatistics = [], StartTime, EndTime, Period = 60 } = input
  if (Statistics.length + ExtendedStatistics.length === 0) {
    throw missing('Must specify either Statistics or ExtendedStatistics')
  }
  for (const name of ExtendedStatistics) {
    if (isSimple(name) || !statistic(name)) {
      throw invalidValue(`The value ${name} for parameter ExtendedStatistics is not supported.`)
    }
  }
  if (!isPeriod(Period)) {
    throw invalidValue(
      `The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60; ${Period} is not.`,
    )
  }
  const spanMs = (EndTime?.getTime() ?? 0) - (StartTime?.getTime() ?? 0)
  if (spanMs <= 0) {
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.')
  }
  const count = Math.ceil(spanMs / (Period * 1000))
  if (count > maxDatapoints) {
    throw invalidCombination(
      `You have requested up to ${count.toLocaleString('en-US')} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    )
  }
}

function datapoint(
  timeMs: number,
  unit: string,
  summary: Summary,
  { Statistics = [], ExtendedStatistics = [] }: GetMetricStatisticsInput,
): Datapoint | undefined {
  const simple = Statistics.map((name) => [name, statistic(name)?.(summary)] as const)
  const extended = ExtendedStatistics.flatMap((name) => {
    const value = statistic(name)?.(summary)
    return value === undefined ? [] : [[name, value] as const]
  })
  if (simple.length + extended.length === 0) return undefined
  return {
    Timestamp: new Date(timeMs),
    ...Object.fromEntries(simple),
    Unit: unit as StandardUnit,
    ...(extended.length > 0 && { ExtendedStatistics: Object.fromEntries(extended) }),
  }
}

/** GetMetricStatistics: data of different units stays apart. */
export const GetMetricStatistics = operation<GetMetricStatisticsInput, GetMetricStatisticsOutput>(
  GetMetricStatistics$,
  {
    check: checkRequest,
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const { Namespace = '', MetricName = '', Dimensions = [], Unit, Period = 60 } = input
      const dimensions = Dimensions.map(({ Name = '', Value = '' }) => ({
        name: Name,
        value: Value,
      }))
      const id = metricId({
        namespace: Namespace,
        name: MetricName,
        dimensions: sortedDimensions(dimensions),
      })
      const startMs = roundedStart(
        input.StartTime?.getTime() ?? 0,
        ctx.now.getTime(),
        Period * 1000,
      )
      const endMs = input.EndTime?.getTime() ?? 0
      const points = await readPoints(ctx, id, {
        fromMs: startMs,
        toMs: endMs,
        bySecond: Period < 60,
      })
      const units = new Set(points.map(({ unit }) => unit))
      const found: Datapoint[] = []
      for (const unit of Unit === undefined ? units : [Unit]) {
        const own = points.filter((point) => point.unit === unit)
        const periods = byPeriod(own, { startMs, endMs, periodMs: Period * 1000 })
        for (const [timeMs, summary] of periods) {
          const point = datapoint(timeMs, unit, summary, input)
          if (point) found.push(point)
        }
      }
      return { Label: MetricName, Datapoints: found }
    },
  },
)
