import {
  BatchEntryIdsNotDistinctException$,
  BatchRequestTooLongException$,
  EmptyBatchRequestException$,
  InvalidBatchEntryIdException$,
  Publish$,
  PublishBatch$,
  TooManyEntriesInBatchRequestException$,
} from '@aws-sdk/client-sns'
import type {
  BatchResultErrorEntry,
  PublishBatchInput,
  PublishBatchRequestEntry,
  PublishBatchResponse,
  PublishBatchResultEntry,
  PublishInput,
  PublishResponse,
} from '@aws-sdk/client-sns'
import type { Context } from '../../kernel/context.ts'
import { AwsError, awsError, commonError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { courier } from './courier.ts'
import type { KeptDataKey } from '../../kernel/data-key.ts'
import { deduplicationOf, publishedBefore, rememberPublished } from './deduplication.ts'
import type { Delivery } from './delivery.ts'
import { dispatch } from './dispatch.ts'
import { publishingKey, sealNotification } from './encryption.ts'
import { stringToSign } from './envelope.ts'
import type { Notification } from './envelope.ts'
import { invalidParameter } from './errors.ts'
import { checkPublish, maxMessageBytes } from './publish-input.ts'
import type { CheckedMessage, PublishEntry } from './publish-input.ts'
import { signText } from './signer.ts'
import { subscriptions } from './store.ts'
import type { Protocol, SubscriptionRow } from './store.ts'
import { filteredOut } from './subscription-attributes.ts'
import { publishAccess, requireTopic, topicOrMissing } from './topic-reference.ts'
import type { MissingTopic, TopicSubject } from './topic-reference.ts'

const maxEntries = 10
/** What messages say is in no log (SNS Developer Guide, "Logging SNS API calls"). */
const hiddenMembers = ['Message', 'Subject', 'MessageAttributes']

interface Published {
  readonly subject: TopicSubject
  readonly entry: PublishEntry
  readonly message: CheckedMessage
  readonly messageId: string
  readonly sequenceNumber: string | undefined
  readonly deduplicationId: string | undefined
  readonly key: KeptDataKey | undefined
}

function notificationFor(ctx: Context, published: Published, protocol: Protocol): Notification {
  const { subject, message, messageId, sequenceNumber } = published
  return {
    type: 'Notification',
    messageId,
    topicArn: subject.topic.arn,
    message: message.textFor(protocol),
    ...(message.subject !== undefined && { subject: message.subject }),
    timestamp: ctx.now.toISOString(),
    ...(sequenceNumber !== undefined && { sequenceNumber }),
    attributes: message.attributes,
  }
}

/** Signs each different text once, however many get it. */
function signerFor(ctx: Context, version: string) {
  const signatures = new Map<string, Promise<string>>()
  return (notification: Notification): Promise<string> => {
    const text = stringToSign(notification)
    const known = signatures.get(text) ?? signText(ctx, version, text)
    signatures.set(text, known)
    return known
  }
}

/** Sends a message on its way to every subscription that wants it. */
async function fanOut(ctx: Context, published: Published): Promise<void> {
  const { subject, entry, message, deduplicationId } = published
  const { topic, tables } = subject
  const version = topic.attributes['SignatureVersion'] ?? '1'
  const signed = signerFor(ctx, version)
  const dimensions = { TopicName: topic.name }
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).map(([name, { type, value }]) => [
      name,
      { type, string: type.startsWith('Binary') ? undefined : value },
    ]),
  )
  for (const { key, value: row } of await tables
    .table(subscriptions)
    .list({ prefix: `${topic.name}:` })) {
    if (!row.isConfirmed) continue
    const notification = notificationFor(ctx, published, row.protocol)
    const out = filteredOut(row, { body: notification.message, attributes })
    if (out !== undefined) {
      ctx.metric({
        namespace: 'AWS/SNS',
        name: `NumberOfNotifications${out}`,
        value: 1,
        dimensions,
      })
      continue
    }
    dispatch(ctx, topic, {
      subscription: key,
      subscriptionArn: row.arn,
      protocol: row.protocol,
      endpoint: row.secretEndpoint ?? row.endpoint,
      ...waiting(ctx, published.key, notification),
      ...(needsProof(row) && { signature: { version, text: await signed(notification) } }),
      ...(entry.MessageGroupId !== undefined && { groupId: entry.MessageGroupId }),
      ...(deduplicationId !== undefined && { deduplicationId }),
      failures: 0,
    })
  }
  const metric = { namespace: 'AWS/SNS', dimensions }
  ctx.metric({ ...metric, name: 'NumberOfMessagesPublished', value: 1 })
  ctx.metric({ ...metric, name: 'PublishSize', value: message.bytes, unit: 'Bytes' })
}

/** A notification as it waits for delivery. */
function waiting(
  ctx: Context,
  key: KeptDataKey | undefined,
  notification: Notification,
): Pick<Delivery, 'notification' | 'sealed'> {
  if (!key) return { notification }
  const { type, messageId, topicArn, timestamp, sequenceNumber } = notification
  const told = { type, messageId, topicArn, timestamp, message: '' }
  return {
    notification: { ...told, ...(sequenceNumber !== undefined && { sequenceNumber }) },
    sealed: sealNotification(ctx, key, notification),
  }
}

