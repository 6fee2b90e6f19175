import { FilterLogEvents$ } from '@aws-sdk/client-cloudwatch-logs'
import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { groupAccess, required, seekGroup, streamKey } from './access.ts'
import { namedGroup } from './arns.ts'
import { invalid, notFound } from './errors.ts'
import { comparePositions } from './event-order.ts'
import type { Position } from './event-order.ts'
import { eventIdOf, eventsForwards } from './event-reader.ts'
import type { EventRuns, LogEvent } from './event-reader.ts'
import type { FilterPattern } from './filter-pattern/pattern.ts'
import { requireReadable } from './get-events.ts'
import { pages } from './paging.ts'
import { patternOf } from './patterns.ts'
import { expiredBefore } from './retention.ts'
import { logStreams } from './store.ts'
import type { BatchRow, LogGroupRow } from './store.ts'

const maxEvents = 10_000
const maxBytes = 1_048_576
/** How much is read for one page: a search that finds little comes back with a token. */
const maxReadBytes = 16 * 1_048_576
const latestMs = 99_999_999_999_999

/** Which streams of the group are searched. */
async function wantedStreams(
  ctx: Context,
  group: LogGroupRow,
  input: FilterLogEventsRequest,
): Promise<{ wants?: (batch: BatchRow) => boolean; streamId?: string }> {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input
  if (names && prefix !== undefined) {
    throw invalid('logStreamNamePrefix and logStreamNames are mutually exclusive.')
  }
  if (prefix !== undefined) return { wants: ({ streamName }) => streamName.startsWith(prefix) }
  if (!names) return {}
  const ids = new Set<string>()
  for (const name of names) {
    const stream = await ctx.store.table(logStreams).get(streamKey(group.id, name))
    if (!stream) throw notFound('log stream')
    ids.add(stream.id)
  }
  const [only] = ids
  if (ids.size === 1 && only !== undefined) return { streamId: only }
  return { wants: ({ streamId }) => ids.has(streamId) }
}

/** FilterLogEvents: the events of a group that match a pattern, by time. */
export const FilterLogEvents = operation<
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  LogGroupRow | undefined
>(FilterLogEvents$, {
  readOnly: true,
  resolve: (input, ctx) => seekGroup(ctx, namedGroup(ctx, input)),
  access: (input, ctx, group) => groupAccess(ctx, namedGroup(ctx, input), group),
  async handle(input, ctx, found) {
    const group = required(found)
    requireReadable(group)
    const pattern = patternOf(input.filterPattern ?? '')
    const listing = `filter|${group.id}|${input.filterPattern ?? ''}`
    const after =
      input.nextToken === undefined ? undefined : positionOf(ctx, listing, input.nextToken)
    const fromMs = Math.max(input.startTime ?? 0, expiredBefore(group, ctx.now), after?.timeMs ?? 0)
    let readBytes = 0
    const runs = eventsForwards(ctx, {
      group,
      ...(await wantedStreams(ctx, group, input)),
      fromMs,
      toMs: input.endTime ?? latestMs,
      onBatch: ({ bytes }) => (readBytes += bytes),
    })
    const limit = input.limit ?? maxEvents
    const { matched, last, isFull } = await search(runs, {
      after,
      limit,
      pattern,
      isEnough: () => readBytes > maxReadBytes,
    })
    return {
      events: matched.map((event) => ({
        logStreamName: event.streamName,
        timestamp: event.timeMs,
        message: event.message,
        ingestionTime: event.ingestedMs,
        eventId: eventIdOf(event),
      })),
      searchedLogStreams: [],
      ...(isFull && last && { nextToken: tokenAt(ctx, listing, last) }),
    }
  },
})

interface Search {
  readonly after: Position | undefined
  readonly limit: number
  readonly pattern: FilterPattern
  /** So much has been read that the page ends here. */
  readonly isEnough: () => boolean
}

/** The events that match, up to a page's limits, and the last one that was looked at. */
async function search(
  runs: EventRuns,
  { after, limit, pattern, isEnough }: Search,
): Promise<{ matched: LogEvent[]; last: LogEvent | undefined; isFull: boolean }> {
  const matched: LogEvent[] = []
  let bytes = 0
  let last: LogEvent | undefined
  for await (const run of runs) {
    if (last && isEnough()) return { matched, last, isFull: true }
    for (const event of run) {
      if (after && comparePositions(event, after) <= 0) continue
      const isMatch = pattern.match(event.message) !== undefined
      if (isMatch) bytes += Buffer.byteLength(event.message) + 26
      const isFull = matched.length >= limit || (bytes > maxBytes && matched.length > 0)
      if (isMatch && isFull) return { matched, last, isFull }
      if (isMatch) matched.push(event)
      last = event
    }
  }
  return { matched, last, isFull: false }
}

function tokenAt(ctx: Context, listing: string, { timeMs, batch, index }: Position): string {
  return pages.seal(ctx, listing, JSON.stringify([timeMs, batch, index]))
}

function positionOf(ctx: Context, listing: string, token: string): Position {
  const [timeMs, batch, index]: [number, string, number] = JSON.parse(
    pages.open(ctx, listing, token),
  )
  return { timeMs, batch, index }
}
