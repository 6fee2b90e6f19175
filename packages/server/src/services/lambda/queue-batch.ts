import { compileEventPattern, type EventPattern } from '../../kernel/event-pattern/index.ts'
import type { EventSourceMappingRow } from './store.ts'

/** A message as ReceiveMessage gives it. */
export interface QueueMessage {
  readonly MessageId?: string
  readonly ReceiptHandle?: string
  readonly MD5OfBody?: string
  readonly Body?: string
  readonly Attributes?: Readonly<Record<string, string>>
  readonly MessageAttributes?: Readonly<
    Record<
      string,
      {
        readonly DataType?: string
        readonly StringValue?: string
        readonly BinaryValue?: Uint8Array
      }
    >
  >
}

/** What a batch is made for. */
export type BatchSource = Pick<EventSourceMappingRow, 'eventSourceArn' | 'region'>

/** The event of a batch (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
export function batchEvent(source: BatchSource, messages: readonly QueueMessage[]) {
  return { Records: messages.map((message) => recordOf(source, message)) }
}

function recordOf({ eventSourceArn, region }: BatchSource, message: QueueMessage) {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
      ...(value.BinaryValue !== undefined && {
        binaryValue: Buffer.from(value.BinaryValue).toString('base64'),
      }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    },
  ])
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes) as Record<string, unknown>,
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: eventSourceArn,
    awsRegion: region,
  }
}

const compiled = new WeakMap<EventSourceMappingRow, readonly EventPattern[]>()

/**
 * Whether a message passes a mapping's filters: any of them. A body is matched as JSON by a filter that has a
 * structure for it, and as text by one that has a list
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html).
 */
export function matchesFilters(mapping: EventSourceMappingRow, message: QueueMessage): boolean {
  if (mapping.filters.length === 0) return true
  let patterns = compiled.get(mapping)
  if (!patterns) {
    patterns = mapping.filters.map((filter) => compileEventPattern(filter))
    compiled.set(mapping, patterns)
  }
  const record = recordOf(mapping, message)
  const parsed = parsedBody(message.Body ?? '')
  const events = parsed === undefined ? [record] : [record, { ...record, body: parsed }]
  return patterns.some((pattern) => events.some((event) => pattern.matches(event)))
}

function parsedBody(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The messages that a function says have failed. An answer that is malformed, or names a message that was not in the
 * batch, fails the whole batch; none at all fails nothing.
 */
export function failedMessages(answer: string, all: readonly string[]): ReadonlySet<string> {
  const everything = new Set(all)
  try {
    const value = JSON.parse(answer) as { batchItemFailures?: unknown } | null
    const failures = typeof value === 'object' ? value?.batchItemFailures : undefined
    if (failures === undefined || failures === null) return new Set()
    if (!Array.isArray(failures)) return everything
    const ids = failures.map((each: { itemIdentifier?: unknown } | null) => each?.itemIdentifier)
    const known = ids.every((id): id is string => typeof id === 'string' && everything.has(id))
    return known ? new Set(ids as string[]) : everything
  } catch {
    return everything
  }
}
