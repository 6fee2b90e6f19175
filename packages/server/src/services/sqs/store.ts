import { defineTable } from '../../kernel/store/store.ts'

/** A queue. Times are ISO 8601. */
export interface QueueRow {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly arn: string
  /** Names the queue's present messages: purging or making the queue anew gives it another. */
  readonly generation: string
  readonly createdAt: string
  readonly modifiedAt: string
  readonly purgedAt?: string
  /** Attributes as they were set, by AWS's names; what is not set has its default. */
  readonly attributes: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

/** The queues of an account and Region, by name. */
export const queues = defineTable<QueueRow>({
  name: 'sqs.queues',
  scope: 'region',
  indexes: { deadLetterQueue: (row) => deadLetterArnOf(row.attributes) },
})

function deadLetterArnOf(attributes: QueueRow['attributes']): string | undefined {
  const policy = attributes['RedrivePolicy']
  if (!policy) return undefined
  const parsed = JSON.parse(policy) as { readonly deadLetterTargetArn?: string }
  return parsed.deadLetterTargetArn
}

/** The data key that a message's content is encrypted with, for queues with a KMS key. */
export interface ContentKey {
  /** What KMS made of the data key: base64. */
  readonly encryptedKey: string
  /** The queue that it was made for, whose ARN is the encryption context. */
  readonly queueArn: string
}

/** A message. Times are epoch milliseconds, as its attributes have them. */
export interface MessageRow {
  readonly generation: string
  readonly messageId: string
  readonly senderId: string
  readonly sentAt: number
  /** When it can be received (again). */
  readonly visibleAt: number
  readonly receiveCount: number
  readonly firstReceivedAt?: number
  readonly receivedAt?: number
  /** Of the latest receive; a receipt handle carries it. */
  readonly receipt?: string
  readonly groupId?: string
  readonly deduplicationId?: string
  readonly sequenceNumber?: string
  /** The queue that this message came from to its dead-letter queue. */
  readonly deadLetterSourceArn?: string
  readonly contentKey?: ContentKey
  /** JSON of `MessageContent`; with a content key, what AES-256-GCM made of that, in base64. */
  readonly content: string
}

/** What senders wrote: the part of a message that is secret. */
export interface MessageContent {
  readonly body: string
  readonly attributes?: Readonly<Record<string, MessageAttribute>>
  readonly traceHeader?: string
}

/** A message attribute; binary values in base64. */
export interface MessageAttribute {
  readonly type: string
  readonly string?: string
  readonly binary?: string
}

/**
 * Messages, by `<generation>/<sequence>`: in the order they were sent. `available` finds what can be
 * received, `delayed` what nobody has received yet and waits, `group` the messages of a FIFO group.
 */
export const messages = defineTable<MessageRow>({
  name: 'sqs.messages',
  scope: 'region',
  sealed: ['content'],
  indexes: {
    available: (row) => `${row.generation}/${row.visibleAt}`,
    delayed: (row) =>
      row.receiveCount === 0 && row.visibleAt > row.sentAt
        ? `${row.generation}/${row.visibleAt}`
        : undefined,
    group: (row) =>
      row.sequenceNumber === undefined ? undefined : `${row.generation}/${row.groupId ?? ''}`,
  },
})

/** A message group of a FIFO queue that has messages. */
export interface GroupRow {
  readonly generation: string
  readonly groupId: string
  /** When its next message can be received: later while some of it are in flight. Epoch milliseconds. */
  readonly visibleAt: number
  readonly lastSequence: string
}

/** Message groups, by `<generation>/<group id>`. */
export const groups = defineTable<GroupRow>({
  name: 'sqs.groups',
  scope: 'region',
  indexes: { available: (row) => `${row.generation}/${row.visibleAt}` },
})

/** A message sent to a FIFO queue within the last five minutes, so that it is not sent twice. */
export interface DeduplicationRow {
  readonly messageId: string
  readonly sequenceNumber: string
  /** Epoch milliseconds. */
  readonly until: number
}

/** Deduplication marks, by `<generation>/<scope and id, hashed>`. */
export const deduplications = defineTable<DeduplicationRow>({
  name: 'sqs.deduplications',
  scope: 'region',
})

/** What a receive with a ReceiveRequestAttemptId got, so that a retry gets the same. */
export interface AttemptRow {
  /** Epoch milliseconds. */
  readonly until: number
  readonly received: readonly { readonly key: string; readonly receipt: string }[]
}

/** Receive attempts, by `<generation>/<attempt id, hashed>`. */
export const attempts = defineTable<AttemptRow>({ name: 'sqs.attempts', scope: 'region' })

/** A message movement task. */
export interface MoveTaskRow {
  readonly handle: string
  readonly sourceArn: string
  readonly destinationArn?: string
  readonly perSecond?: number
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED'
  readonly failureReason?: string
  readonly moved: number
  readonly toMove: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Messages up to this key had been there when the task began. */
  readonly lastKey: string
}

/** Message movement tasks, by `<source queue name>/<ordered id>`. */
export const moveTasks = defineTable<MoveTaskRow>({ name: 'sqs.move-tasks', scope: 'region' })
