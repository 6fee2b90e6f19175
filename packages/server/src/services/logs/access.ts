import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { groupArn, streamArn } from './arns.ts'
import { notFound } from './errors.ts'
import { logGroups, logStreams } from './store.ts'
import type { LogGroupRow, LogStreamRow } from './store.ts'

/** The permission for an operation on a log group; AWS asks it of the group with an empty stream name. */
export function groupAccess(ctx: Context, name: string, group: LogGroupRow | undefined): Access {
  auditGroup(ctx, name)
  return { resource: streamArn(ctx, name, ''), conditions: resourceTagConditions(group?.tags) }
}

/** The permission for an operation on a log group that AWS asks of the group's plain ARN. */
export function plainGroupAccess(ctx: Context, name: string, group: LogGroupRow): Access {
  auditGroup(ctx, name)
  return { resource: groupArn(ctx, name), conditions: resourceTagConditions(group.tags) }
}

/** The permission for listings. */
export function listAccess(ctx: Context): Access {
  return { resource: streamArn(ctx, '', '') }
}

function auditGroup(ctx: Context, name: string): void {
  ctx.audit.resource({
    ARN: groupArn(ctx, name),
    accountId: ctx.account,
    type: 'AWS::Logs::LogGroup',
  })
}

/** The group if it exists: what an operation finds before it is authorised. */
export function seekGroup(ctx: Context, name: string): Promise<LogGroupRow | undefined> {
  return ctx.store.table(logGroups).get(name)
}

/** Throws ResourceNotFoundException for a group that is not there. */
export function required(group: LogGroupRow | undefined): LogGroupRow {
  if (!group) throw notFound('log group')
  return group
}

/** The key of a stream's row. */
export function streamKey(groupId: string, name: string): string {
  return `${groupId}|${name}`
}

/** A stream of a group. Throws ResourceNotFoundException. */
export async function findStream(
  ctx: Context,
  group: LogGroupRow,
  name: string,
): Promise<LogStreamRow> {
  const stream = await ctx.store.table(logStreams).get(streamKey(group.id, name))
  if (!stream) throw notFound('log stream')
  return stream
}
