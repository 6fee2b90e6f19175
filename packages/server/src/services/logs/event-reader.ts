import type { Context } from '../../kernel/context.ts'
import { decodeEvents } from './batch-codec.ts'
import { mergeBatches } from './event-order.ts'
import type { OrderedBatch, Position } from './event-order.ts'
import { batches, sortable } from './store.ts'
import type { BatchRow, LogGroupRow } from './store.ts'

/** An event as it is read. */
export interface LogEvent extends Position {
  readonly message: string
  readonly ingestedMs: number
  readonly streamName: string
}

/** No batch spans more. */
export const batchSpanMs = 2 * 60_000

const pageRows = 16

/** Which events are wanted: times are inclusive. */
export interface EventRange {
  readonly group: LogGroupRow
  /** One stream's only. */
  readonly streamId?: string
  readonly fromMs: number
  readonly toMs: number
  /** Leaves out batches unread. */
  readonly wants?: (batch: BatchRow) => boolean
  /** Told of the bytes of each batch that was read. */
  readonly onBatch?: (batch: BatchRow) => void
}

/** Runs of events: asking for each one by itself would cost more than reading it. */
export type EventRuns = AsyncGenerator<readonly LogEvent[]>

/** The events of a range, oldest first. */
export function eventsForwards(ctx: Context, range: EventRange): EventRuns {
  return within(range, mergeBatches(batchesForwards(ctx, range), 'forwards'))
}

/** The events of a range of one stream, newest first. */
export function eventsBackwards(
  ctx: Context,
  range: EventRange & { readonly streamId: string },
): EventRuns {
  return within(range, mergeBatches(batchesBackwards(ctx, range), 'backwards'))
}

async function* within(
  { fromMs, toMs }: EventRange,
  runs: AsyncIterable<readonly LogEvent[]>,
): EventRuns {
  const isWithin = ({ timeMs }: LogEvent): boolean => timeMs >= fromMs && timeMs <= toMs
  for await (const run of runs) yield run.every(isWithin) ? run : run.filter(isWithin)
}

async function* batchesForwards(
  ctx: Context,
  range: EventRange,
): AsyncGenerator<OrderedBatch<LogEvent>> {
  const { group, streamId, fromMs, toMs, wants } = range
  const view = ctx.store.table(batches)
  const start = sortable(fromMs - batchSpanMs)
  const end = `${sortable(toMs)}|~`
  let after = streamId === undefined ? `${group.id}|${start}` : `${streamId}|${start}`
  for (;;) {
    const rows = await view.list(
      streamId === undefined
        ? { prefix: `${group.id}|`, after, limit: pageRows }
        : { index: 'stream', from: after, upTo: `${streamId}|${end}`, limit: pageRows },
    )
    for (const { key, value } of rows) {
      if (value.order > end) return
      after = streamId === undefined ? key : `${streamId}|${value.order}!`
      if (value.lastMs < fromMs || wants?.(value) === false) continue
      yield { edgeMs: value.firstMs, events: await read(ctx, range, value) }
    }
    if (rows.length < pageRows) return
  }
}

async function* batchesBackwards(
  ctx: Context,
  range: EventRange & { readonly streamId: string },
): AsyncGenerator<OrderedBatch<LogEvent>> {
  const { streamId, fromMs, toMs } = range
  const view = ctx.store.table(batches)
  const from = `${streamId}|${sortable(fromMs)}`
  let upTo = `${streamId}|${sortable(toMs + batchSpanMs)}|~`
  for (;;) {
    const rows = await view.list({
      index: 'streamEnd',
      from,
      upTo,
      descending: true,
      limit: pageRows,
    })
    for (const { value } of rows) {
      upTo = justBefore(`${streamId}|${sortable(value.lastMs)}|${value.order}`)
      if (value.firstMs > toMs) continue
      yield { edgeMs: value.lastMs, events: await read(ctx, range, value) }
    }
    if (rows.length < pageRows) return
  }
}

/** The greatest text that sorts before an index value, for all the values there are. */
function justBefore(value: string): string {
  const last = value.charCodeAt(value.length - 1)
  return `${value.slice(0, -1)}${String.fromCharCode(last - 1)}~`
}

async function read(
  ctx: Context,
  { group, onBatch }: EventRange,
  batch: BatchRow,
): Promise<LogEvent[]> {
  onBatch?.(batch)
  const { firstMs, ingestedMs, streamName, order } = batch
  const events = await decodeEvents(ctx, group, batch)
  return events.map(([offsetMs, message], index) => ({
    timeMs: firstMs + offsetMs,
    batch: order,
    index,
    message,
    ingestedMs,
    streamName,
  }))
}

/** The events of one batch, for what follows from their coming in; none when it is gone. */
export async function eventsOfBatch(
  ctx: Context,
  group: LogGroupRow,
  order: string,
): Promise<readonly LogEvent[]> {
  const batch = await ctx.store.table(batches).get(`${group.id}|${order}`)
  if (!batch) return []
  return read(ctx, { group, fromMs: 0, toMs: Infinity }, batch)
}

/** An event's id: 56 digits, as AWS's are, in the order of the events of a group. */
export function eventIdOf({ timeMs, batch, index }: Position): string {
  const digest = [...batch].reduce(
    (sum, char) => (sum * 131n + BigInt(char.charCodeAt(0))) % 10n ** 33n,
    7n,
  )
  return `3${String(timeMs).padStart(16, '0')}${String(digest).padStart(33, '0')}${String(index).padStart(6, '0')}`
}
