import type { Context, Tables } from '../../kernel/context.ts'
import type { EventSink } from '../../kernel/events.ts'
import type { Place } from './arns.ts'
import { keepInArchive } from './archive-events.ts'
import { defaultBus } from './bus-reference.ts'
import { Departures } from './delivery/departures.ts'
import type { Event } from './delivery/delivery.ts'
import { ruleMetric } from './delivery/metrics.ts'
import { ruleSetOf } from './rule-set.ts'
import type { EventKey } from './encryption.ts'
import type { RuleRow } from './store.ts'

/** A bus that an event has come to. */
export interface Arrival {
  readonly bus: string
  readonly place: Place
  readonly tables: Tables
  readonly isForwarded?: boolean
  /** Only these rules, where a replay names them. */
  readonly filterArns?: readonly string[]
  /** Encrypts the event for as long as it waits. */
  readonly key?: EventKey
}

/** Matches an event with the rules of a bus and gathers its deliveries, in the unit of work of its cause. */
export async function ingest(
  ctx: Context,
  event: Event,
  arrival: Arrival,
  departures: Departures,
): Promise<void> {
  const { bus, place, tables, filterArns, ...passage } = arrival
  const set = await ruleSetOf(tables, bus)
  if (!set) return
  for (const rule of set.matching(event)) {
    if (filterArns && !filterArns.includes(rule.arn)) continue
    if (!isFor(rule, event)) continue
    ruleMetric(ctx, rule, 'MatchedEvents')
    if (rule.archive !== undefined) keepInArchive(ctx, tables, rule, event)
    else departures.add(rule, event, { place, ...passage })
  }
}

const readOnlyName = /^(Get|List|Describe)/
/** Reads that are told to every rule (EventBridge User Guide, "Read-only management events"). */
const toldAnyway: ReadonlySet<string> = new Set(['GetFederationToken', 'GetSessionToken'])

/** Reads that CloudTrail recorded are told only to rules that ask for all management events. */
function isFor({ state }: RuleRow, event: Event): boolean {
  if (state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') return true
  if (event['detail-type'] !== 'AWS API Call via CloudTrail') return true
  const { readOnly, eventName } = event.detail as { readOnly?: unknown; eventName?: unknown }
  if (typeof eventName !== 'string' || toldAnyway.has(eventName)) return true
  return readOnly !== true && !readOnlyName.test(eventName)
}

/** Takes the events of all services, on the default bus of their account and Region. */
export const eventSink: EventSink = {
  async onEvent(event, ctx) {
    const departures = new Departures(ctx)
    await ingest(ctx, event, { bus: defaultBus, place: ctx, tables: ctx.store }, departures)
    departures.enqueue()
  },
}
