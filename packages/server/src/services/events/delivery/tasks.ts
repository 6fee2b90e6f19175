import type { Context } from '../../../kernel/context.ts'
import type { Again, Task } from '../../../kernel/tasks.ts'
import type { Delivery, DeliveryBatch } from './delivery.ts'
import { deliveriesOf } from './delivery.ts'
import { encryptedNotice, openEvent } from '../encryption.ts'
import { failureOf, Postponed, type DeliveryFailure } from './failure.ts'
import { inputOf } from './input.ts'
import { failed, succeeded } from './outcome.ts'
import { sendBatch } from './queue-batch.ts'
import { send } from './senders.ts'
import { invokeWebhook } from './webhook.ts'

type Carry = (ctx: Context, delivery: Delivery, input: string) => Promise<void>

/** Delivers to targets on this server. */
export const deliverTask: Task<Delivery> = {
  name: 'events.deliver',
  run: (ctx, delivery) => attempt(ctx, delivery, send),
}

/** Delivers several events to one queue at once; those that fail go on by themselves. */
export const deliverBatchTask: Task<DeliveryBatch> = {
  name: 'events.deliver-batch',
  async run(ctx, batch) {
    const stored = deliveriesOf(batch)
    const opened: Opened[] = []
    for (const delivery of stored) {
      const each = await open(ctx, delivery)
      if (each) opened.push(each)
    }
    const failures = await sendBatch(
      ctx,
      opened.map(({ delivery }) => delivery),
    )
    for (const [index, each] of opened.entries()) {
      const failure = failures.get(index)
      if (!failure) {
        succeeded(ctx, each.delivery)
        continue
      }
      const again = await failedOnce(ctx, each, failure)
      if (again) ctx.enqueue(deliverTask, again.payload, { due: again.retryAt })
    }
    return undefined
  },
}

/** Delivers to webhooks, apart from the others, as these can be slow. */
export const invokeTask: Task<Delivery> = {
  name: 'events.invoke',
  run: (ctx, delivery) => attempt(ctx, delivery, invokeWebhook),
}

/** A delivery as it is stored, and with its event decrypted. */
interface Opened {
  readonly stored: Delivery
  readonly delivery: Delivery
}

/** Decrypts the event of a delivery; one that cannot be read any more has failed for good. */
async function open(ctx: Context, stored: Delivery): Promise<Opened | undefined> {
  const { sealing, event: content, rule } = stored
  if (!sealing) return { stored, delivery: stored }
  try {
    return { stored, delivery: { ...stored, event: await openEvent(ctx, sealing, content) } }
  } catch (error) {
    const failure = failureOf(error)
    if (failure.isRetryable) throw error
    const event = encryptedNotice(ctx, sealing, { content, ruleArn: rule.arn })
    await failed(ctx, { ...stored, event }, failure)
    return undefined
  }
}

/** Counts a failed attempt; what is tried again waits as it was stored. */
async function failedOnce(
  ctx: Context,
  { stored, delivery }: Opened,
  failure: DeliveryFailure,
): Promise<(Again & { readonly payload: Delivery }) | undefined> {
  const again = await failed(ctx, delivery, failure)
  return again && { ...again, payload: { ...again.payload, event: stored.event } }
}

async function attempt(ctx: Context, stored: Delivery, carry: Carry): Promise<Again | undefined> {
  const opened = await open(ctx, stored)
  if (!opened) return undefined
  const { delivery } = opened
  try {
    await carry(ctx, delivery, inputOf(delivery))
  } catch (error) {
    if (!(error instanceof Postponed)) return failedOnce(ctx, opened, failureOf(error))
    const admitted = error.isAdmitted && { isAdmitted: true as const }
    const retryAt = new Date(ctx.now.getTime() + error.waitMs)
    return { retryAt, payload: { ...stored, ...admitted } }
  }
  succeeded(ctx, delivery)
  return undefined
}
