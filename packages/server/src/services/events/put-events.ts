import { PutEvents$ } from '@aws-sdk/client-eventbridge'
import type {
  PutEventsRequest,
  PutEventsRequestEntry,
  PutEventsResponse,
  PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { readEventJson } from '../../kernel/event-pattern/index.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { busAccess, defaultBus, lookUpBus } from './bus-reference.ts'
import type { BusSubject } from './bus-reference.ts'
import type { Event } from './delivery/delivery.ts'
import { Departures } from './delivery/departures.ts'
import { forwardedEvent } from './delivery/forward.ts'
import { notFound, validation } from './errors.ts'
import { arrive } from './arrive.ts'

/** The largest request, in bytes (API reference of PutEvents). */
const maxBytes = 262_144
const timeBytes = 14

/** Size of an entry as https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html counts it. */
function sizeOf(entry: PutEventsRequestEntry): number {
  const { Time, Source = '', DetailType = '', Detail = '', Resources = [] } = entry
  let size = Time ? timeBytes : 0
  for (const text of [Source, DetailType, Detail, ...Resources]) size += Buffer.byteLength(text)
  return size
}

function checkEntries({ Entries = [] }: PutEventsRequest): void {
  let total = 0
  for (const entry of Entries) total += sizeOf(entry)
  if (total > maxBytes) {
    throw validation('Total size of the entries in the request is over the limit.')
  }
}

type Buses = ReadonlyMap<string, BusSubject>

async function busesOf({ Entries = [] }: PutEventsRequest, ctx: Context): Promise<Buses> {
  const buses = new Map<string, BusSubject>()
  for (const { EventBusName = defaultBus } of Entries) {
    if (!buses.has(EventBusName)) buses.set(EventBusName, await lookUpBus(ctx, EventBusName))
  }
  return buses
}

/** One permission for each bus, source and detail type; most requests need one. */
function accessOf({ Entries = [] }: PutEventsRequest, buses: Buses): Access[] {
  const needed = new Map<string, Access>()
  for (const entry of Entries) {
    const { EventBusName = defaultBus, Source, DetailType } = entry
    const key = `${EventBusName}|${Source}|${DetailType}`
    const bus = buses.get(EventBusName)
    if (!bus || needed.has(key)) continue
    const conditions = {
      'events:source': Source,
      'events:detail-type': DetailType,
      'events:eventbusinvocation': String(forwardedEvent(entry) !== undefined),
    }
    needed.set(key, busAccess(bus, { conditions }))
  }
  return [...needed.values()]
}

/** An entry that is refused while the others of its request are taken. */
function refused(ErrorCode: string, ErrorMessage: string): PutEventsResultEntry {
  return { ErrorCode, ErrorMessage }
}

function missing(name: string): PutEventsResultEntry {
  const message = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`
  return refused('InvalidArgument', message)
}

/** The event of an entry, or why it is refused. */
function eventOf(
  entry: PutEventsRequestEntry,
  ctx: Context,
): { readonly event: Event } | { readonly refusal: PutEventsResultEntry } {
  const known = forwardedEvent(entry)
  if (known) return { event: known }
  const { Source, DetailType, Detail, Time = ctx.now, Resources = [] } = entry
  if (!Source) return { refusal: missing('Source') }
  if (!DetailType) return { refusal: missing('DetailType') }
  if (!Detail) return { refusal: missing('Detail') }
  if (Source.startsWith('aws.')) {
    const text = 'Not authorized for the source.'
    return { refusal: refused('NotAuthorizedForSourceException', text) }
  }
  const detail = objectIn(Detail)
  if (!detail) return { refusal: refused('MalformedDetail', 'Detail is malformed.') }
  return {
    event: {
      version: '0',
      id: ctx.ids.uuid(),
      'detail-type': DetailType,
      source: Source,
      account: ctx.account,
      time: `${Time.toISOString().slice(0, 19)}Z`,
      region: ctx.region,
      resources: Resources,
      detail,
    },
  }
}

function objectIn(text: string): object | undefined {
  try {
    const value = readEventJson(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** PutEvents: custom events; what is wrong with one entry does not keep the others out. */
export const PutEvents = operation<PutEventsRequest, PutEventsResponse, Buses>(PutEvents$, {
  unrecorded: true,
  check: checkEntries,
  resolve: busesOf,
  access: (input, _ctx, buses) => accessOf(input, buses),
  async handle({ Entries = [], EndpointId }, ctx, buses) {
    if (EndpointId !== undefined) throw notFound(`Endpoint ${EndpointId} does not exist.`)
    const results: PutEventsResultEntry[] = []
    const departures = new Departures(ctx)
    for (const entry of Entries) {
      const made = eventOf(entry, ctx)
      if ('refusal' in made) {
        results.push(made.refusal)
        continue
      }
      results.push({ EventId: made.event.id })
      const bus = buses.get(entry.EventBusName ?? defaultBus)
      // An event of a bus that does not exist is taken and goes nowhere, as on AWS.
      if (bus?.exists) await arrive(ctx, made.event, arrivalOf(entry, bus), departures)
    }
    departures.enqueue()
    const failures = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length
    countRequest(ctx, results.length, failures)
    return { FailedEntryCount: failures, Entries: results }
  },
})

function arrivalOf(entry: PutEventsRequestEntry, bus: BusSubject) {
  const { account, region, name, tables, row } = bus
  const isForwarded = forwardedEvent(entry) !== undefined
  return { bus: name, place: { account, region }, tables, isForwarded, row }
}

function countRequest(ctx: Context, entries: number, failures: number): void {
  const namespace = 'AWS/Events'
  ctx.metric({ namespace, name: 'PutEventsApproximateCallCount', value: 1 })
  ctx.metric({ namespace, name: 'PutEventsEntriesCount', value: entries })
  if (failures > 0) ctx.metric({ namespace, name: 'PutEventsFailedEntriesCount', value: failures })
}
