import type { LogGroupClass, MetricTransformation } from '@aws-sdk/client-cloudwatch-logs'
import { defineTable } from '../../kernel/store/store.ts'

/** A log group. Times are epoch milliseconds, as the API has them. */
export interface LogGroupRow {
  /** What its streams and events are kept under: a group of the same name made later is another. */
  readonly id: string
  readonly name: string
  readonly createdMs: number
  readonly class: LogGroupClass
  readonly retentionDays?: number
  readonly kmsKeyId?: string
  readonly isProtected: boolean
  readonly tags: Readonly<Record<string, string>>
  /** Bytes as last measured; AWS's figure lags behind too. */
  readonly storedBytes: number
  readonly metricFilters: number
  readonly subscriptionFilters: number
}
/** The log groups of an account and Region, by name. */
export const logGroups = defineTable<LogGroupRow>({ name: 'logs.groups', scope: 'region' })

/** A log stream. Times are epoch milliseconds. */
export interface LogStreamRow {
  readonly id: string
  readonly groupId: string
  readonly name: string
  readonly createdMs: number
  readonly firstEventMs?: number
  readonly lastEventMs?: number
  readonly lastIngestionMs?: number
  /** Bytes that PutLogEvents has added and pruning has not yet taken away. */
  readonly bytes: number
  /** How many batches were put: their order where times are equal. */
  readonly batches: number
}
/** The log streams, by `<group id>|<name>`. */
export const logStreams = defineTable<LogStreamRow>({
  name: 'logs.streams',
  scope: 'region',
  indexes: {
    lastEvent: (row) => `${row.groupId}|${sortable(row.lastEventMs ?? 0)}|${row.name}`,
  },
})

/** Events of one stream that were put together; they span at most two minutes. */
export interface BatchRow {
  readonly groupId: string
  readonly streamId: string
  readonly streamName: string
  readonly firstMs: number
  readonly lastMs: number
  readonly ingestedMs: number
  /** Where it stands among batches: `<first time>|<ingestion time>|<number>|<stream>`. */
  readonly order: string
  readonly bytes: number
  /** `json`, or `deflate` in base64; within AES-GCM in base64 where the group has a KMS key. */
  readonly form: 'json' | 'deflate'
  /** The data key that opens `events`, as KMS encrypted it, in base64. */
  readonly dataKey?: string
  readonly events: string
}
/** The events, sealed, by `<group id>|<order>`. */
export const batches = defineTable<BatchRow>({
  name: 'logs.batches',
  scope: 'region',
  sealed: ['events'],
  uncached: true,
  indexes: {
    stream: (row) => `${row.streamId}|${row.order}`,
    streamEnd: (row) => `${row.streamId}|${sortable(row.lastMs)}|${row.order}`,
    end: (row) => `${row.groupId}|${sortable(row.lastMs)}|${row.order}`,
  },
})

/** A metric filter. */
export interface MetricFilterRow {
  readonly groupId: string
  readonly groupName: string
  readonly name: string
  readonly pattern: string
  readonly createdMs: number
  readonly transformations: readonly MetricTransformation[]
}
/** Metric filters, by `<group name>|<filter name>`. */
export const metricFilters = defineTable<MetricFilterRow>({
  name: 'logs.metric-filters',
  scope: 'region',
})

/** A subscription filter. */
export interface SubscriptionFilterRow {
  readonly groupId: string
  readonly groupName: string
  readonly name: string
  readonly pattern: string
  readonly createdMs: number
  readonly destinationArn: string
  readonly roleArn?: string
  readonly distribution: 'Random' | 'ByLogStream'
}
/** Subscription filters, by `<group name>|<filter name>`. */
export const subscriptionFilters = defineTable<SubscriptionFilterRow>({
  name: 'logs.subscription-filters',
  scope: 'region',
})

/** A resource policy: of the account, or of one log group. */
export interface ResourcePolicyRow {
  readonly name: string
  readonly document: string
  readonly updatedMs: number
  readonly revision: string
  /** The log group's ARN, for a policy of its own. */
  readonly resourceArn?: string
}
/** Resource policies, by `account|<name>` or `group|<log group ARN>`. */
export const resourcePolicies = defineTable<ResourcePolicyRow>({
  name: 'logs.resource-policies',
  scope: 'region',
})

/** A time that sorts as text. */
export function sortable(ms: number): string {
  return String(Math.max(0, Math.trunc(ms))).padStart(14, '0')
}
