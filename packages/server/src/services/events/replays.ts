import {
  CancelReplay$,
  DescribeReplay$,
  ListReplays$,
  StartReplay$,
} from '@aws-sdk/client-eventbridge'
import type {
  CancelReplayRequest,
  CancelReplayResponse,
  DescribeReplayRequest,
  DescribeReplayResponse,
  ListReplaysRequest,
  ListReplaysResponse,
  Replay,
  StartReplayRequest,
  StartReplayResponse,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Task } from '../../kernel/tasks.ts'
import { readArchived } from './archive-events.ts'
import { arnOf, arnParts } from './arns.ts'
import { arrive } from './arrive.ts'
import { findBus } from './bus-reference.ts'
import type { Event } from './delivery/delivery.ts'
import { Departures } from './delivery/departures.ts'
import { failureOf } from './delivery/failure.ts'
import { alreadyExists, illegalStatus, noBus, notFound, validation } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { archivedEvents, archives, replays } from './store.ts'
import type { ArchiveRow, ReplayRow } from './store.ts'

/** How far a replay has come. */
interface Progress {
  readonly name: string
  readonly after?: string
}

const pageSize = 100

/** Replays a page of archived events in order of their time, then the next. */
export const replayTask: Task<Progress> = {
  name: 'events.replay',
  async run(ctx, { name, after }) {
    const table = ctx.store.table(replays)
    const replay = await table.get(name)
    if (!replay || !['STARTING', 'RUNNING', 'CANCELLING'].includes(replay.state)) return undefined
    const endedAt = ctx.now.toISOString()
    if (replay.state === 'CANCELLING') {
      table.put(name, { ...replay, state: 'CANCELLED', endedAt })
      return undefined
    }
    const prefix = `${replay.archiveId}|`
    const begin = after ?? `${prefix}${seconds(replay.from)}`
    const rows = await ctx.store
      .table(archivedEvents)
      .list({ prefix, after: begin, limit: pageSize })
    const events: Event[] = []
    try {
      for (const { value } of rows) events.push(await readArchived(ctx, value))
    } catch (error) {
      const { isRetryable, message } = failureOf(error)
      if (isRetryable) throw error
      table.put(name, { ...replay, state: 'FAILED', stateReason: message, endedAt })
      return undefined
    }
    const due = events.filter(({ time }) => time < seconds(replay.to))
    await replayEvents(ctx, replay, due)
    const replayedTo = due.at(-1)?.time ?? replay.replayedTo
    const next = { ...replay, ...(replayedTo !== undefined && { replayedTo }) }
    const last = rows.at(-1)
    if (due.length < pageSize || !last) {
      table.put(name, { ...next, state: 'COMPLETED', endedAt })
      return undefined
    }
    table.put(name, { ...next, state: 'RUNNING' })
    return { retryAt: ctx.now, payload: { name, after: last.key } }
  },
}

/** Event times are whole seconds. */
function seconds(time: string): string {
  return `${time.slice(0, 19)}Z`
}

async function replayEvents(
  ctx: Context,
  { name, bus, filterArns }: ReplayRow,
  events: readonly Event[],
): Promise<void> {
  const filter = filterArns.length > 0 && { filterArns }
  const { row } = await findBus(ctx, bus)
  const arrival = { bus, place: ctx, tables: ctx.store, row, ...filter }
  const departures = new Departures(ctx)
  for (const event of events) {
    await arrive(ctx, { ...event, 'replay-name': name }, arrival, departures)
  }
  departures.enqueue()
}

const replayAccess = (ctx: Context, name = '') => ({ resource: arnOf(ctx, `replay/${name}`) })

