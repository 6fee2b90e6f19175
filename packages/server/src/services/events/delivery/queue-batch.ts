import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import type { Context } from '../../../kernel/context.ts'
import { commonError } from '../../../kernel/errors.ts'
import { actorOf } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import { queueUrl } from './dead-letter.ts'
import { failureOf } from './failure.ts'
import type { DeliveryFailure } from './failure.ts'
import { inputOf } from './input.ts'
import { send } from './senders.ts'

/** Messages of a batch, and its bytes (API reference of SendMessageBatch). */
export const maxBatch = 10
const maxBatchBytes = 262_144

/** Sends events to the one queue that is the target of them all; failures by the index of the event. */
export async function sendBatch(
  ctx: Context,
  deliveries: readonly Delivery[],
): Promise<ReadonlyMap<number, DeliveryFailure>> {
  const inputs = deliveries.map(inputOf)
  const bytes = inputs.reduce((sum, input) => sum + Buffer.byteLength(input), 0)
  const [first] = deliveries
  if (!first || bytes > maxBatchBytes) return oneByOne(ctx, deliveries, inputs)
  const { arn, sqs } = first.target
  const group = sqs?.MessageGroupId !== undefined && { MessageGroupId: sqs.MessageGroupId }
  const Entries = inputs.map((MessageBody, index) => ({ Id: `${index}`, MessageBody, ...group }))
  const failures = new Map<number, DeliveryFailure>()
  try {
    const input = { QueueUrl: queueUrl(ctx, arn), Entries }
    const answer = await ctx.callAs(actorOf(first), 'sqs', 'SendMessageBatch', input)
    for (const entry of (answer['Failed'] ?? []) as readonly BatchResultErrorEntry[]) {
      const error = commonError(entry.Code ?? '', entry.Message ?? '', 400)
      failures.set(Number(entry.Id), failureOf(error))
    }
  } catch (error) {
    for (const index of deliveries.keys()) failures.set(index, failureOf(error))
  }
  return failures
}

async function oneByOne(
  ctx: Context,
  deliveries: readonly Delivery[],
  inputs: readonly string[],
): Promise<ReadonlyMap<number, DeliveryFailure>> {
  const failures = new Map<number, DeliveryFailure>()
  for (const [index, delivery] of deliveries.entries()) {
    try {
      await send(ctx, delivery, inputs[index] ?? '')
    } catch (error) {
      failures.set(index, failureOf(error))
    }
  }
  return failures
}
