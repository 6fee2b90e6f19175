import { GetLogEvents$ } from '@aws-sdk/client-cloudwatch-logs'
import type { GetLogEventsRequest, GetLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { findStream, required, seekGroup } from './access.ts'
import { namedGroup, streamArn } from './arns.ts'
import { invalid, invalidOperation } from './errors.ts'
import { comparePositions } from './event-order.ts'
import type { Position } from './event-order.ts'
import { eventsBackwards, eventsForwards } from './event-reader.ts'
import type { EventRuns, LogEvent } from './event-reader.ts'
import { pages } from './paging.ts'
import { expiredBefore } from './retention.ts'
import type { LogGroupRow, LogStreamRow } from './store.ts'

const maxEvents = 10_000
const maxBytes = 1_048_576
const latestMs = 99_999_999_999_999

/** Only the classes that keep events for search can be read this way. */
export function requireReadable({ class: kind }: LogGroupRow): void {
  if (kind !== 'STANDARD') {
    throw invalidOperation(`The operation is not supported for log groups of class ${kind}.`)
  }
}

/** Where a page begins: after or before a position, which way. */
interface Start {
  readonly way: 'f' | 'b'
  readonly position?: Position
}

function startOf(ctx: Context, input: GetLogEventsRequest, stream: LogStreamRow): Start {
  const { nextToken, startFromHead } = input
  if (nextToken === undefined) return { way: startFromHead ? 'f' : 'b' }
  const [way, sealed = ''] = [nextToken.slice(0, 2), nextToken.slice(2)]
  if (way !== 'f/' && way !== 'b/') throw invalid('The specified nextToken is invalid.')
  const [timeMs, batch, index]: [number, string, number] = JSON.parse(
    pages.open(ctx, `events|${stream.id}`, sealed),
  )
  return { way: way === 'f/' ? 'f' : 'b', position: { timeMs, batch, index } }
}

function tokenAt(ctx: Context, stream: LogStreamRow, { timeMs, batch, index }: Position): string {
  return pages.seal(ctx, `events|${stream.id}`, JSON.stringify([timeMs, batch, index]))
}

/** Gathers events up to a page's limits. */
async function page(
  runs: EventRuns,
  limit: number,
  wants: (event: LogEvent) => boolean,
): Promise<LogEvent[]> {
  const found: LogEvent[] = []
  let bytes = 0
  for await (const run of runs) {
    for (const event of run) {
      if (!wants(event)) continue
      bytes += Buffer.byteLength(event.message) + 26
      if (bytes > maxBytes && found.length > 0) return found
      found.push(event)
      if (found.length === limit) return found
    }
  }
  return found
}

/**
 * GetLogEvents. Both tokens are always there; at the end of the stream the forward token is the one
 * that was given (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
 */
export const GetLogEvents = operation<
  GetLogEventsRequest,
  GetLogEventsResponse,
  LogGroupRow | undefined
>(GetLogEvents$, {
  resolve: (input, ctx) => seekGroup(ctx, namedGroup(ctx, input)),
  access: (input, ctx, group) => ({
    resource: streamArn(ctx, namedGroup(ctx, input), input.logStreamName ?? ''),
    conditions: resourceTagConditions(group?.tags),
  }),
  async handle(input, ctx, found) {
    const group = required(found)
    requireReadable(group)
    const stream = await findStream(ctx, group, input.logStreamName ?? '')
    const { way, position } = startOf(ctx, input, stream)
    const fromMs = Math.max(input.startTime ?? 0, expiredBefore(group, ctx.now))
    const toMs = (input.endTime ?? latestMs + 1) - 1
    const range = { group, streamId: stream.id, fromMs, toMs }
    const limit = input.limit ?? maxEvents
    const events =
      way === 'f'
        ? await page(
            eventsForwards(ctx, { ...range, fromMs: Math.max(fromMs, position?.timeMs ?? 0) }),
            limit,
            (event) => !position || comparePositions(event, position) > 0,
          )
        : (
            await page(
              eventsBackwards(ctx, {
                ...range,
                toMs: Math.min(toMs, position?.timeMs ?? latestMs),
              }),
              limit,
              (event) => !position || comparePositions(event, position) < 0,
            )
          ).toReversed()
    const here = position ?? {
      timeMs: way === 'f' ? fromMs : Math.min(toMs, latestMs),
      batch: '',
      index: 0,
    }
    return {
      events: events.map(({ timeMs, message, ingestedMs }) => ({
        timestamp: timeMs,
        message,
        ingestionTime: ingestedMs,
      })),
      nextForwardToken: `f/${given(input, 'f/', events.at(-1)) ?? tokenAt(ctx, stream, events.at(-1) ?? here)}`,
      nextBackwardToken: `b/${given(input, 'b/', events[0]) ?? tokenAt(ctx, stream, events[0] ?? here)}`,
    }
  },
})

/** The token of the request, when it led nowhere further. */
function given(
  { nextToken }: GetLogEventsRequest,
  way: 'f/' | 'b/',
  event: LogEvent | undefined,
): string | undefined {
  return event === undefined && nextToken?.startsWith(way) ? nextToken.slice(2) : undefined
}
