import type {
  ApiDestinationHttpMethod,
  ArchiveState,
  ConnectionAuthorizationType,
  ConnectionState,
  HttpParameters,
  InputTransformer,
  LogConfig,
  ReplayState,
  RetryPolicy,
  RuleState,
  SqsParameters,
} from '@aws-sdk/client-eventbridge'
import { defineTable } from '../../kernel/store/store.ts'
import type { Sealing } from './encryption.ts'

/** A tag of a bus or rule. */
export interface TagRow {
  readonly key: string
  readonly value: string
}

/** An event bus. The default bus has a row only once something about it was set. */
export interface BusRow {
  readonly name: string
  readonly arn: string
  readonly createdAt: string
  readonly modifiedAt: string
  readonly description?: string
  readonly kmsKeyIdentifier?: string
  readonly deadLetterArn?: string
  readonly logConfig?: LogConfig
  /** The resource policy, JSON. */
  readonly policy?: string
  readonly tags: readonly TagRow[]
}
/** The event buses of an account and Region, by name. */
export const buses = defineTable<BusRow>({ name: 'events.buses', scope: 'region' })

/** A target of a rule, as PutTargets gave it. */
export interface TargetRow {
  readonly id: string
  readonly arn: string
  readonly roleArn?: string
  readonly input?: string
  readonly inputPath?: string
  readonly inputTransformer?: InputTransformer
  readonly sqs?: SqsParameters
  readonly http?: HttpParameters
  readonly deadLetterArn?: string
  readonly retryPolicy?: RetryPolicy
  /** Parameters of target types that cannot be reached here, kept to be shown again; JSON. */
  readonly other?: string
}

/** A rule with its targets. */
export interface RuleRow {
  readonly name: string
  readonly bus: string
  readonly arn: string
  readonly createdAt: string
  /** The account that made the rule, which another account's bus may allow. */
  readonly createdBy: string
  readonly state: RuleState
  readonly pattern?: string
  readonly schedule?: string
  /** Since when the schedule counts; ISO 8601. */
  readonly scheduledSince?: string
  readonly description?: string
  readonly roleArn?: string
  /** The service that made the rule for itself. */
  readonly managedBy?: string
  /** The archive that the rule feeds. */
  readonly archive?: string
  /** The name of that archive, where it has a KMS key. */
  readonly encryptedArchive?: string
  readonly targets: readonly TargetRow[]
  readonly tags: readonly TagRow[]
}
/** The rules of an account and Region, by `<bus>|<rule>`. */
export const rules = defineTable<RuleRow>({
  name: 'events.rules',
  scope: 'region',
  indexes: { target: ({ bus, targets }) => targets.map(({ arn }) => `${bus}|${arn}`) },
})

/** Changes whenever a rule of the bus does, so that compiled rules can be kept by it. */
export interface RuleSetRow {
  readonly generation: string
  /** How many rules match events; 0 spares the look at them. */
  readonly matching: number
}
/** What is known of the rules of each bus, by its name. */
export const ruleSets = defineTable<RuleSetRow>({ name: 'events.rule-sets', scope: 'region' })

/** An archive of a bus's events. */
export interface ArchiveRow {
  readonly name: string
  readonly arn: string
  /** Tells archives of the same name apart. */
  readonly id: string
  readonly busArn: string
  readonly bus: string
  readonly createdAt: string
  readonly state: ArchiveState
  readonly description?: string
  readonly pattern?: string
  /** Zero keeps events for ever. */
  readonly retentionDays: number
  readonly kmsKeyIdentifier?: string
}
/** The archives of an account and Region, by name. */
export const archives = defineTable<ArchiveRow>({ name: 'events.archives', scope: 'region' })

/** An event in an archive. */
export interface ArchivedEventRow {
  /** JSON, encrypted where `sealing` is set. */
  readonly event: string
  readonly sealing?: Sealing
  readonly archivedAt: string
  readonly sizeBytes: number
}
/** Archived events, by `<archive id>|<event time>|<event id>`: in order of time. */
export const archivedEvents = defineTable<ArchivedEventRow>({
  name: 'events.archived-events',
  scope: 'region',
  sealed: ['event'],
})

/** A replay of archived events. Times are ISO 8601. */
export interface ReplayRow {
  readonly name: string
  readonly arn: string
  readonly description?: string
  readonly archiveArn: string
  readonly archiveId: string
  readonly bus: string
  readonly busArn: string
  readonly filterArns: readonly string[]
  readonly from: string
  readonly to: string
  readonly state: ReplayState
  readonly stateReason?: string
  readonly startedAt: string
  readonly endedAt?: string
  /** The time of the latest event that was replayed. */
  readonly replayedTo?: string
}
/** The replays of an account and Region, by name. */
export const replays = defineTable<ReplayRow>({ name: 'events.replays', scope: 'region' })

/** A connection: how to prove who one is to a webhook. */
export interface ConnectionRow {
  readonly name: string
  readonly arn: string
  readonly description?: string
  readonly authorizationType: ConnectionAuthorizationType
  readonly state: ConnectionState
  readonly stateReason?: string
  readonly createdAt: string
  readonly modifiedAt: string
  readonly authorizedAt?: string
  readonly kmsKeyIdentifier?: string
  /** The parameters without their secrets, as DescribeConnection shows them; JSON. */
  readonly parameters: string
  /** The secret of Secrets Manager that has all of them. */
  readonly secretArn: string
  /** The access token of the last authorisation; JSON. */
  readonly token?: string
}
/** The connections of an account and Region, by name. */
export const connections = defineTable<ConnectionRow>({
  name: 'events.connections',
  scope: 'region',
  sealed: ['token'],
})

/** An API destination: a webhook. */
export interface ApiDestinationRow {
  readonly name: string
  readonly arn: string
  readonly description?: string
  readonly connectionArn: string
  readonly endpoint: string
  readonly method: ApiDestinationHttpMethod
  readonly ratePerSecond: number
  readonly createdAt: string
  readonly modifiedAt: string
}
/** The API destinations of an account and Region, by name. */
export const apiDestinations = defineTable<ApiDestinationRow>({
  name: 'events.api-destinations',
  scope: 'region',
})