function checkTimes({ EventStartTime, EventEndTime }: StartReplayRequest): void {
  if (EventStartTime && EventEndTime && EventStartTime >= EventEndTime) {
    throw validation(
      'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    )
  }
}

async function checkDestination(ctx: Context, arn: string): Promise<void> {
  const parts = arnParts(arn)
  if (!parts?.resource.startsWith('event-bus/')) {
    throw validation(
      'Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.',
    )
  }
  const isOwn = parts.account === ctx.account && parts.region === ctx.region
  if (!isOwn) throw noBus(parts.resource.slice('event-bus/'.length))
  await findBus(ctx, arn)
}

async function sourceOf(ctx: Context, input: StartReplayRequest): Promise<ArchiveRow> {
  const arn = input.EventSourceArn ?? ''
  const name = arn.slice(arn.lastIndexOf('/') + 1)
  const archive = await ctx.store.table(archives).get(name)
  if (archive?.arn !== arn) {
    throw validation(
      `Parameter EventSourceArn is not valid. Reason: Archive ${name} does not exist.`,
    )
  }
  if (input.Destination?.Arn !== archive.busArn) {
    throw validation(
      'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    )
  }
  return archive
}

/** StartReplay: sends an archive's events to the rules of its bus again. */
export const StartReplay = operation<StartReplayRequest, StartReplayResponse>(StartReplay$, {
  access: (input, ctx) => replayAccess(ctx, input.ReplayName),
  async handle(input, ctx) {
    const { ReplayName: name = '', Destination, EventStartTime, EventEndTime } = input
    await checkDestination(ctx, Destination?.Arn ?? '')
    const archive = await sourceOf(ctx, input)
    checkTimes(input)
    const table = ctx.store.table(replays)
    if (await table.get(name)) throw alreadyExists(`Replay ${name} already exists.`)
    const row: ReplayRow = {
      name,
      arn: arnOf(ctx, `replay/${name}`),
      ...(input.Description && { description: input.Description }),
      archiveArn: archive.arn,
      archiveId: archive.id,
      bus: archive.bus,
      busArn: archive.busArn,
      filterArns: Destination?.FilterArns ?? [],
      from: (EventStartTime ?? ctx.now).toISOString(),
      to: (EventEndTime ?? ctx.now).toISOString(),
      state: 'STARTING',
      startedAt: ctx.now.toISOString(),
    }
    table.put(name, row)
    ctx.enqueue(replayTask, { name })
    return { ReplayArn: row.arn, State: row.state, ReplayStartTime: ctx.now }
  },
})

async function findReplay(ctx: Context, name = ''): Promise<ReplayRow> {
  const row = await ctx.store.table(replays).get(name)
  if (!row) throw notFound(`Replay ${name} does not exist.`)
  return row
}

/** CancelReplay: one that is under way. */
export const CancelReplay = operation<CancelReplayRequest, CancelReplayResponse>(CancelReplay$, {
  access: (input, ctx) => replayAccess(ctx, input.ReplayName),
  async handle(input, ctx) {
    const row = await findReplay(ctx, input.ReplayName)
    if (row.state !== 'STARTING' && row.state !== 'RUNNING') {
      throw illegalStatus(`Replay ${row.name} is not in a valid state for this operation.`)
    }
    ctx.store.table(replays).put(row.name, { ...row, state: 'CANCELLING' })
    return { ReplayArn: row.arn, State: 'CANCELLING' }
  },
})

function replayOut(row: ReplayRow): Replay {
  return {
    ReplayName: row.name,
    EventSourceArn: row.archiveArn,
    State: row.state,
    ...(row.stateReason !== undefined && { StateReason: row.stateReason }),
    EventStartTime: new Date(row.from),
    EventEndTime: new Date(row.to),
    ...(row.replayedTo !== undefined && { EventLastReplayedTime: new Date(row.replayedTo) }),
    ReplayStartTime: new Date(row.startedAt),
    ...(row.endedAt !== undefined && { ReplayEndTime: new Date(row.endedAt) }),
  }
}

/** DescribeReplay. */
export const DescribeReplay = operation<DescribeReplayRequest, DescribeReplayResponse>(
  DescribeReplay$,
  {
    access: (input, ctx) => replayAccess(ctx, input.ReplayName),
    async handle(input, ctx) {
      const row = await findReplay(ctx, input.ReplayName)
      return {
        ...replayOut(row),
        ReplayArn: row.arn,
        ...(row.description !== undefined && { Description: row.description }),
        Destination: {
          Arn: row.busArn,
          ...(row.filterArns.length > 0 && { FilterArns: [...row.filterArns] }),
        },
      }
    },
  },
)

function checkFilters(input: ListReplaysRequest): void {
  const given = [input.NamePrefix, input.EventSourceArn, input.State]
  if (given.filter((each) => each !== undefined).length > 1) {
    throw validation(
      'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
    )
  }
}

/** ListReplays: all, or by one filter. */
export const ListReplays = operation<ListReplaysRequest, ListReplaysResponse>(ListReplays$, {
  check: checkFilters,
  access: (_input, ctx) => replayAccess(ctx, '*'),
  async handle(input, ctx) {
    const { EventSourceArn: source, State: state } = input
    const rows = byName(await ctx.store.table(replays).list(), input.NamePrefix).filter(
      (row) =>
        (source === undefined || row.archiveArn === source) &&
        (state === undefined || row.state === state),
    )
    const { page, ...next } = pageOf(ctx, input, rows)
    return { Replays: page.map(replayOut), ...next }
  },
})
