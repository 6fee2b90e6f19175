import { defineTable } from '../../kernel/store/store.ts'

/** A topic. Times are ISO 8601. */
export interface TopicRow {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly arn: string
  readonly createdAt: string
  /** Attributes as they were set, by AWS's names; what is not set has its default. */
  readonly attributes: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

/** The topics of an account and Region, by name. */
export const topics = defineTable<TopicRow>({ name: 'sns.topics', scope: 'region' })

/** How a subscription's endpoint is reached. */
export type Protocol = 'http' | 'https' | 'email' | 'email-json' | 'sqs' | 'lambda'

/** A subscription, in the account and Region of its topic. */
export interface SubscriptionRow {
  readonly arn: string
  readonly topicArn: string
  readonly topicName: string
  readonly protocol: Protocol
  /** A password in a URL is masked. */
  readonly endpoint: string
  /** The URL with its password. */
  readonly secretEndpoint?: string
  /** The account that subscribed. */
  readonly owner: string
  readonly principal: string
  readonly isConfirmed: boolean
  readonly wasAuthenticated: boolean
  /** Set at confirmation: nobody unsubscribes without a signature. */
  readonly authenticatesUnsubscribe?: true
  readonly createdAt: string
  /** Attributes as they were set, by AWS's names. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Subscriptions, by `<topic name>:<id>`. */
export const subscriptions = defineTable<SubscriptionRow>({
  name: 'sns.subscriptions',
  scope: 'region',
  sealed: ['secretEndpoint'],
  indexes: { endpoint: (row) => `${row.topicName} ${row.protocol} ${row.endpoint}` },
})

/** Where the subscriptions are that an account owns, by their ARN, in that account and the topic's Region. */
export const ownSubscriptions = defineTable<{ readonly arn: string }>({
  name: 'sns.own-subscriptions',
  scope: 'region',
})

/** A message published to a FIFO topic within the last five minutes. Times are epoch milliseconds. */
export interface DeduplicationRow {
  readonly messageId: string
  readonly sequenceNumber: string
  readonly until: number
}

/** Deduplication marks, by `<topic name>/<scope and id, hashed>`. */
export const deduplications = defineTable<DeduplicationRow>({
  name: 'sns.deduplications',
  scope: 'region',
})

/** The key that signs messages, with its certificate; PEM. */
export interface SignerRow {
  readonly privateKey: string
  readonly certificate: string
}

/** The installation's signer, under the key `signer`. */
export const signers = defineTable<SignerRow>({
  name: 'sns.signers',
  scope: 'system',
  sealed: ['privateKey'],
})
