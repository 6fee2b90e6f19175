import {
  CreateLogGroup$,
  DeleteLogGroup$,
  DeleteRetentionPolicy$,
  DescribeLogGroups$,
  ListLogGroups$,
  PutLogGroupDeletionProtection$,
  PutRetentionPolicy$,
  ValidationException$,
} from '@aws-sdk/client-cloudwatch-logs'
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  ListLogGroupsRequest,
  ListLogGroupsResponse,
  LogGroup,
  PutLogGroupDeletionProtectionRequest,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { groupAccess, listAccess, required, seekGroup } from './access.ts'
import { groupArn, groupNameOf } from './arns.ts'
import type { Place } from './arns.ts'
import { newDataKey } from './data-keys.ts'
import { exists, invalid } from './errors.ts'
import { eraseTask } from './erasure.ts'
import { pageOf } from './paging.ts'
import { scheduleExpiry } from './retention.ts'
import { logGroups, metricFilters, resourcePolicies, subscriptionFilters } from './store.ts'
import type { LogGroupRow } from './store.ts'
import { checkTags } from './tagging.ts'

const describeLimit = 50

const retentionChoices = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]

/** CreateLogGroup. */
export const CreateLogGroup = operation<CreateLogGroupRequest, object>(CreateLogGroup$, {
  access(input, ctx) {
    const name = input.logGroupName ?? ''
    const create = {
      ...groupAccess(ctx, name, undefined),
      conditions: requestTagConditions(input.tags),
    }
    if (!input.tags || Object.keys(input.tags).length === 0) return create
    return [create, { ...create, action: 'logs:TagResource', resource: groupArn(ctx, name) }]
  },
  async handle(input, ctx) {
    const name = input.logGroupName ?? ''
    if (await ctx.store.table(logGroups).get(name)) throw exists('log group')
    const tags = checkTags({}, input.tags)
    const { kmsKeyId } = input
    if (kmsKeyId !== undefined) await newDataKey(ctx, { name, kmsKeyId })
    ctx.store.table(logGroups).put(name, {
      id: ctx.ids.hex(16),
      name,
      createdMs: ctx.now.getTime(),
      class: input.logGroupClass ?? 'STANDARD',
      ...(kmsKeyId !== undefined && { kmsKeyId }),
      isProtected: input.deletionProtectionEnabled ?? false,
      tags,
      storedBytes: 0,
      metricFilters: 0,
      subscriptionFilters: 0,
    })
    return {}
  },
})

/** DeleteLogGroup: the group is gone at once, its events are erased right after. */
export const DeleteLogGroup = operation<DeleteLogGroupRequest, object, LogGroupRow | undefined>(
  DeleteLogGroup$,
  {
    resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
    access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
    async handle(_input, ctx, found) {
      const group = required(found)
      if (group.isProtected) {
        throw awsError(
          ValidationException$,
          `Log group ${group.name} cannot be deleted because deletion protection is enabled.`,
        )
      }
      ctx.store.table(logGroups).delete(group.name)
      for (const table of [metricFilters, subscriptionFilters] as const) {
        const view = ctx.store.table<{ readonly name: string }>(table as never)
        for (const { key } of await view.list({ prefix: `${group.name}|` })) view.delete(key)
      }
      ctx.store.table(resourcePolicies).delete(`group|${groupArn(ctx, group.name)}`)
      ctx.enqueue(eraseTask, { groupId: group.id })
      return {}
    },
  },
)

/** A log group as DescribeLogGroups shows it. */
function described(place: Place, group: LogGroupRow): LogGroup {
  const arn = groupArn(place, group.name)
  return {
    logGroupName: group.name,
    creationTime: group.createdMs,
    ...(group.retentionDays !== undefined && { retentionInDays: group.retentionDays }),
    metricFilterCount: group.metricFilters,
    arn: `${arn}:*`,
    storedBytes: group.storedBytes,
    ...(group.kmsKeyId !== undefined && { kmsKeyId: group.kmsKeyId }),
    logGroupClass: group.class,
    logGroupArn: arn,
    deletionProtectionEnabled: group.isProtected,
  }
}

