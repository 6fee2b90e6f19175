import type { AuditRecord } from './audit-record.ts'
import type { Context } from './context.ts'
import { defineTable } from './store/store.ts'

/** An event that a service announces on EventBridge's default bus. */
export interface ServiceEvent {
  /** `aws.ssm`. */
  readonly source: string
  readonly detailType: string
  readonly detail: object
  readonly resources?: readonly string[]
  /** Where, when it is not the caller's place. */
  readonly account?: string
  readonly region?: string
}

/**
 * EventBridge's envelope of an event
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
 */
export interface EventEnvelope {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  /** ISO 8601, whole seconds. */
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: object
}

/** How many enabled rules the default bus of a place has: most places have none, and pay one look. */
export interface EventInterest {
  readonly rules: number
}

/** Kept by EventBridge, under the key `default`. */
export const eventInterest = defineTable<EventInterest>({
  name: 'kernel.event-interest',
  scope: 'region',
})

/** What takes events off the kernel's hands: EventBridge. */
export interface EventSink {
  /**
   * Called in the unit of work that caused the event, with a context in the event's account and
   * Region, only where `eventInterest` says that there are rules. Enqueues what follows from it.
   */
  onEvent(event: EventEnvelope, ctx: Context): Promise<void>
}

/** The event of an audited call (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html). */
export function apiCallEvent(record: AuditRecord): EventEnvelope {
  const [service = ''] = record.eventSource.split('.')
  return {
    version: '0',
    id: record.eventID,
    'detail-type':
      record.eventType === 'AwsApiCall'
        ? 'AWS API Call via CloudTrail'
        : 'AWS Service Event via CloudTrail',
    source: `aws.${service}`,
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: [],
    detail: record,
  }
}
