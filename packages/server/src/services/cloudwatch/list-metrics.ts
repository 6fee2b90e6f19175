import { ListMetrics$ } from '@aws-sdk/client-cloudwatch'
import type { ListMetricsInput, ListMetricsOutput } from '@aws-sdk/client-cloudwatch'
import { operation } from '../../kernel/service.ts'
import { metricPrefix, metrics } from './metric-store.ts'
import type { MetricRow } from './metric-store.ts'
import { pageOf } from './paging.ts'

const pageSize = 500
const hourMs = 3_600_000
/** Metrics without data for two weeks are no longer listed. */
const listedMs = 14 * 24 * hourMs

/** ListMetrics. */
export const ListMetrics = operation<ListMetricsInput, ListMetricsOutput>(ListMetrics$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { Namespace, MetricName, Dimensions = [], RecentlyActive } = input
    const sinceMs = ctx.now.getTime() - (RecentlyActive === 'PT3H' ? 3 * hourMs : listedMs)
    const prefix = Namespace === undefined ? undefined : metricPrefix(Namespace, MetricName)
    const { items, ...page } = await pageOf(
      ctx,
      {
        name: JSON.stringify([Namespace, MetricName, Dimensions]),
        limit: pageSize,
        keep: (row: MetricRow) =>
          row.lastSeenMs >= sinceMs &&
          (MetricName === undefined || row.name === MetricName) &&
          Dimensions.every(({ Name, Value }) =>
            row.dimensions.some(
              (each) => each.name === Name && (Value === undefined || each.value === Value),
            ),
          ),
        fetch: (query) =>
          ctx.store.table(metrics).list({ ...query, ...(prefix !== undefined && { prefix }) }),
      },
      input.NextToken,
    )
    return {
      Metrics: items.map(({ namespace, name, dimensions }) => ({
        Namespace: namespace,
        MetricName: name,
        Dimensions: dimensions.map((each) => ({ Name: each.name, Value: each.value })),
      })),
      ...page,
    }
  },
})
