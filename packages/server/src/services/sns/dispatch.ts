import type { Context } from '../../kernel/context.ts'
import type { Task } from '../../kernel/tasks.ts'
import { deliverByMail } from './deliver-mail.ts'
import { deliverToFunction } from './deliver-function.ts'
import { deliverToQueue } from './deliver-queue.ts'
import { deliverToWeb } from './deliver-http.ts'
import type { Delivery } from './delivery.ts'
import type { Protocol, TopicRow } from './store.ts'

const tasks: Readonly<Record<Protocol, Task<Delivery>>> = {
  http: deliverToWeb,
  https: deliverToWeb,
  email: deliverByMail,
  'email-json': deliverByMail,
  sqs: deliverToQueue,
  lambda: deliverToFunction,
}

/** The tasks that deliver, one for each kind of endpoint. */
export const deliveryTasks = [deliverToWeb, deliverByMail, deliverToQueue, deliverToFunction]

/** Sends a delivery on its way: right after the commit, in the topic's account and Region. */
export function dispatch(ctx: Context, topic: TopicRow, delivery: Delivery): void {
  const { account, region } = topic
  const { groupId, subscriptionArn, notification } = delivery
  // What is said to a subscriber in one group stays in order.
  const isOrdered = groupId !== undefined && notification.sequenceNumber !== undefined
  const order = isOrdered ? { order: `sns/${subscriptionArn}/${groupId}` } : {}
  ctx.enqueue(tasks[delivery.protocol], delivery, { account, region, ...order })
}