const needsProof = ({ attributes }: SubscriptionRow): boolean =>
  attributes['RawMessageDelivery'] !== 'true'

/** Publishes a checked message, unless a FIFO topic has it already. */
async function publish(
  ctx: Context,
  subject: TopicSubject,
  entry: PublishEntry,
  message: CheckedMessage,
): Promise<PublishResponse> {
  const { topic, tables } = subject
  const deduplication = deduplicationOf(topic, entry)
  const before = deduplication && (await publishedBefore(ctx, tables, deduplication.key))
  if (before) return { MessageId: before.messageId, SequenceNumber: before.sequenceNumber }
  const messageId = ctx.ids.uuid()
  const sequenceNumber = deduplication && ctx.runtime(courier).nextSequence()
  if (deduplication && sequenceNumber !== undefined) {
    const { key } = deduplication
    rememberPublished(ctx, topic, tables, { key, messageId, sequenceNumber })
  }
  const deduplicationId = deduplication?.id
  const key = await publishingKey(ctx, topic)
  await fanOut(ctx, { subject, entry, message, messageId, sequenceNumber, deduplicationId, key })
  return {
    MessageId: messageId,
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
  }
}

function targetOf(input: PublishInput): { arn: string | undefined; parameter: string } {
  if (input.PhoneNumber !== undefined) {
    throw commonError('NotImplemented', 'Bartizan does not send text messages to telephones', 501)
  }
  const { TopicArn, TargetArn } = input
  if (TopicArn !== undefined && TargetArn !== undefined) {
    throw invalidParameter('TopicArn or TargetArn Reason: only one of them may be given')
  }
  if (TargetArn?.includes(':endpoint/')) {
    throw commonError('NotImplemented', 'Bartizan does not push to applications', 501)
  }
  if (TopicArn === undefined && TargetArn === undefined) {
    throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter')
  }
  return {
    arn: TopicArn ?? TargetArn,
    parameter: TopicArn === undefined ? 'TargetArn' : 'TopicArn',
  }
}

/** Publish, to a topic. */
export const Publish = operation<PublishInput, PublishResponse, TopicSubject | MissingTopic>(
  Publish$,
  {
    dataEvent: true,
    hides: hiddenMembers,
    resolve(input, ctx) {
      const { arn, parameter } = targetOf(input)
      return topicOrMissing(ctx, arn, parameter)
    },
    access: (_input, ctx, subject) => publishAccess(ctx, subject),
    async handle(input, ctx, found) {
      const subject = requireTopic(found)
      return publish(ctx, subject, input, checkPublish(subject.topic, input))
    },
  },
)

function checkEntries(entries: readonly PublishBatchRequestEntry[]): void {
  if (entries.length === 0) {
    throw awsError(EmptyBatchRequestException$, 'The batch request does not contain any entries.')
  }
  if (entries.length > maxEntries) {
    throw awsError(
      TooManyEntriesInBatchRequestException$,
      'The batch request contains more entries than permissible.',
    )
  }
  const ids = entries.map(({ Id = '' }) => Id)
  if (ids.some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw awsError(
      InvalidBatchEntryIdException$,
      'The Id of a batch entry in a batch request does not abide by the specification.',
    )
  }
  if (new Set(ids).size < ids.length) {
    throw awsError(
      BatchEntryIdsNotDistinctException$,
      'Two or more batch entries in the request have the same Id.',
    )
  }
}

/** The code by which entries that failed are told apart. */
function failedEntry(Id: string, error: AwsError): BatchResultErrorEntry {
  const traits: unknown = error.schema?.[3]
  const trait = typeof traits === 'object' && traits !== null && 'awsQueryError' in traits
  const [code]: readonly unknown[] =
    trait && Array.isArray(traits.awsQueryError) ? traits.awsQueryError : []
  return { Id, Code: String(code ?? error.code), Message: error.message, SenderFault: true }
}

/** PublishBatch: up to ten messages, each of which may fail alone. */
export const PublishBatch = operation<
  PublishBatchInput,
  PublishBatchResponse,
  TopicSubject | MissingTopic
>(PublishBatch$, {
  dataEvent: true,
  hides: hiddenMembers,
  resolve: (input, ctx) => topicOrMissing(ctx, input.TopicArn),
  access: (_input, ctx, subject) => publishAccess(ctx, subject),
  async handle(input, ctx, found) {
    const subject = requireTopic(found)
    const entries = input.PublishBatchRequestEntries ?? []
    checkEntries(entries)
    // A key that is refused fails the whole batch.
    await publishingKey(ctx, subject.topic)
    const Successful: PublishBatchResultEntry[] = []
    const Failed: BatchResultErrorEntry[] = []
    let bytes = 0
    for (const entry of entries) {
      const Id = entry.Id ?? ''
      try {
        bytes += Buffer.byteLength(entry.Message ?? '')
        if (bytes > maxMessageBytes) {
          throw awsError(
            BatchRequestTooLongException$,
            'The length of all the batch messages put together is more than the limit.',
          )
        }
        const message = checkPublish(subject.topic, entry)
        Successful.push({ Id, ...(await publish(ctx, subject, entry, message)) })
      } catch (error) {
        if (!(error instanceof AwsError) || error.schema === BatchRequestTooLongException$)
          throw error
        Failed.push(failedEntry(Id, error))
      }
    }
    return { Successful, Failed }
  },
})
