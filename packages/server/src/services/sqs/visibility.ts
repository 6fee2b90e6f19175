import { ChangeMessageVisibility$, ChangeMessageVisibilityBatch$ } from '@aws-sdk/client-sqs'
import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchResult,
  ChangeMessageVisibilityRequest,
} from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { settingsOf } from './attributes.ts'
import { batchOf } from './batch.ts'
import { invalidParameter, missingParameter, notInflight } from './errors.ts'
import { isInFlight, settleGroup } from './groups.ts'
import { queueAccess, queueAt } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { messageOf } from './receipts.ts'
import { messages } from './store.ts'
import { waitingRoom } from './waiting-room.ts'

/** A message is invisible for twelve hours at most, from its receive (SQS quotas). */
const maxVisibilitySeconds = 43_200

/** Checks a visibility timeout in seconds. */
export function checkVisibility(seconds: number | undefined): void {
  if (seconds === undefined || (seconds >= 0 && seconds <= maxVisibilitySeconds)) return
  throw invalidParameter(
    `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and ${maxVisibilitySeconds}, if provided.`,
  )
}

async function change(
  ctx: Context,
  subject: QueueSubject,
  handle: string | undefined,
  seconds: number | undefined,
): Promise<object> {
  if (seconds === undefined) throw missingParameter('VisibilityTimeout')
  checkVisibility(seconds)
  const { queue, tables } = subject
  const found = await messageOf(ctx, subject, handle)
  if (!found) {
    throw invalidParameter(
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    )
  }
  const { key, row, now } = found
  if (!isInFlight(row, now)) throw notInflight()
  const total = (now - (row.receivedAt ?? now)) / 1000 + seconds
  if (total > maxVisibilitySeconds) {
    throw invalidParameter(
      `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${maxVisibilitySeconds} seconds].`,
    )
  }
  tables.table(messages).put(key, { ...row, visibleAt: now + seconds * 1000 })
  if (settingsOf(queue).isFifo) await settleGroup(tables, row, now)
  if (seconds === 0) {
    ctx.afterCommit(() => ctx.runtime(waitingRoom).wake(queue.generation, 1))
  }
  return {}
}

/** ChangeMessageVisibility. */
export const ChangeMessageVisibility = operation<
  ChangeMessageVisibilityRequest,
  object,
  QueueSubject
>(ChangeMessageVisibility$, {
  dataEvent: true,
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) => queueAccess(ctx, queue),
  handle: (input, ctx, subject) =>
    change(ctx, subject, input.ReceiptHandle, input.VisibilityTimeout),
})

/** ChangeMessageVisibilityBatch. */
export const ChangeMessageVisibilityBatch = operation<
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchResult,
  QueueSubject
>(ChangeMessageVisibilityBatch$, {
  dataEvent: true,
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (_input, ctx, { queue }) =>
    queueAccess(ctx, queue, { action: 'ChangeMessageVisibility' }),
  handle: (input, ctx, subject) =>
    batchOf('ChangeMessageVisibilityBatchRequestEntry', input.Entries, (entry) =>
      change(ctx, subject, entry.ReceiptHandle, entry.VisibilityTimeout),
    ),
})
