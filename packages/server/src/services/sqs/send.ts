import { hash } from 'node:crypto'
import { BatchRequestTooLong$, SendMessage$, SendMessageBatch$ } from '@aws-sdk/client-sqs'
import type {
  SendMessageBatchRequest,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { settingsOf } from './attributes.ts'
import { batchOf } from './batch.ts'
import { md5OfAttributes, md5OfBody } from './checksum.ts'
import { encryptContent } from './encryption.ts'
import { enterGroup, groupKey, inTurn } from './groups.ts'
import { checkMessage } from './message-input.ts'
import type { CheckedMessage, MessageInput } from './message-input.ts'
import { count } from './metrics.ts'
import { queueAccess, queueAt } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { deduplications, messages } from './store.ts'
import type { MessageRow } from './store.ts'
import { ensureSweep } from './sweep.ts'
import { waitingRoom } from './waiting-room.ts'

/** For how long a FIFO queue remembers what was sent to it (SQS Developer Guide, "Exactly-once processing"). */
const deduplicationMs = 300_000
/** The most that a batch may carry altogether (SQS quotas). */
const maxBatchBytes = 1_048_576

/** What messages say is in no log (SQS Developer Guide, "Logging SQS API calls"). */
const hiddenMembers = ['MessageBody', 'MessageAttributes', 'MessageSystemAttributes']

/** Key and id of what a FIFO queue would take for the same message. */
function deduplicationOf({ queue }: QueueSubject, input: MessageInput) {
  const { isFifo, deduplicatesByGroup } = settingsOf(queue)
  if (!isFifo) return undefined
  const id = input.MessageDeduplicationId ?? hash('sha256', input.MessageBody ?? '')
  const scope = deduplicatesByGroup ? input.MessageGroupId : ''
  return { id, key: `${queue.generation}/${hash('sha256', JSON.stringify([scope, id]))}` }
}

function checksumsOf({ content }: CheckedMessage) {
  const { body, attributes, traceHeader } = content
  return {
    MD5OfMessageBody: md5OfBody(body),
    ...(attributes && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
    ...(traceHeader !== undefined && {
      MD5OfMessageSystemAttributes: md5OfAttributes({
        AWSTraceHeader: { type: 'String', string: traceHeader },
      }),
    }),
  }
}

/** Puts a checked message into its queue, unless a FIFO queue has it already. */
async function put(
  ctx: Context,
  subject: QueueSubject,
  input: MessageInput,
  message: CheckedMessage,
): Promise<SendMessageResult> {
  const { queue, tables } = subject
  const room = ctx.runtime(waitingRoom)
  const now = room.now()
  const deduplication = deduplicationOf(subject, input)
  const marks = tables.table(deduplications)
  const sent = deduplication && (await marks.get(deduplication.key))
  if (sent && sent.until > now) {
    const { messageId, sequenceNumber } = sent
    return { MessageId: messageId, SequenceNumber: sequenceNumber, ...checksumsOf(message) }
  }
  const messageId = ctx.ids.uuid()
  const sequence = room.nextSequence()
  const row: MessageRow = {
    generation: queue.generation,
    messageId,
    senderId: ctx.principal.principalId,
    sentAt: now,
    visibleAt: now + message.delayMs,
    receiveCount: 0,
    ...(input.MessageGroupId !== undefined && { groupId: input.MessageGroupId }),
    ...(deduplication && { deduplicationId: deduplication.id, sequenceNumber: sequence }),
    ...(await encryptContent(ctx, queue, message.content)),
  }
  tables.table(messages).put(`${queue.generation}/${sequence}`, row)
  if (deduplication) {
    const until = now + deduplicationMs
    marks.put(deduplication.key, { messageId, sequenceNumber: sequence, until })
    await enterGroup(tables, row)
  }
  return {
    MessageId: messageId,
    ...checksumsOf(message),
    ...(deduplication && { SequenceNumber: sequence }),
  }
}

/** FIFO queues take the messages of a group one after another. */
function groupsOf({ queue }: QueueSubject, inputs: readonly MessageInput[]): string[] {
  if (!settingsOf(queue).isFifo) return []
  const { generation } = queue
  return inputs.map(({ MessageGroupId: groupId = '' }) => groupKey({ generation, groupId }))
}

/** Afterwards: whoever waits for messages of the queue is told, and old ones are cleared away in time. */
function announce(ctx: Context, { queue }: QueueSubject, sent: number): void {
  ensureSweep(ctx, queue)
  count(ctx, queue, 'NumberOfMessagesSent', sent)
  ctx.afterCommit(() => ctx.runtime(waitingRoom).wake(queue.generation, sent))
}

/** SendMessage. */
export const SendMessage = operation<SendMessageRequest, SendMessageResult, QueueSubject>(
  SendMessage$,
  {
    dataEvent: true,
    hides: hiddenMembers,
    resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
    access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
    async handle(input, ctx, subject) {
      const message = checkMessage(subject.queue, input)
      const result = await inTurn(ctx, groupsOf(subject, [input]), () =>
        put(ctx, subject, input, message),
      )
      announce(ctx, subject, 1)
      return result
    },
  },
)

/** SendMessageBatch: up to ten messages, each of which may fail alone. */
export const SendMessageBatch = operation<
  SendMessageBatchRequest,
  SendMessageBatchResult,
  QueueSubject
>(SendMessageBatch$, {
  dataEvent: true,
  hides: hiddenMembers,
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { action: 'SendMessage' }),
  async handle(input, ctx, subject) {
    let bytes = 0
    for (const { MessageBody: body = '' } of input.Entries ?? []) bytes += Buffer.byteLength(body)
    const result = await inTurn(ctx, groupsOf(subject, input.Entries ?? []), () =>
      batchOf('SendMessageBatchRequestEntry', input.Entries, (entry) =>
        put(ctx, subject, entry, checkMessage(subject.queue, entry)),
      ),
    )
    if (bytes > maxBatchBytes) {
      throw awsError(
        BatchRequestTooLong$,
        `Batch requests cannot be longer than ${maxBatchBytes} bytes. You have sent ${bytes} bytes.`,
      )
    }
    announce(ctx, subject, result.Successful.length)
    return {
      ...result,
      Successful: result.Successful.map((sent) => ({
        MessageId: undefined,
        MD5OfMessageBody: undefined,
        ...sent,
      })),
    }
  },
})
