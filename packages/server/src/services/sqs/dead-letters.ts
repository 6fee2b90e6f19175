import type { Context } from '../../kernel/context.ts'
import { settingsOf } from './attributes.ts'
import { enterGroup } from './groups.ts'
import { queueOfArn } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { messages } from './store.ts'
import type { MessageRow } from './store.ts'
import { ensureSweep } from './sweep.ts'
import { waitingRoom } from './waiting-room.ts'

/** Where a queue's messages go that were received too often. */
export interface DeadLetters {
  readonly maxReceiveCount: number
  readonly target: QueueSubject
}

/** The dead-letter queue of a queue, if it has one that exists. */
export async function deadLettersOf(
  ctx: Context,
  { queue }: QueueSubject,
): Promise<DeadLetters | undefined> {
  const { redrive } = settingsOf(queue)
  if (!redrive) return undefined
  const target = await queueOfArn(ctx, redrive.deadLetterTargetArn)
  return target && { maxReceiveCount: redrive.maxReceiveCount, target }
}

/**
 * Puts a message that leaves another queue into this one, at its end. A standard queue keeps the time at
 * which it was first sent, by which it expires; a FIFO queue counts anew
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
 */
export async function moveTo(
  ctx: Context,
  { queue, tables }: QueueSubject,
  row: MessageRow,
): Promise<void> {
  const room = ctx.runtime(waitingRoom)
  const { generation } = queue
  const { isFifo } = settingsOf(queue)
  const sequence = room.nextSequence()
  const { receipt: _receipt, sequenceNumber: _sequence, ...kept } = row
  const moved: MessageRow = {
    ...kept,
    generation,
    visibleAt: room.now(),
    ...(isFifo && { sequenceNumber: sequence, sentAt: room.now() }),
  }
  tables.table(messages).put(`${generation}/${sequence}`, moved)
  if (isFifo) await enterGroup(tables, moved)
  ensureSweep(ctx, queue)
  ctx.afterCommit(() => room.wake(generation, 1))
}
