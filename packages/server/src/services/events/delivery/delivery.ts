import { readEventJson } from '../../../kernel/event-pattern/index.ts'
import type { EventEnvelope } from '../../../kernel/events.ts'
import type { Actor } from '../../../kernel/acting.ts'
import type { Sealing } from '../encryption.ts'
import type { TargetRow } from '../store.ts'

/** An event as rules and targets see it. */
export type Event = EventEnvelope & { readonly 'replay-name'?: string }

/** An event on its way from a rule to one of its targets. */
export interface Delivery {
  /** The event's JSON, encrypted where `sealing` is set. */
  readonly event: string
  readonly sealing?: Sealing
  readonly rule: { readonly name: string; readonly arn: string; readonly bus: string }
  readonly target: TargetRow
  /** ISO 8601. */
  readonly ingestedAt: string
  /** Attempts that have failed. */
  readonly failures: number
  /** Set when the event came from another bus: it goes to no third one. */
  readonly isForwarded?: true
  /** Set when the rate limit of the destination has let it in already. */
  readonly isAdmitted?: true
}

/** Several events on their way from a rule to the same target. */
export interface DeliveryBatch extends Pick<
  Delivery,
  'rule' | 'target' | 'ingestedAt' | 'isForwarded' | 'sealing'
> {
  /** The events' JSON. */
  readonly events: readonly string[]
}

/** The event of a delivery. */
export function eventOf({ event }: Pick<Delivery, 'event'>): Event {
  return readEventJson(event) as Event
}

/** The deliveries of a batch, in order. */
export function deliveriesOf({ events, ...common }: DeliveryBatch): Delivery[] {
  return events.map((event) => ({ ...common, event, failures: 0 }))
}

/** Who EventBridge is when it calls a target: the target's role, or itself on behalf of the rule. */
export function actorOf({ rule, target }: Delivery): Actor {
  const { roleArn } = target
  return {
    service: 'events.amazonaws.com',
    sourceArn: rule.arn,
    ...(roleArn !== undefined && { roleArn, sessionName: rule.name.slice(0, 64).padEnd(2, '-') }),
  }
}
