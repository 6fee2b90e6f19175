import { PutLogEvents$ } from '@aws-sdk/client-cloudwatch-logs'
import type {
  PutLogEventsRequest,
  PutLogEventsResponse,
  RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import { operation } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { findStream, required, seekGroup, streamKey } from './access.ts'
import { streamArn } from './arns.ts'
import { encodeEvents } from './batch-codec.ts'
import { invalid } from './errors.ts'
import { batchSpanMs } from './event-reader.ts'
import { meterTask } from './metering.ts'
import { policyFor } from './resource-policies.ts'
import { expiredBefore, scheduleMeasure } from './retention.ts'
import { batches, logStreams, sortable } from './store.ts'
import type { LogGroupRow, LogStreamRow } from './store.ts'
import { sequenceToken } from './streams.ts'
import { deliverTask } from './subscription-delivery.ts'

const eventOverheadBytes = 26
const maxBatchBytes = 1_048_576
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const newestMs = 2 * hourMs
const oldestMs = 14 * dayMs

const measured = defineRuntime('logs.measured', () => new Map<string, number>())

interface Event {
  readonly timestamp: number
  readonly message: string
}

function eventsOf(input: PutLogEventsRequest): Event[] {
  return (input.logEvents ?? []).map(({ timestamp = 0, message = '' }) => ({ timestamp, message }))
}

/** PutLogEvents' own rules (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html). */
function checkBatch(input: PutLogEventsRequest): void {
  const events = eventsOf(input)
  const bytes = sizeOf(events)
  if (bytes > maxBatchBytes) {
    throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${maxBatchBytes}`)
  }
  const first = events[0]?.timestamp ?? 0
  let last = first
  for (const { timestamp } of events) {
    if (timestamp < last) {
      throw invalid('Log events in a single PutLogEvents request must be in chronological order.')
    }
    last = timestamp
  }
  if (last - first > dayMs) {
    throw invalid(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    )
  }
}

function sizeOf(events: readonly Event[]): number {
  return events.reduce(
    (sum, { message }) => sum + Buffer.byteLength(message) + eventOverheadBytes,
    0,
  )
}

/** Which events are taken, and what is said of the others. */
function sift(
  events: readonly Event[],
  group: LogGroupRow,
  now: Date,
): { taken: readonly Event[]; rejected?: RejectedLogEventsInfo } {
  const nowMs = now.getTime()
  const countBefore = (limit: number) => events.filter(({ timestamp }) => timestamp < limit).length
  const tooOld = countBefore(nowMs - oldestMs)
  const expired = countBefore(expiredBefore(group, now))
  const tooNew = countBefore(nowMs + newestMs + 1)
  const taken = events.slice(Math.max(tooOld, expired), tooNew)
  if (taken.length === events.length) return { taken }
  const rejected = {
    ...(tooNew < events.length && { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > tooOld && { expiredLogEventEndIndex: expired }),
  }
  return { taken, rejected }
}

/** Runs of events that span no more than a batch may. */
function runsOf(events: readonly Event[]): Event[][] {
  const runs: Event[][] = []
  for (const event of events) {
    const run = runs.at(-1)
    const first = run?.[0]
    if (run && first && event.timestamp - first.timestamp <= batchSpanMs) run.push(event)
    else runs.push([event])
  }
  return runs
}

/** Stores the events, and has filters look at them. */
async function store(
  ctx: Context,
  group: LogGroupRow,
  stream: LogStreamRow,
  events: readonly Event[],
): Promise<LogStreamRow> {
  const nowMs = ctx.now.getTime()
  let count = stream.batches
  const orders: string[] = []
  for (const run of runsOf(events)) {
    const firstMs = run[0]?.timestamp ?? 0
    const order = `${sortable(firstMs)}|${sortable(nowMs)}|${String(count).padStart(10, '0')}|${stream.id}`
    const stored = run.map(({ timestamp, message }) => [timestamp - firstMs, message] as const)
    ctx.store.table(batches).put(`${group.id}|${order}`, {
      groupId: group.id,
      streamId: stream.id,
      streamName: stream.name,
      firstMs,
      lastMs: run.at(-1)?.timestamp ?? firstMs,
      ingestedMs: nowMs,
      order,
      bytes: sizeOf(run),
      ...(await encodeEvents(ctx, group, stored)),
    })
    orders.push(order)
    count += 1
  }
  const payload = { group: group.name, orders }
  if (group.metricFilters > 0) ctx.enqueue(meterTask, payload)
  if (group.subscriptionFilters > 0) {
    ctx.enqueue(deliverTask, payload, { order: `logs/${ctx.account}/${ctx.region}/${stream.id}` })
  }
  scheduleMeasure(ctx, group, ctx.runtime(measured))
  return { ...stream, batches: count }
}

/** PutLogEvents: an acknowledged event is durable. */
export const PutLogEvents = operation<
  PutLogEventsRequest,
  PutLogEventsResponse,
  LogGroupRow | undefined
>(PutLogEvents$, {
  unrecorded: true,
  check: checkBatch,
  resolve: (input, ctx) => seekGroup(ctx, input.logGroupName ?? ''),
  access: async (input, ctx, group) => ({
    ...(await policyFor(ctx, input.logGroupName ?? '')),
    resource: streamArn(ctx, input.logGroupName ?? '', input.logStreamName ?? ''),
    conditions: resourceTagConditions(group?.tags),
  }),
  async handle(input, ctx, found) {
    const group = required(found)
    const stream = await findStream(ctx, group, input.logStreamName ?? '')
    const { taken, rejected } = sift(eventsOf(input), group, ctx.now)
    const firstMs = taken[0]?.timestamp ?? Infinity
    const lastMs = taken.at(-1)?.timestamp ?? 0
    const next = {
      ...(await store(ctx, group, stream, taken)),
      bytes: stream.bytes + sizeOf(taken),
      lastIngestionMs: ctx.now.getTime(),
      ...(taken.length > 0 && {
        firstEventMs: Math.min(stream.firstEventMs ?? Infinity, firstMs),
        lastEventMs: Math.max(stream.lastEventMs ?? 0, lastMs),
      }),
    }
    ctx.store.table(logStreams).put(streamKey(group.id, stream.name), next)
    return {
      nextSequenceToken: sequenceToken(next),
      ...(rejected && { rejectedLogEventsInfo: rejected }),
    }
  },
})
