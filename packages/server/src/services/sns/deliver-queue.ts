import { courier } from './courier.ts'
import { deliveryTask, failureOf } from './delivery.ts'
import type { Sending } from './delivery.ts'
import type { AttributeValue } from './envelope.ts'
import { bodyOf, isRaw } from './links.ts'

/** A deduplication id for FIFO queues lasts, a group keeps order. */
function fifoMembers({ delivery }: Sending, isFifo: boolean): object {
  const { groupId, deduplicationId, notification } = delivery
  if (!isFifo) return groupId === undefined ? {} : { MessageGroupId: groupId }
  return {
    MessageGroupId: groupId ?? notification.topicArn,
    MessageDeduplicationId: deduplicationId ?? notification.messageId,
  }
}

function attributesOut(attributes: Readonly<Record<string, AttributeValue>>): object {
  const entries = Object.entries(attributes).map(([name, { type, value }]) => {
    const isBinary = type.startsWith('Binary')
    const content = isBinary
      ? { BinaryValue: Buffer.from(value, 'base64') }
      : { StringValue: value }
    return [name, { DataType: type, ...content }] as const
  })
  return entries.length > 0 ? { MessageAttributes: Object.fromEntries(entries) } : {}
}

/**
 * Deliveries to AWS's own services: at once, then ever later, for 23 days
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
 */
export function managedDelay(failures: number): number | undefined {
  if (failures >= 100_015) return undefined
  if (failures < 3) return 0
  if (failures < 5) return 1
  return failures < 15 ? Math.min(20, 2 ** ((failures - 4) / 2)) : 20
}

/** Delivers to SQS, as the service, which the queue's policy must allow. */
export const deliverToQueue = deliveryTask('sqs', {
  bodyOf,
  delayOf: (_sending, failures) => managedDelay(failures),
  async send(sending, body) {
    const { ctx, delivery, topic } = sending
    const [, , , region = '', account = '', name = ''] = delivery.endpoint.split(':')
    const actor = {
      service: 'sns.amazonaws.com',
      sourceArn: topic.arn,
      sourceAccount: topic.account,
    }
    const raw = isRaw(sending)
    try {
      const place = { account: topic.account, region }
      await ctx.runtime(courier).callAs(place, actor, {
        service: 'sqs',
        operation: 'SendMessage',
        input: {
          QueueUrl: `/${account}/${name}`,
          MessageBody: body,
          ...fifoMembers(sending, name.endsWith('.fifo')),
          ...(raw && attributesOut(delivery.notification.attributes ?? {})),
        },
      })
    } catch (error) {
      throw failureOf(error)
    }
    return true
  },
})
