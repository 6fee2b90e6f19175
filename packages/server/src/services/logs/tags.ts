import {
  ListTagsForResource$,
  ListTagsLogGroup$,
  TagLogGroup$,
  TagResource$,
  UntagLogGroup$,
  UntagResource$,
} from '@aws-sdk/client-cloudwatch-logs'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { plainGroupAccess, required, seekGroup } from './access.ts'
import { groupArn } from './arns.ts'
import { notFound } from './errors.ts'
import { logGroups } from './store.ts'
import type { LogGroupRow } from './store.ts'
import { checkTags } from './tagging.ts'

async function groupByArn(ctx: Context, arn: string | undefined): Promise<LogGroupRow> {
  const prefix = groupArn(ctx, '')
  if (!arn?.startsWith(prefix)) throw notFound('resource')
  return required(await seekGroup(ctx, arn.slice(prefix.length).replace(/:\*$/, '')))
}

async function groupByName(ctx: Context, name: string | undefined): Promise<LogGroupRow> {
  return required(await seekGroup(ctx, name ?? ''))
}

function tagAccess(
  ctx: Context,
  group: LogGroupRow,
  tags: Record<string, string> | undefined,
): Access {
  const access = plainGroupAccess(ctx, group.name, group)
  return { ...access, conditions: { ...access.conditions, ...requestTagConditions(tags) } }
}

function untagAccess(ctx: Context, group: LogGroupRow, keys: readonly string[]): Access {
  const access = plainGroupAccess(ctx, group.name, group)
  return { ...access, conditions: { ...access.conditions, 'aws:tagkeys': keys } }
}

function putTags(ctx: Context, group: LogGroupRow, tags: LogGroupRow['tags']): object {
  ctx.store.table(logGroups).put(group.name, { ...group, tags })
  return {}
}

function without(tags: LogGroupRow['tags'], keys: readonly string[]): LogGroupRow['tags'] {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}

/** TagResource, by ARN. */
export const TagResource = operation<TagResourceRequest, object, LogGroupRow>(TagResource$, {
  resolve: (input, ctx) => groupByArn(ctx, input.resourceArn),
  access: (input, ctx, group) => tagAccess(ctx, group, input.tags),
  handle: (input, ctx, group) => putTags(ctx, group, checkTags(group.tags, input.tags)),
})

/** UntagResource, by ARN. */
export const UntagResource = operation<UntagResourceRequest, object, LogGroupRow>(UntagResource$, {
  resolve: (input, ctx) => groupByArn(ctx, input.resourceArn),
  access: (input, ctx, group) => untagAccess(ctx, group, input.tagKeys ?? []),
  handle: (input, ctx, group) => putTags(ctx, group, without(group.tags, input.tagKeys ?? [])),
})

/** ListTagsForResource, by ARN. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  LogGroupRow
>(ListTagsForResource$, {
  resolve: (input, ctx) => groupByArn(ctx, input.resourceArn),
  access: (_input, ctx, group) => plainGroupAccess(ctx, group.name, group),
  handle: (_input, _ctx, group) => ({ tags: { ...group.tags } }),
})

/** TagLogGroup, the older form, by name. */
export const TagLogGroup = operation<TagLogGroupRequest, object, LogGroupRow>(TagLogGroup$, {
  resolve: (input, ctx) => groupByName(ctx, input.logGroupName),
  access: (input, ctx, group) => tagAccess(ctx, group, input.tags),
  handle: (input, ctx, group) => putTags(ctx, group, checkTags(group.tags, input.tags)),
})

/** UntagLogGroup, the older form, by name. */
export const UntagLogGroup = operation<UntagLogGroupRequest, object, LogGroupRow>(UntagLogGroup$, {
  resolve: (input, ctx) => groupByName(ctx, input.logGroupName),
  access: (input, ctx, group) => untagAccess(ctx, group, input.tags ?? []),
  handle: (input, ctx, group) => putTags(ctx, group, without(group.tags, input.tags ?? [])),
})

/** ListTagsLogGroup, the older form, by name. */
export const ListTagsLogGroup = operation<
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  LogGroupRow
>(ListTagsLogGroup$, {
  resolve: (input, ctx) => groupByName(ctx, input.logGroupName),
  access: (_input, ctx, group) => plainGroupAccess(ctx, group.name, group),
  handle: (_input, _ctx, group) => ({ tags: { ...group.tags } }),
})
