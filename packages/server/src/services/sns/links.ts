import type { Context } from '../../kernel/context.ts'
import { envelopeJson } from './envelope.ts'
import type { Proof } from './envelope.ts'
import type { Sending } from './delivery.ts'
import { certificateUrl } from './signer.ts'

/** The link that ends a subscription. */
export function unsubscribeUrl(ctx: Context, arn: string): string {
  return `${ctx.endpoint}/?Action=Unsubscribe&SubscriptionArn=${encodeURIComponent(arn)}`
}

/** The link that confirms a subscription. */
export function subscribeUrl(endpoint: string, topicArn: string, token: string): string {
  return `${endpoint}/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(topicArn)}&Token=${token}`
}

/** What proves a delivery's origin. */
export async function proofOf({ ctx, delivery }: Sending): Promise<Proof> {
  const { version = '1', text = '' } = delivery.signature ?? {}
  return { version, signature: text, certificateUrl: await certificateUrl(ctx) }
}

/** Whether a subscription wants the bare message; confirmations are never bare. */
export function isRaw({ subscription, delivery }: Sending): boolean {
  const { attributes } = subscription
  return (
    attributes['RawMessageDelivery'] === 'true' && delivery.notification.type === 'Notification'
  )
}

/** The bare message, or the envelope. */
export async function bodyOf(sending: Sending): Promise<string> {
  const { ctx, delivery } = sending
  if (isRaw(sending)) return delivery.notification.message
  const url = unsubscribeUrl(ctx, delivery.subscriptionArn)
  return envelopeJson(delivery.notification, await proofOf(sending), url)
}
