import type { Context } from '../../kernel/context.ts'
import { dispatch } from './dispatch.ts'
import { stringToSign } from './envelope.ts'
import type { MessageType, Notification } from './envelope.ts'
import { subscribeUrl } from './links.ts'
import { signText } from './signer.ts'
import type { SubscriptionRow, TopicRow } from './store.ts'

/** A confirmation's link works for two days (SNS Developer Guide). */
export const tokenMs = 172_800_000

const purpose = 'sns-confirmation'

/** What a confirmation's token says. */
export interface ConfirmationToken {
  readonly arn: string
  /** The subscription as it was, where the token restores one that has ended. */
  readonly ended?: SubscriptionRow
  /** Epoch milliseconds. */
  readonly until: number
}

function newToken(ctx: Context, row: SubscriptionRow, type: MessageType): string {
  const content: ConfirmationToken = {
    arn: row.arn,
    until: ctx.now.getTime() + tokenMs,
    ...(type === 'UnsubscribeConfirmation' && { ended: row }),
  }
  return Buffer.from(ctx.secrets.seal(purpose, JSON.stringify(content))).toString('hex')
}

/** Reads a token; undefined when it is none of ours, or too old. */
export function readToken(ctx: Context, token: string): ConfirmationToken | undefined {
  const text = ctx.secrets.open(purpose, Buffer.from(token, 'hex').toString())
  if (text === undefined) return undefined
  const content = JSON.parse(text) as ConfirmationToken
  return content.until > ctx.now.getTime() ? content : undefined
}

const texts: Readonly<Record<Exclude<MessageType, 'Notification'>, (arn: string) => string>> = {
  SubscriptionConfirmation: (arn) =>
    `You have chosen to subscribe to the topic ${arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
  UnsubscribeConfirmation: (arn) =>
    `You have chosen to deactivate subscription ${arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
}

/** Asks an endpoint to confirm that it wants a subscription, or tells it that it has lost one. */
export async function sendConfirmation(
  ctx: Context,
  topic: TopicRow,
  { key, row }: { readonly key: string; readonly row: SubscriptionRow },
  type: Exclude<MessageType, 'Notification'>,
): Promise<void> {
  const token = newToken(ctx, row, type)
  const version = topic.attributes['SignatureVersion'] ?? '1'
  const isNew = type === 'SubscriptionConfirmation'
  const notification: Notification = {
    type,
    messageId: ctx.ids.uuid(),
    topicArn: topic.arn,
    message: texts[type](isNew ? topic.arn : row.arn),
    timestamp: ctx.now.toISOString(),
    token,
    subscribeUrl: subscribeUrl(ctx.endpoint, topic.arn, token),
  }
  dispatch(ctx, topic, {
    subscription: key,
    subscriptionArn: row.arn,
    protocol: row.protocol,
    endpoint: row.secretEndpoint ?? row.endpoint,
    notification,
    signature: { version, text: await signText(ctx, version, stringToSign(notification)) },
    failures: 0,
  })
}
