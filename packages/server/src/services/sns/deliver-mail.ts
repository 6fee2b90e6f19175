import { courier } from './courier.ts'
import type { Letter } from './courier.ts'
import { DeliveryFailure, deliveryTask } from './delivery.ts'
import type { Sending } from './delivery.ts'
import { bodyOf, unsubscribeUrl } from './links.ts'

/** Fifty tries in six hours, as AWS does it for mail. */
function mailDelay(failures: number): number | undefined {
  if (failures >= 50) return undefined
  if (failures < 2) return 10
  return failures < 12 ? 10 + (590 * (failures - 2)) / 9 : 600
}

function textOf({ ctx, delivery, topic }: Sending): string {
  const { notification, subscriptionArn } = delivery
  if (notification.type === 'SubscriptionConfirmation') {
    return [
      'You have chosen to subscribe to the topic:',
      topic.arn,
      '',
      'To confirm this subscription, visit the link below (if this was in error no action is necessary):',
      notification.subscribeUrl ?? '',
      '',
    ].join('\n')
  }
  return [
    notification.message,
    '',
    '--',
    'If you wish to stop receiving notifications from this topic, please visit the link below to unsubscribe:',
    unsubscribeUrl(ctx, subscriptionArn),
    '',
  ].join('\n')
}

function letterOf(sending: Sending, body: string): Letter {
  const { delivery, topic } = sending
  const { type, subject } = delivery.notification
  const isConfirmation = type === 'SubscriptionConfirmation'
  const usual = isConfirmation
    ? 'AWS Notification - Subscription Confirmation'
    : 'AWS Notification Message'
  return {
    to: delivery.endpoint,
    subject: subject ?? usual,
    text: body,
    from: topic.attributes['DisplayName'] || 'AWS Notifications',
  }
}

/** Delivers by mail: as text, or as the JSON that other endpoints get. */
export const deliverByMail = deliveryTask('email', {
  bodyOf: (sending) =>
    sending.delivery.protocol === 'email-json' ? bodyOf(sending) : textOf(sending),
  delayOf: (_sending, failures) => mailDelay(failures),
  async send(sending, body) {
    try {
      await sending.ctx.runtime(courier).send(letterOf(sending, body))
    } catch (error) {
      throw new DeliveryFailure(error instanceof Error ? error.message : 'no mail server', false)
    }
    return true
  },
})
