import type { Context } from '../../../kernel/context.ts'
import type { Again, Task } from '../../../kernel/tasks.ts'
import type { Delivery, DeliveryBatch } from './delivery.ts'
import { deliveriesOf } from './delivery.ts'
import { failureOf, Postponed } from './failure.ts'
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
    const deliveries = deliveriesOf(batch)
    const failures = await sendBatch(ctx, deliveries)
    for (const [index, delivery] of deliveries.entries()) {
      const failure = failures.get(index)
      if (!failure) {
        succeeded(ctx, delivery)
        continue
      }
      const again = await failed(ctx, delivery, failure)
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

async function attempt(ctx: Context, delivery: Delivery, carry: Carry): Promise<Again | undefined> {
  try {
    await carry(ctx, delivery, inputOf(delivery))
  } catch (error) {
    if (!(error instanceof Postponed)) return failed(ctx, delivery, failureOf(error))
    const admitted = error.isAdmitted && { isAdmitted: true as const }
    const retryAt = new Date(ctx.now.getTime() + error.waitMs)
    return { retryAt, payload: { ...delivery, ...admitted } }
  }
  succeeded(ctx, delivery)
  return undefined
}
