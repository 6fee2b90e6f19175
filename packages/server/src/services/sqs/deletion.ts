import { DeleteMessage$, DeleteMessageBatch$ } from '@aws-sdk/client-sqs'
import type {
  DeleteMessageBatchRequest,
  DeleteMessageBatchResult,
  DeleteMessageRequest,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { settingsOf } from './attributes.ts'
import { batchOf } from './batch.ts'
import { inTurn, settleGroup } from './groups.ts'
import { queueAccess, queueAt } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { count } from './metrics.ts'
import { groupsOf, messageOf } from './receipts.ts'
import { messages } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** Deletes a message by its receipt handle; one that is gone already is no error. */
async function remove(
  ctx: Context,
  subject: QueueSubject,
  handle: string | undefined,
): Promise<object> {
  const { queue, tables } = subject
  const found = await messageOf(ctx, subject, handle)
  if (!found) return {}
  count(ctx, queue, 'NumberOfMessagesDeleted', 1)
  tables.table(messages).delete(found.key)
  if (settingsOf(queue).isFifo) {
    await settleGroup(tables, found.row, found.now)
    // The group's next message has become available.
    ctx.afterCommit(() => ctx.runtime(waitingRoom).wake(queue.generation, 1))
  }
  return {}
}

/** Has the groups of a FIFO queue change one call after another. */
async function removeInTurn<T>(
  ctx: Context,
  subject: QueueSubject,
  handles: readonly (string | undefined)[],
  work: () => Promise<T>,
): Promise<T> {
  return inTurn(ctx, await groupsOf(subject, handles), work)
}

/** DeleteMessage. */
export const DeleteMessage = operation<DeleteMessageRequest, object, QueueSubject>(DeleteMessage$, {
  dataEvent: true,
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
  handle: (input, ctx, subject) =>
    removeInTurn(ctx, subject, [input.ReceiptHandle], () =>
      remove(ctx, subject, input.ReceiptHandle),
    ),
})

/** DeleteMessageBatch. */
export const DeleteMessageBatch = operation<
  DeleteMessageBatchRequest,
  DeleteMessageBatchResult,
  QueueSubject
>(DeleteMessageBatch$, {
  dataEvent: true,
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { action: 'DeleteMessage' }),
  handle: (input, ctx, subject) =>
    removeInTurn(ctx, subject, input.Entries?.map((entry) => entry.ReceiptHandle) ?? [], () =>
      batchOf('DeleteMessageBatchRequestEntry', input.Entries, (entry) =>
        remove(ctx, subject, entry.ReceiptHandle),
      ),
    ),
})