/** DescribeLogGroups. */
export const DescribeLogGroups = operation<DescribeLogGroupsRequest, DescribeLogGroupsResponse>(
  DescribeLogGroups$,
  {
    access: (_input, ctx) => listAccess(ctx),
    async handle(input, ctx) {
      const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input
      const { logGroupIdentifiers: identifiers } = input
      if (prefix !== undefined && pattern) {
        throw invalid(
          'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
        )
      }
      if (identifiers && identifiers.length > 0) return describeNamed(ctx, identifiers)
      const listing = {
        name: `groups|${prefix ?? ''}|${pattern ?? ''}|${input.logGroupClass ?? ''}`,
        limit: input.limit ?? describeLimit,
        keep: (group: LogGroupRow) =>
          (!pattern || group.name.includes(pattern)) &&
          (input.logGroupClass === undefined || group.class === input.logGroupClass),
        fetch: (page: { after?: string; limit: number }) =>
          ctx.store.table(logGroups).list({ ...page, ...(prefix !== undefined && { prefix }) }),
      }
      const { items, ...page } = await pageOf(ctx, listing, input.nextToken)
      return { logGroups: items.map((group) => described(ctx, group)), ...page }
    },
  },
)

async function describeNamed(
  ctx: Context,
  identifiers: readonly string[],
): Promise<DescribeLogGroupsResponse> {
  const found: LogGroup[] = []
  for (const identifier of identifiers) {
    const group = await seekGroup(ctx, groupNameOf(ctx, identifier))
    if (group) found.push(described(ctx, group))
  }
  return { logGroups: found }
}

/** ListLogGroups: a pattern is a regular expression of letters, digits, `_ - / . # ` and `^`. */
export const ListLogGroups = operation<ListLogGroupsRequest, ListLogGroupsResponse>(
  ListLogGroups$,
  {
    access: (_input, ctx) => listAccess(ctx),
    async handle(input, ctx) {
      const { logGroupNamePattern: pattern = '', logGroupClass, logGroupTags = [] } = input
      const isMatch = namePattern(pattern)
      const listing = {
        name: `list|${pattern}|${logGroupClass ?? ''}`,
        limit: input.limit ?? describeLimit,
        keep: (group: LogGroupRow) =>
          isMatch(group.name) &&
          (logGroupClass === undefined || group.class === logGroupClass) &&
          logGroupTags.every(({ key = '', values = [] }) => {
            const value = group.tags[key]
            return value !== undefined && (values.length === 0 || values.includes(value))
          }),
        fetch: (page: { after?: string; limit: number }) => ctx.store.table(logGroups).list(page),
      }
      const { items, ...page } = await pageOf(ctx, listing, input.nextToken)
      return {
        logGroups: items.map((group) => ({
          logGroupName: group.name,
          logGroupArn: groupArn(ctx, group.name),
          logGroupClass: group.class,
        })),
        ...page,
      }
    },
  },
)

/** Names separated by `|`; `^` before one means that the name begins so. */
function namePattern(pattern: string): (name: string) => boolean {
  if (pattern === '') return () => true
  const choices = pattern.split('|')
  return (name) =>
    choices.some((choice) =>
      choice.startsWith('^') ? name.startsWith(choice.slice(1)) : name.includes(choice),
    )
}

/** PutRetentionPolicy: older events are no longer answered at once, and erased by a job. */
export const PutRetentionPolicy = operation<
  PutRetentionPolicyRequest,
  object,
  LogGroupRow | undefined
>(PutRetentionPolicy$, {
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
  async handle(input, ctx, found) {
    const days = input.retentionInDays ?? 0
    if (!retentionChoices.includes(days)) {
      throw invalid(
        `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionChoices.join(', ')}]`,
      )
    }
    const group = { ...required(found), retentionDays: days }
    ctx.store.table(logGroups).put(group.name, group)
    await scheduleExpiry(ctx, group)
    return {}
  },
})

/** DeleteRetentionPolicy: events never expire. */
export const DeleteRetentionPolicy = operation<
  DeleteRetentionPolicyRequest,
  object,
  LogGroupRow | undefined
>(DeleteRetentionPolicy$, {
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: (input, ctx, group) => groupAccess(ctx, input.logGroupName ?? '', group),
  async handle(_input, ctx, found) {
    const { retentionDays: _gone, ...group } = required(found)
    ctx.store.table(logGroups).put(group.name, group)
    await scheduleExpiry(ctx, group)
    return {}
  },
})

/** PutLogGroupDeletionProtection. */
export const PutLogGroupDeletionProtection = operation<
  PutLogGroupDeletionProtectionRequest,
  object,
  LogGroupRow | undefined
>(PutLogGroupDeletionProtection$, {
  resolve: (input, ctx) => seekGroup(ctx, groupNameOf(ctx, input.logGroupIdentifier ?? '')),
  access: (input, ctx, group) =>
    groupAccess(ctx, groupNameOf(ctx, input.logGroupIdentifier ?? ''), group),
  handle(input, ctx, found) {
    const group = required(found)
    const isProtected = input.deletionProtectionEnabled ?? false
    ctx.store.table(logGroups).put(group.name, { ...group, isProtected })
    return {}
  },
})
