import { DescribeAlarmHistory$ } from '@aws-sdk/client-cloudwatch'
import type {
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
} from '@aws-sdk/client-cloudwatch'
import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { operation } from '../../kernel/service.ts'
import { alarmArn } from './alarm-arns.ts'
import { alarmHistory } from './alarm-store.ts'
import type { AlarmRow, HistoryRow } from './alarm-store.ts'
import { pages } from './paging.ts'

const dayMs = 86_400_000
/** CloudWatch keeps the history of alarms for 30 days. */
const keptMs = 30 * dayMs
const defaultRecords = 100
const maxDataLength = 4095
const maxSummaryLength = 255

/** Drops history that is too old. */
export const forgetHistoryJob: Job = {
  name: 'cloudwatch.forget-history',
  async run(ctx, subject) {
    const view = ctx.store.table(alarmHistory)
    const oldest = new Date(ctx.now.getTime() - keptMs).toISOString()
    const rows = await view.list({ limit: 500 })
    for (const { key, value } of rows) if (value.at < oldest) view.delete(key)
    const first = rows.find(({ value }) => value.at >= oldest)
    if (first) {
      ctx.schedule.at(
        forgetHistoryJob,
        subject,
        new Date(Date.parse(first.value.at) + keptMs + dayMs),
      )
    } else if (rows.length > 0) ctx.schedule.at(forgetHistoryJob, subject, ctx.now)
  },
}

/** Writes down what happened to an alarm. */
export function noteHistory(
  ctx: Context,
  alarm: Pick<AlarmRow, 'name' | 'type'>,
  entry: Pick<HistoryRow, 'type' | 'summary'> & { readonly data: object },
): void {
  const at = ctx.now.toISOString()
  ctx.store.table(alarmHistory).put(`${at}|${ctx.ids.hex(12)}`, {
    alarm: alarm.name,
    alarmType: alarm.type,
    at,
    type: entry.type,
    summary: entry.summary.slice(0, maxSummaryLength),
    data: JSON.stringify({ version: '1.0', ...entry.data }).slice(0, maxDataLength),
  })
  ctx.schedule.at(forgetHistoryJob, 'place', new Date(ctx.now.getTime() + keptMs + dayMs))
}

/** DescribeAlarmHistory: the last 30 days. */
export const DescribeAlarmHistory = operation<
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput
>(DescribeAlarmHistory$, {
  access: (input, ctx) => ({ resource: alarmArn(ctx, input.AlarmName ?? '*') }),
  async handle(input, ctx) {
    const { AlarmName, AlarmTypes = ['MetricAlarm'], HistoryItemType } = input
    const view = ctx.store.table(alarmHistory)
    const rows = await view.list(
      AlarmName === undefined ? {} : { index: 'alarm', equals: AlarmName },
    )
    const from = input.StartDate?.toISOString() ?? ''
    const to = input.EndDate?.toISOString() ?? '~'
    const oldest = new Date(ctx.now.getTime() - keptMs).toISOString()
    const wanted = rows.filter(
      ({ value }) =>
        value.at >= from &&
        value.at >= oldest &&
        value.at <= to &&
        (AlarmName !== undefined || AlarmTypes.includes(value.alarmType)) &&
        (HistoryItemType === undefined || value.type === HistoryItemType),
    )
    const ordered = input.ScanBy === 'TimestampAscending' ? wanted : wanted.toReversed()
    const listing = `history|${AlarmName ?? ''}|${HistoryItemType ?? ''}|${input.ScanBy ?? ''}`
    const after =
      input.NextToken === undefined
        ? -1
        : indexOf(ordered, pages.open(ctx, listing, input.NextToken))
    const limit = input.MaxRecords ?? defaultRecords
    const page = ordered.slice(after + 1, after + 1 + limit)
    const last = page.at(-1)
    const isMore = after + 1 + limit < ordered.length
    return {
      AlarmHistoryItems: page.map(({ value }) => ({
        AlarmName: value.alarm,
        AlarmType: value.alarmType,
        Timestamp: new Date(value.at),
        HistoryItemType: value.type,
        HistorySummary: value.summary,
        HistoryData: value.data,
      })),
      ...(isMore && last && { NextToken: pages.seal(ctx, listing, last.key) }),
    }
  },
})

function indexOf(rows: readonly { readonly key: string }[], key: string): number {
  return rows.findIndex((row) => row.key === key)
}
