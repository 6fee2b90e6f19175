import {
  DeleteMetricFilter$,
  DescribeMetricFilters$,
  PutMetricFilter$,
  TestMetricFilter$,
} from '@aws-sdk/client-cloudwatch-logs'
import type {
  DeleteMetricFilterRequest,
  DescribeMetricFiltersRequest,
  DescribeMetricFiltersResponse,
  MetricFilter,
  MetricTransformation,
  PutMetricFilterRequest,
  TestMetricFilterRequest,
  TestMetricFilterResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { operation } from '../../kernel/service.ts'
import { groupAccess, listAccess, required, seekGroup } from './access.ts'
import { invalid, invalidOperation, limitExceeded, notFound } from './errors.ts'
import { extractedValues } from './filter-pattern/pattern.ts'
import { pageOf } from './paging.ts'
import { patternOf } from './patterns.ts'
import { logGroups, metricFilters } from './store.ts'
import type { LogGroupRow, MetricFilterRow } from './store.ts'

const maxFilters = 100
const maxDimensions = 3
const defaultLimit = 50

/** The rules that AWS documents for metric transformations. */
function checkTransformations(transformations: readonly MetricTransformation[]): void {
  for (const { metricName, metricValue = '', defaultValue, dimensions } of transformations) {
    if (!metricName) throw invalid('Invalid metric transformation: the metric name is empty.')
    if (!metricValue.startsWith('$') && !Number.isFinite(Number(metricValue || 'none'))) {
      throw invalid(
        'Invalid metric transformation: metricValue must be a number, or the name of a field that begins with $.',
      )
    }
    const count = Object.keys(dimensions ?? {}).length
    if (count > 0 && defaultValue !== undefined) {
      throw invalid(
        'Invalid metric transformation: dimensions and default value are mutually exclusive properties.',
      )
    }
    if (count > maxDimensions) {
      throw invalid(
        `Invalid metric transformation: at most ${maxDimensions} dimensions are allowed.`,
      )
    }
  }
}

/** Refuses what only centralized logs and transformers give a meaning to. */
export function refuseSystemFields(input: {
  readonly fieldSelectionCriteria?: string | undefined
  readonly emitSystemFieldDimensions?: readonly string[] | undefined
  readonly emitSystemFields?: readonly string[] | undefined
  readonly applyOnTransformedLogs?: boolean | undefined
}): void {
  const { fieldSelectionCriteria, emitSystemFieldDimensions = [], emitSystemFields = [] } = input
  if (fieldSelectionCriteria || emitSystemFieldDimensions.length + emitSystemFields.length > 0) {
    throw invalid('Field selection criteria and system fields are not supported.')
  }
  if (input.applyOnTransformedLogs) throw invalid('The log group has no transformer.')
}

/** The key of a filter's row. */
export function filterKey(group: string, name: string): string {
  return `${group}|${name}`
}

/** PutMetricFilter. */
export const PutMetricFilter = operation<PutMetricFilterRequest, object, LogGroupRow | undefined>(
  PutMetricFilter$,
  {
    check: refuseSystemFields,
    resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
    access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
    async handle(input, ctx, found) {
      const group = required(found)
      if (group.class !== 'STANDARD') {
        throw invalidOperation(`Metric filters are not supported for class ${group.class}.`)
      }
      const { filterName: name = '', filterPattern: pattern = '' } = input
      const transformations = input.metricTransformations ?? []
      patternOf(pattern)
      checkTransformations(transformations)
      const view = ctx.store.table(metricFilters)
      const key = filterKey(group.name, name)
      const existing = await view.get(key)
      if (!existing) {
        if (group.metricFilters >= maxFilters) throw limitExceeded()
        const next = { ...group, metricFilters: group.metricFilters + 1 }
        ctx.store.table(logGroups).put(group.name, next)
      }
      view.put(key, {
        groupId: group.id,
        groupName: group.name,
        name,
        pattern,
        createdMs: existing?.createdMs ?? ctx.now.getTime(),
        transformations,
      })
      return {}
    },
  },
)

/** DeleteMetricFilter. */
export const DeleteMetricFilter = operation<
  DeleteMetricFilterRequest,
  object,
  LogGroupRow | undefined
>(DeleteMetricFilter$, {
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
  async handle(input, ctx, found) {
    const group = required(found)
    const view = ctx.store.table(metricFilters)
    const key = filterKey(group.name, input.filterName ?? '')
    if (!(await view.get(key))) throw notFound('metric filter')
    view.delete(key)
    const next = { ...group, metricFilters: group.metricFilters - 1 }
    ctx.store.table(logGroups).put(group.name, next)
    return {}
  },
})

function described(row: MetricFilterRow): MetricFilter {
  return {
    filterName: row.name,
    filterPattern: row.pattern,
    metricTransformations: row.transformations.map((each) => ({ ...each })),
    creationTime: row.createdMs,
    logGroupName: row.groupName,
    applyOnTransformedLogs: false,
  }
}

/** DescribeMetricFilters: of a group, or by the metric that they publish. */
export const DescribeMetricFilters = operation<
  DescribeMetricFiltersRequest,
  DescribeMetricFiltersResponse,
  LogGroupRow | undefined
>(DescribeMetricFilters$, {
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) =>
    input.logGroupName === undefined
      ? listAccess(ctx)
      : groupAccess(ctx, input.logGroupName, group),
  async handle(input, ctx, group) {
    const { logGroupName, filterNamePrefix, metricName, metricNamespace } = input
    if ((metricName === undefined) !== (metricNamespace === undefined)) {
      throw invalid('metricName and metricNamespace must be specified together.')
    }
    if (filterNamePrefix !== undefined && logGroupName === undefined) {
      throw invalid('filterNamePrefix requires logGroupName.')
    }
    if (logGroupName !== undefined) required(group)
    const prefix = logGroupName === undefined ? '' : filterKey(logGroupName, filterNamePrefix ?? '')
    const listing = {
      name: `metric-filters|${prefix}|${metricNamespace ?? ''}|${metricName ?? ''}`,
      limit: input.limit ?? defaultLimit,
      keep: ({ transformations }: MetricFilterRow) =>
        metricName === undefined ||
        transformations.some(
          (each) => each.metricName === metricName && each.metricNamespace === metricNamespace,
        ),
      fetch: (page: { after?: string; limit: number }) =>
        ctx.store.table(metricFilters).list({ ...page, prefix }),
    }
    const { items, ...page } = await pageOf(ctx, listing, input.nextToken)
    return { metricFilters: items.map(described), ...page }
  },
})

/** TestMetricFilter: what a pattern makes of sample messages. */
export const TestMetricFilter = operation<TestMetricFilterRequest, TestMetricFilterResponse>(
  TestMetricFilter$,
  {
    readOnly: true,
    access: (_input, ctx) => listAccess(ctx),
    handle(input) {
      const pattern = patternOf(input.filterPattern ?? '')
      const matches = (input.logEventMessages ?? []).flatMap((eventMessage, index) => {
        const extract = pattern.match(eventMessage)
        if (!extract) return []
        const extracted = extractedValues(pattern, extract)
        return [{ eventNumber: index + 1, eventMessage, extractedValues: extracted }]
      })
      return { matches }
    },
  },
)
