import {
  CreateLogStream$,
  DeleteLogStream$,
  DescribeLogStreams$,
} from '@aws-sdk/client-cloudwatch-logs'
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { findStream, groupAccess, required, seekGroup, streamKey } from './access.ts'
import { namedGroup, streamArn } from './arns.ts'
import { eraseTask } from './erasure.ts'
import { exists, invalid } from './errors.ts'
import { pageOf, pages } from './paging.ts'
import { policyFor } from './resource-policies.ts'
import { logStreams, sortable } from './store.ts'
import type { LogGroupRow, LogStreamRow } from './store.ts'

const defaultLimit = 50

/** CreateLogStream. */
export const CreateLogStream = operation<CreateLogStreamRequest, object, LogGroupRow | undefined>(
  CreateLogStream$,
  {
    resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
    access: async (input, ctx, group) => {
      const { logGroupName = '', logStreamName = '' } = input
      return {
        ...(await policyFor(ctx, logGroupName)),
        resource: streamArn(ctx, logGroupName, logStreamName),
        conditions: resourceTagConditions(group?.tags),
      }
    },
    async handle(input, ctx, found) {
      const group = required(found)
      const name = input.logStreamName ?? ''
      if (/[:*]/.test(name)) throw invalid('Log stream names may not contain colons or asterisks.')
      const key = streamKey(group.id, name)
      if (await ctx.store.table(logStreams).get(key)) throw exists('log stream')
      ctx.store.table(logStreams).put(key, {
        id: ctx.ids.hex(16),
        groupId: group.id,
        name,
        createdMs: ctx.now.getTime(),
        bytes: 0,
        batches: 0,
      })
      return {}
    },
  },
)

/** DeleteLogStream: the stream is gone at once, its events are erased right after. */
export const DeleteLogStream = operation<DeleteLogStreamRequest, object, LogGroupRow | undefined>(
  DeleteLogStream$,
  {
    resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
    access: (input, ctx, group) => ({
      resource: streamArn(ctx, input.logGroupName ?? '', input.logStreamName ?? ''),
      conditions: resourceTagConditions(group?.tags),
    }),
    async handle(input, ctx, found) {
      const group = required(found)
      const stream = await findStream(ctx, group, input.logStreamName ?? '')
      ctx.store.table(logStreams).delete(streamKey(group.id, stream.name))
      ctx.enqueue(eraseTask, { groupId: group.id, streamId: stream.id })
      return {}
    },
  },
)

/** DescribeLogStreams. */
export const DescribeLogStreams = operation<
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogGroupRow | undefined
>(DescribeLogStreams$, {
  resolve: (input, ctx) => seekGroup(ctx, namedGroup(ctx, input)),
  access: (input, ctx, group) => groupAccess(ctx, namedGroup(ctx, input), group),
  async handle(input, ctx, found) {
    const group = required(found)
    const prefix = input.logStreamNamePrefix
    const byTime = input.orderBy === 'LastEventTime'
    if (byTime && prefix !== undefined) {
      throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.')
    }
    const { items, nextToken } =
      byTime || input.descending
        ? await orderedPage(ctx, group, input)
        : await pageOf(
            ctx,
            {
              name: `streams|${group.id}|${prefix ?? ''}`,
              limit: input.limit ?? defaultLimit,
              fetch: (page) =>
                ctx.store
                  .table(logStreams)
                  .list({ ...page, prefix: streamKey(group.id, prefix ?? '') }),
            },
            input.nextToken,
          )
    return {
      logStreams: items.map((stream) => described(ctx, group, stream)),
      ...(nextToken !== undefined && { nextToken }),
    }
  },
})

/** By the time of the last event, or by name backwards. */
async function orderedPage(
  ctx: Context,
  group: LogGroupRow,
  input: DescribeLogStreamsRequest,
): Promise<{ items: readonly LogStreamRow[]; nextToken?: string }> {
  const { descending = false, limit = defaultLimit, nextToken, logStreamNamePrefix = '' } = input
  const byTime = input.orderBy === 'LastEventTime'
  const name = `streams|${group.id}|${byTime}|${descending}|${logStreamNamePrefix}`
  const position = ({ value }: { readonly value: LogStreamRow }): string =>
    byTime ? `${sortable(value.lastEventMs ?? 0)}|${value.name}` : value.name
  const from = nextToken === undefined ? undefined : pages.open(ctx, name, nextToken)
  const view = ctx.store.table(logStreams)
  const rows = byTime
    ? await view.list({
        index: 'lastEvent',
        from: `${group.id}|${descending ? '' : (from ?? '')}`,
        upTo: `${group.id}|${descending ? (from ?? '~') : '~'}`,
        descending,
        limit: limit + 2,
      })
    : (await view.list({ prefix: streamKey(group.id, logStreamNamePrefix) })).toReversed()
  const rest =
    from === undefined
      ? rows
      : rows.filter((row) => (descending ? position(row) < from : position(row) > from))
  const items = rest.slice(0, limit).map(({ value }) => value)
  const last = rest[limit - 1]
  if (rest.length <= limit || !last) return { items }
  return { items, nextToken: pages.seal(ctx, name, position(last)) }
}

function described(ctx: Context, group: LogGroupRow, stream: LogStreamRow): LogStream {
  const { firstEventMs, lastEventMs, lastIngestionMs } = stream
  return {
    logStreamName: stream.name,
    creationTime: stream.createdMs,
    ...(firstEventMs !== undefined && { firstEventTimestamp: firstEventMs }),
    ...(lastEventMs !== undefined && { lastEventTimestamp: lastEventMs }),
    ...(lastIngestionMs !== undefined && { lastIngestionTime: lastIngestionMs }),
    uploadSequenceToken: sequenceToken(stream),
    arn: streamArn(ctx, group.name, stream.name),
    storedBytes: 0,
  }
}

/** The sequence token, which PutLogEvents no longer needs. */
export function sequenceToken({ id, batches }: Pick<LogStreamRow, 'id' | 'batches'>): string {
  return `4${BigInt(`0x${id}`).toString().padStart(20, '0')}${String(batches).padStart(35, '0')}`
}
