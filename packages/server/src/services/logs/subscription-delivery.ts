import { gzipSync } from 'node:zlib'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Again, Task } from '../../kernel/tasks.ts'
import { seekGroup } from './access.ts'
import { groupArn } from './arns.ts'
import { invalid } from './errors.ts'
import { eventIdOf, eventsOfBatch } from './event-reader.ts'
import type { LogEvent } from './event-reader.ts'
import type { IncomingBatches } from './metering.ts'
import { patternOf } from './patterns.ts'
import { subscriptionFilters } from './store.ts'
import type { LogGroupRow, SubscriptionFilterRow } from './store.ts'

/** The most that one invocation carries, before compression. */
const maxPayloadBytes = 400_000
const hourMs = 3_600_000
/** CloudWatch Logs tries a destination that refuses for up to 24 hours. */
const giveUpMs = 24 * hourMs
const firstRetryMs = 30_000

function isFunction(arn: string): boolean {
  return /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:/.test(arn)
}

function asLogs(ctx: Context, group: LogGroupRow) {
  return { service: 'logs.amazonaws.com', sourceArn: `${groupArn(ctx, group.name)}:*` }
}

/**
 * Tries a destination as AWS does when a filter is put. Throws InvalidParameterException in AWS's
 * words when it cannot be used.
 */
export async function checkDestination(
  ctx: Context,
  group: LogGroupRow,
  arn: string,
): Promise<void> {
  if (!isFunction(arn)) {
    throw invalid(
      'Could not deliver test message to specified destination: only Lambda functions can be reached.',
    )
  }
  try {
    const call = { FunctionName: arn, InvocationType: 'DryRun' }
    await ctx.callAs(asLogs(ctx, group), 'lambda', 'Invoke', call)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(
      'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
    )
  }
}

/** What is left to deliver of incoming batches; absent filters: all of them. */
export interface Delivery extends IncomingBatches {
  readonly filters?: readonly string[]
}

/** Hands the events that match to the group's subscription filters. */
export const deliverTask: Task<Delivery> = {
  name: 'logs.deliver',
  async run(ctx, payload, { number, enqueuedAt }): Promise<Again | undefined> {
    const group = await seekGroup(ctx, payload.group)
    if (!group) return undefined
    const rows = await ctx.store.table(subscriptionFilters).list({ prefix: `${group.name}|` })
    const wanted = rows
      .map(({ value }) => value)
      .filter(({ name }) => payload.filters?.includes(name) ?? true)
    const failed: string[] = []
    for (const filter of wanted) {
      if (!(await deliver(ctx, group, filter, payload.orders))) failed.push(filter.name)
    }
    if (failed.length === 0 || ctx.now.getTime() - enqueuedAt.getTime() > giveUpMs) return undefined
    const delayMs = Math.min(firstRetryMs * 2 ** (number - 1), hourMs)
    const retryAt = new Date(ctx.now.getTime() + delayMs)
    return { retryAt, payload: { ...payload, filters: failed } }
  },
}

/** True when the destination has taken everything. */
async function deliver(
  ctx: Context,
  group: LogGroupRow,
  filter: SubscriptionFilterRow,
  orders: readonly string[],
): Promise<boolean> {
  const pattern = patternOf(filter.pattern)
  for (const order of orders) {
    const events = await eventsOfBatch(ctx, group, order)
    const matched = events.filter(({ message }) => pattern.match(message) !== undefined)
    for (const part of partsOf(matched)) {
      if (!(await invoke(ctx, group, filter, part))) return false
    }
  }
  return true
}

async function invoke(
  ctx: Context,
  group: LogGroupRow,
  filter: SubscriptionFilterRow,
  events: readonly LogEvent[],
): Promise<boolean> {
  const dimensions = {
    LogGroupName: group.name,
    DestinationType: 'Lambda',
    FilterName: filter.name,
  }
  const data = gzipSync(JSON.stringify(messageOf(ctx, group, filter, events))).toString('base64')
  try {
    await ctx.callAs(asLogs(ctx, group), 'lambda', 'Invoke', {
      FunctionName: filter.destinationArn,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify({ awslogs: { data } })),
    })
    const name = 'ForwardedLogEvents'
    ctx.metric({ namespace: 'AWS/Logs', name, value: events.length, dimensions })
    return true
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    ctx.metric({ namespace: 'AWS/Logs', name: 'DeliveryErrors', value: events.length, dimensions })
    return false
  }
}

/** The message of a subscription (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html). */
function messageOf(
  ctx: Context,
  group: LogGroupRow,
  filter: SubscriptionFilterRow,
  events: readonly LogEvent[],
): object {
  return {
    messageType: 'DATA_MESSAGE',
    owner: ctx.account,
    logGroup: group.name,
    logStream: events[0]?.streamName ?? '',
    subscriptionFilters: [filter.name],
    logEvents: events.map((event) => ({
      id: eventIdOf(event),
      timestamp: event.timeMs,
      message: event.message,
    })),
  }
}

function partsOf(events: readonly LogEvent[]): LogEvent[][] {
  const parts: LogEvent[][] = []
  let bytes = 0
  for (const event of events) {
    const size = Buffer.byteLength(event.message) + 100
    const part = parts.at(-1)
    if (part && bytes + size <= maxPayloadBytes) part.push(event)
    else {
      parts.push([event])
      bytes = 0
    }
    bytes += size
  }
  return parts
}
