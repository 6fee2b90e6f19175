import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Again, Attempt, Task } from '../../kernel/tasks.ts'
import { courier } from './courier.ts'
import { openNotification } from './encryption.ts'
import type { SealedNotification } from './encryption.ts'
import type { Notification } from './envelope.ts'
import type { Protocol, SubscriptionRow, TopicRow } from './store.ts'
import { subscriptions, topics } from './store.ts'

/** One message on its way to one subscriber. */
export interface Delivery {
  /** Key of the subscription's row. */
  readonly subscription: string
  readonly subscriptionArn: string
  readonly protocol: Protocol
  /** With its password, if it has one: payloads of tasks are sealed. */
  readonly endpoint: string
  readonly notification: Notification
  /** The whole notification, where the topic has a KMS key; `notification` tells nothing then. */
  readonly sealed?: SealedNotification
  /** Absent of raw deliveries, which prove nothing. */
  readonly signature?: { readonly version: string; readonly text: string }
  readonly groupId?: string
  readonly deduplicationId?: string
  /** How many deliveries have failed. */
  readonly failures: number
}

/** What a sender needs to know of a delivery. */
export interface Sending {
  readonly ctx: Context
  readonly delivery: Delivery
  /** The delivery as it was enqueued: sealed, if the topic seals. */
  readonly enqueued: Delivery
  readonly topic: TopicRow
  readonly subscription: SubscriptionRow
}

/** A delivery that failed; `isFinal` when trying again would not help. */
export class DeliveryFailure extends Error {
  readonly isFinal: boolean

  constructor(message: string, isFinal: boolean) {
    super(message)
    this.name = 'DeliveryFailure'
    this.isFinal = isFinal
  }
}

/** How a protocol's messages are sent and tried again. */
export interface Sender {
  /** Sends; `body` is what goes to a dead-letter queue if it never arrives. Throws DeliveryFailure. False: busy. */
  readonly send: (sending: Sending, body: string) => Promise<boolean>
  readonly bodyOf: (sending: Sending) => Promise<string> | string
  /** Seconds until the next try after so many failures; undefined when it is given up. */
  readonly delayOf: (sending: Sending, failures: number) => number | undefined
}

const busyMs = 250

/** The client's fault, or a service that is out of order: what a refused call of another service is. */
export function failureOf(error: unknown): DeliveryFailure {
  if (!(error instanceof Error)) throw error
  const isFinal = error instanceof AwsError && error.fault === 'client'
  return new DeliveryFailure(error.message, isFinal)
}

function count(ctx: Context, topic: TopicRow, name: string): void {
  const dimensions = { TopicName: topic.name }
  ctx.metric({ namespace: 'AWS/SNS', name: `NumberOfNotifications${name}`, value: 1, dimensions })
}

/** What could not be delivered goes to the subscription's dead-letter queue, if it has one. */
async function giveUp(sending: Sending, body: string | undefined): Promise<void> {
  const { ctx, topic, subscription, delivery } = sending
  count(ctx, topic, 'Failed')
  const policy = subscription.attributes['RedrivePolicy']
  if (policy === undefined || body === undefined) return
  const { deadLetterTargetArn: arn = '' } = JSON.parse(policy) as { deadLetterTargetArn?: string }
  const [, , , , account, name = ''] = arn.split(':')
  try {
    await ctx.callAs({ service: 'sns.amazonaws.com', sourceArn: topic.arn }, 'sqs', 'SendMessage', {
      QueueUrl: `/${account}/${name}`,
      MessageBody: body,
      ...(name.endsWith('.fifo') && {
        MessageGroupId: delivery.groupId ?? topic.name,
        MessageDeduplicationId: delivery.deduplicationId ?? delivery.notification.messageId,
      }),
    })
    count(ctx, topic, 'RedrivenToDlq')
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    count(ctx, topic, 'FailedToRedriveToDlq')
  }
}

/** When to try again, or what becomes of a delivery that has failed for good. */
async function failed(
  sending: Sending,
  body: string | undefined,
  failure: DeliveryFailure,
  sender: Sender,
): Promise<Again | undefined> {
  const { ctx } = sending
  const delivery = sending.enqueued
  const delay = failure.isFinal ? undefined : sender.delayOf(sending, delivery.failures)
  if (delay === undefined) {
    await giveUp(sending, body)
    return undefined
  }
  const retryAt = new Date(ctx.runtime(courier).now() + delay * 1000)
  return { retryAt, payload: { ...delivery, failures: delivery.failures + 1 } }
}

/** The task that delivers messages of a kind; each kind has one, so that none waits for another. */
export function deliveryTask(kind: string, sender: Sender): Task<Delivery> {
  return {
    name: `sns.deliver-${kind}`,
    async run(ctx: Context, enqueued: Delivery, _attempt: Attempt): Promise<Again | undefined> {
      const [name = ''] = enqueued.subscription.split(':')
      const topic = await ctx.store.table(topics).get(name)
      const known = await ctx.store.table(subscriptions).get(enqueued.subscription)
      const isNotification = enqueued.notification.type === 'Notification'
      const subscription = known ?? (isNotification ? undefined : unsubscribed(enqueued))
      // Whoever unsubscribed gets nothing more, what was under way included.
      if (!topic || !subscription) return undefined
      const sealed = { ctx, delivery: enqueued, enqueued, topic, subscription }
      let body: string | undefined
      try {
        const sending = { ...sealed, delivery: await opened(ctx, topic, enqueued) }
        body = await sender.bodyOf(sending)
        if (!(await sender.send(sending, body))) {
          return { retryAt: new Date(ctx.runtime(courier).now() + busyMs) }
        }
      } catch (error) {
        if (!(error instanceof DeliveryFailure)) throw error
        return failed(sealed, body, error, sender)
      }
      if (isNotification) count(ctx, topic, 'Delivered')
      return undefined
    },
  }
}

/** A delivery that can be read. A key that is out of use now may be in use again later. */
async function opened(ctx: Context, topic: TopicRow, delivery: Delivery): Promise<Delivery> {
  if (!delivery.sealed) return delivery
  try {
    return { ...delivery, notification: await openNotification(ctx, topic, delivery.sealed) }
  } catch (error) {
    if (error instanceof AwsError) throw new DeliveryFailure(error.message, false)
    throw error
  }
}

/** Stands for a subscription that is gone, for the message that says so. */
function unsubscribed(delivery: Delivery): SubscriptionRow {
  const { notification, protocol, endpoint, subscriptionArn } = delivery
  return {
    arn: subscriptionArn,
    topicArn: notification.topicArn,
    topicName: notification.topicArn.split(':')[5] ?? '',
    protocol,
    endpoint,
    owner: '',
    principal: '',
    isConfirmed: false,
    wasAuthenticated: false,
    createdAt: notification.timestamp,
    attributes: {},
  }
}
