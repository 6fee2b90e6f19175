import {
  DeleteSubscriptionFilter$,
  DescribeSubscriptionFilters$,
  PutSubscriptionFilter$,
} from '@aws-sdk/client-cloudwatch-logs'
import type {
  DeleteSubscriptionFilterRequest,
  DescribeSubscriptionFiltersRequest,
  DescribeSubscriptionFiltersResponse,
  PutSubscriptionFilterRequest,
  SubscriptionFilter,
} from '@aws-sdk/client-cloudwatch-logs'
import { operation } from '../../kernel/service.ts'
import { groupAccess, required, seekGroup } from './access.ts'
import { invalidOperation, limitExceeded, notFound } from './errors.ts'
import { filterKey, refuseSystemFields } from './metric-filters.ts'
import { pageOf } from './paging.ts'
import { patternOf } from './patterns.ts'
import { logGroups, subscriptionFilters } from './store.ts'
import type { LogGroupRow, SubscriptionFilterRow } from './store.ts'
import { checkDestination } from './subscription-delivery.ts'

const maxFilters = 2
const defaultLimit = 50

/** PutSubscriptionFilter; the destination is tried before the filter is taken. */
export const PutSubscriptionFilter = operation<
  PutSubscriptionFilterRequest,
  object,
  LogGroupRow | undefined
>(PutSubscriptionFilter$, {
  check: refuseSystemFields,
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) => {
    const access = groupAccess(ctx, input.logGroupName ?? '', group)
    const put = {
      ...access,
      conditions: { ...access.conditions, 'logs:destinationarn': input.destinationArn },
    }
    if (input.roleArn === undefined) return put
    return [
      put,
      {
        action: 'iam:PassRole',
        resource: input.roleArn,
        conditions: { 'iam:passedtoservice': `logs.${ctx.region}.amazonaws.com` },
      },
    ]
  },
  async handle(input, ctx, found) {
    const group = required(found)
    if (group.class !== 'STANDARD') {
      throw invalidOperation(`Subscription filters are not supported for class ${group.class}.`)
    }
    const {
      filterName: name = '',
      filterPattern: pattern = '',
      destinationArn = '',
      roleArn,
    } = input
    patternOf(pattern)
    const view = ctx.store.table(subscriptionFilters)
    const key = filterKey(group.name, name)
    const existing = await view.get(key)
    if (!existing && group.subscriptionFilters >= maxFilters) throw limitExceeded()
    await checkDestination(ctx, group, destinationArn)
    if (!existing) {
      const next = { ...group, subscriptionFilters: group.subscriptionFilters + 1 }
      ctx.store.table(logGroups).put(group.name, next)
    }
    view.put(key, {
      groupId: group.id,
      groupName: group.name,
      name,
      pattern,
      createdMs: existing?.createdMs ?? ctx.now.getTime(),
      destinationArn,
      ...(roleArn !== undefined && { roleArn }),
      distribution: input.distribution ?? 'ByLogStream',
    })
    return {}
  },
})

/** DeleteSubscriptionFilter. */
export const DeleteSubscriptionFilter = operation<
  DeleteSubscriptionFilterRequest,
  object,
  LogGroupRow | undefined
>(DeleteSubscriptionFilter$, {
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
  async handle(input, ctx, found) {
    const group = required(found)
    const view = ctx.store.table(subscriptionFilters)
    const key = filterKey(group.name, input.filterName ?? '')
    if (!(await view.get(key))) throw notFound('subscription filter')
    view.delete(key)
    const next = { ...group, subscriptionFilters: group.subscriptionFilters - 1 }
    ctx.store.table(logGroups).put(group.name, next)
    return {}
  },
})

function described(row: SubscriptionFilterRow): SubscriptionFilter {
  return {
    filterName: row.name,
    logGroupName: row.groupName,
    filterPattern: row.pattern,
    destinationArn: row.destinationArn,
    ...(row.roleArn !== undefined && { roleArn: row.roleArn }),
    distribution: row.distribution,
    applyOnTransformedLogs: false,
    creationTime: row.createdMs,
  }
}

/** DescribeSubscriptionFilters. */
export const DescribeSubscriptionFilters = operation<
  DescribeSubscriptionFiltersRequest,
  DescribeSubscriptionFiltersResponse,
  LogGroupRow | undefined
>(DescribeSubscriptionFilters$, {
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
  async handle(input, ctx, found) {
    const group = required(found)
    const prefix = filterKey(group.name, input.filterNamePrefix ?? '')
    const listing = {
      name: `subscriptions|${prefix}`,
      limit: input.limit ?? defaultLimit,
      fetch: (page: { after?: string; limit: number }) =>
        ctx.store.table(subscriptionFilters).list({ ...page, prefix }),
    }
    const { items, ...page } = await pageOf(ctx, listing, input.nextToken)
    return { subscriptionFilters: items.map(described), ...page }
  },
})
