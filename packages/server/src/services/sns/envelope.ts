/** What SNS sends. */
export type MessageType = 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'

/** A message attribute as SNS passes it on; binary values in base64. */
export interface AttributeValue {
  readonly type: string
  readonly value: string
}

/** A message on its way to subscribers. `timestamp` is ISO 8601 with milliseconds. */
export interface Notification {
  readonly type: MessageType
  readonly messageId: string
  readonly topicArn: string
  readonly message: string
  readonly subject?: string
  readonly timestamp: string
  /** Of confirmations. */
  readonly token?: string
  readonly subscribeUrl?: string
  /** Of FIFO topics. */
  readonly sequenceNumber?: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

/** What proves where a message comes from. */
export interface Proof {
  readonly version: string
  readonly signature: string
  readonly certificateUrl: string
}

/**
 * The text that is signed: names and values on lines of their own, names in order
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
 */
export function stringToSign(notification: Notification): string {
  const { type, subject, token, subscribeUrl } = notification
  const own = type === 'Notification'
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Message', notification.message],
    ['MessageId', notification.messageId],
    ['Subject', own ? subject : undefined],
    ['SubscribeURL', own ? undefined : subscribeUrl],
    ['Timestamp', notification.timestamp],
    ['Token', own ? undefined : token],
    ['TopicArn', notification.topicArn],
    ['Type', type],
  ]
  return fields
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}\n${value}\n`))
    .join('')
}

function attributesOut(attributes: Notification['attributes']) {
  const entries = Object.entries(attributes ?? {})
  if (entries.length === 0) return undefined
  return Object.fromEntries(
    entries.map(([name, { type, value }]) => [name, { Type: type, Value: value }]),
  )
}

/** The JSON that subscribers get, in AWS's order and layout. */
export function envelopeJson(
  notification: Notification,
  { version, signature, certificateUrl }: Proof,
  unsubscribeUrl: string,
): string {
  const { type, token, subscribeUrl, sequenceNumber, subject } = notification
  const isNotification = type === 'Notification'
  const members = {
    Type: type,
    MessageId: notification.messageId,
    SequenceNumber: sequenceNumber,
    Token: token,
    TopicArn: notification.topicArn,
    Subject: subject,
    Message: notification.message,
    SubscribeURL: subscribeUrl,
    Timestamp: notification.timestamp,
    SignatureVersion: version,
    Signature: signature,
    SigningCertURL: certificateUrl,
    UnsubscribeURL: isNotification ? unsubscribeUrl : undefined,
    MessageAttributes: attributesOut(notification.attributes),
  }
  const lines = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`)
  return `{\n${lines.join(',\n')}\n}`
}

/** The event that a function gets (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html). */
export function lambdaEvent(
  notification: Notification,
  proof: Proof,
  { subscriptionArn, unsubscribeUrl }: { subscriptionArn: string; unsubscribeUrl: string },
): object {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: notification.type,
          MessageId: notification.messageId,
          TopicArn: notification.topicArn,
          Subject: notification.subject ?? null,
          Message: notification.message,
          Timestamp: notification.timestamp,
          SignatureVersion: proof.version,
          Signature: proof.signature,
          SigningCertUrl: proof.certificateUrl,
          UnsubscribeUrl: unsubscribeUrl,
          MessageAttributes: attributesOut(notification.attributes) ?? {},
        },
      },
    ],
  }
}
