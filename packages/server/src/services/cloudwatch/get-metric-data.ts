import { GetMetricData$ } from '@aws-sdk/client-cloudwatch'
import type {
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataResult,
} from '@aws-sdk/client-cloudwatch'
import { operation } from '../../kernel/service.ts'
import { validation } from './errors.ts'
import { series } from './metric-math/values.ts'
import type { Series } from './metric-math/values.ts'
import { pages } from './paging.ts'
import { roundedStart, startsOf } from './periods.ts'
import { checkQueries, evaluateQueries, periodsIn } from './queries.ts'
import type { QueryRange, QueryResult } from './queries.ts'

const maxDatapoints = 100_800

function checkRequest(input: GetMetricDataInput): void {
  const { StartTime, EndTime } = input
  const spanMs = (EndTime?.getTime() ?? 0) - (StartTime?.getTime() ?? 0)
  if (spanMs < 0) throw validation('The parameter EndTime must be greater than StartTime.')
  if (spanMs === 0) throw validation('The parameter StartTime must not equal parameter EndTime.')
  checkQueries(input.MetricDataQueries ?? [])
}

/** The series that a query shows: a number stands at every time of the request. */
function shownSeries(result: QueryResult, range: QueryRange): readonly Series[] {
  const { query, value, periodMs } = result
  if (value.kind === 'series') return [value]
  if (value.kind === 'list') return value.series
  if (value.kind === 'text') {
    throw validation(`Error in expression '${query.Id}': it must be worth a time series.`)
  }
  const times = startsOf(periodsIn(range, periodMs))
  return [
    series(
      query.Id ?? '',
      times.map((time) => [time, value.value] as const),
    ),
  ]
}

function resultsOf(
  result: QueryResult,
  range: QueryRange,
  isAscending: boolean,
): (MetricDataResult & { Timestamps: Date[]; Values: number[] })[] {
  const { Id, Label, Expression } = result.query
  return shownSeries(result, range).map(({ label, points }) => {
    const list = isAscending ? [...points] : [...points].reverse()
    const isList = result.value.kind === 'list'
    return {
      Id,
      Label: Label ?? (Expression !== undefined && !isList ? Id : label),
      Timestamps: list.map(([time]) => new Date(time)),
      Values: list.map(([, value]) => value),
      StatusCode: 'Complete',
    }
  })
}

/** GetMetricData: metrics and metric math over a range. */
export const GetMetricData = operation<GetMetricDataInput, GetMetricDataOutput>(GetMetricData$, {
  check: checkRequest,
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const queries = input.MetricDataQueries ?? []
    const range = {
      startMs: roundedStart(input.StartTime?.getTime() ?? 0, ctx.now.getTime(), 1000),
      endMs: input.EndTime?.getTime() ?? 0,
    }
    const isAscending = input.ScanBy === 'TimestampAscending'
    const evaluated = await evaluateQueries(ctx, queries, range)
    const all = evaluated
      .filter(({ query }) => query.ReturnData !== false)
      .flatMap((result) => resultsOf(result, range, isAscending))
    const listing = JSON.stringify([queries, range, isAscending])
    const offset =
      input.NextToken === undefined ? 0 : Number(pages.open(ctx, listing, input.NextToken))
    const limit = Math.min(input.MaxDatapoints ?? maxDatapoints, maxDatapoints)
    const { shown, isMore } = cut(all, offset, limit)
    return {
      MetricDataResults: shown,
      ...(isMore && { NextToken: pages.seal(ctx, listing, String(offset + limit)) }),
      Messages: [],
    }
  },
})

/** The datapoints `offset` to `offset + limit` of all results. */
function cut(
  all: readonly (MetricDataResult & { Timestamps: Date[]; Values: number[] })[],
  offset: number,
  limit: number,
): { shown: MetricDataResult[]; isMore: boolean } {
  const shown: MetricDataResult[] = []
  let passed = 0
  for (const result of all) {
    const count = result.Values.length
    const from = Math.max(0, offset - passed)
    const to = Math.min(count, offset + limit - passed)
    passed += count
    if (to < from || (count > 0 && to === from)) continue
    shown.push({
      ...result,
      Timestamps: result.Timestamps.slice(from, to),
      Values: result.Values.slice(from, to),
      StatusCode: to < count ? 'PartialData' : 'Complete',
    })
  }
  return { shown, isMore: passed > offset + limit }
}
