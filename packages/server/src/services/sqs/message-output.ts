import type { Message, MessageAttributeValue, ReceiveMessageRequest } from '@aws-sdk/client-sqs'
import type { Context } from '../../kernel/context.ts'
import { md5OfAttributes, md5OfBody } from './checksum.ts'
import { contentOf } from './encryption.ts'
import { unknownAttribute } from './errors.ts'
import { handleOf } from './receipts.ts'
import type { MessageAttribute, MessageContent, MessageRow, QueueRow } from './store.ts'
import type { Taken } from './take.ts'

type SystemValue = (row: MessageRow, content: MessageContent) => string | number | undefined

/** The system attributes of a message (API reference of ReceiveMessage). */
const systemAttributes: Readonly<Record<string, SystemValue>> = {
  SenderId: (row) => row.senderId,
  SentTimestamp: (row) => row.sentAt,
  ApproximateReceiveCount: (row) => row.receiveCount,
  ApproximateFirstReceiveTimestamp: (row) => row.firstReceivedAt,
  SequenceNumber: (row) => row.sequenceNumber,
  MessageDeduplicationId: (row) => row.deduplicationId,
  MessageGroupId: (row) => row.groupId,
  AWSTraceHeader: (_row, content) => content.traceHeader,
  DeadLetterQueueSourceArn: (row) => row.deadLetterSourceArn,
}

/** What a receive wants to be told of a message. */
export interface Wanted {
  readonly system: readonly string[]
  readonly isWanted: (attribute: string) => boolean
}

/** Reads which attributes are asked for. Throws InvalidAttributeName for system attributes there are none of. */
export function wantedOf(input: ReceiveMessageRequest): Wanted {
  const asked = new Set<string>([
    ...(input.AttributeNames ?? []),
    ...(input.MessageSystemAttributeNames ?? []),
  ])
  for (const name of asked) {
    if (name !== 'All' && !Object.hasOwn(systemAttributes, name)) throw unknownAttribute(name)
  }
  const names = input.MessageAttributeNames ?? []
  const prefixes = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2))
  const isAll = names.includes('All')
  return {
    system: asked.has('All') ? Object.keys(systemAttributes) : [...asked],
    isWanted: (attribute) =>
      isAll || names.includes(attribute) || prefixes.some((prefix) => attribute.startsWith(prefix)),
  }
}

function attributeOut({ type, string, binary }: MessageAttribute): MessageAttributeValue {
  return binary === undefined
    ? { DataType: type, StringValue: string }
    : { DataType: type, BinaryValue: Buffer.from(binary, 'base64') }
}

/** A received message as the API writes it. */
export async function messageOut(
  ctx: Context,
  queue: QueueRow,
  { key, row }: Taken,
  { system, isWanted }: Wanted,
): Promise<Message> {
  const content = await contentOf(ctx, queue, row)
  const Attributes: Record<string, string> = {}
  for (const name of system) {
    const value = systemAttributes[name]?.(row, content)
    if (value !== undefined) Attributes[name] = String(value)
  }
  const shown = Object.entries(content.attributes ?? {}).filter(([name]) => isWanted(name))
  return {
    MessageId: row.messageId,
    ReceiptHandle: handleOf(queue, key, row.receipt ?? ''),
    MD5OfBody: md5OfBody(content.body),
    Body: content.body,
    ...(Object.keys(Attributes).length > 0 && { Attributes }),
    ...(shown.length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(Object.fromEntries(shown)),
      MessageAttributes: Object.fromEntries(
        shown.map(([name, value]) => [name, attributeOut(value)]),
      ),
    }),
  }
}
