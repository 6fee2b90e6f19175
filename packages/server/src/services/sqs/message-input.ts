import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { settingsOf } from './attributes.ts'
import { invalidContents, invalidParameter, missingParameter } from './errors.ts'
import type { MessageAttribute, MessageContent, QueueRow } from './store.ts'

/** A message as SendMessage and the entries of SendMessageBatch give it. */
export type MessageInput = Omit<SendMessageBatchRequestEntry, 'Id'>

/** A message that has passed its checks. */
export interface CheckedMessage {
  readonly content: MessageContent
  readonly delayMs: number
  /** Body and attributes, as the size limit counts them. */
  readonly bytes: number
}

const maxAttributes = 10
const idForm = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/
const illegal = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u
const attributeName = /^(?!\.)(?!(?:aws|amazon)\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i
const attributeType = /^(String|Number|Binary)(\..*)?$/
const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

function invalidValue(value: string | number, name: string, reason: string) {
  return invalidParameter(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`)
}

function checkId(name: string, value: string | undefined): void {
  if (value === undefined || idForm.test(value)) return
  throw invalidValue(
    value,
    name,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  )
}

function checkFifo(queue: QueueRow, input: MessageInput): void {
  const { isFifo, deduplicatesByContent } = settingsOf(queue)
  const { MessageGroupId: group, MessageDeduplicationId: id, DelaySeconds: delay } = input
  checkId('MessageGroupId', group)
  checkId('MessageDeduplicationId', id)
  if (isFifo) {
    if (group === undefined) throw missingParameter('MessageGroupId')
    if (id === undefined && !deduplicatesByContent) {
      throw invalidParameter(
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      )
    }
    if (delay) {
      throw invalidValue(
        delay,
        'DelaySeconds',
        'The request include parameter that is not valid for this queue type.',
      )
    }
  } else if (id !== undefined) {
    throw invalidValue(
      id,
      'MessageDeduplicationId',
      'The request includes a parameter that is not valid for this queue type.',
    )
  }
}

function checkedAttribute(name: string, value: MessageAttributeValue): MessageAttribute {
  if (!attributeName.test(name)) {
    throw invalidParameter(
      `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters, must not start with AWS. or Amazon., must not start or end with a period, and must not have successive periods.`,
    )
  }
  const { DataType: type = '', StringValue: string, BinaryValue: binary } = value
  const [, kind] = attributeType.exec(type) ?? []
  if (!kind || type.length > 256) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  if (kind === 'Binary' ? !binary?.length : !string) {
    throw invalidParameter(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${kind}'.`,
    )
  }
  if (kind === 'Binary') return { type, binary: Buffer.from(binary ?? []).toString('base64') }
  if (kind === 'Number' && !number.test(string ?? '')) {
    throw invalidParameter(
      `Can't cast the value of message (user) attribute '${name}' to a number.`,
    )
  }
  if (illegal.test(string ?? '')) throw invalidContents()
  return { type, string: string ?? '' }
}

function checkedAttributes(
  given: Readonly<Record<string, MessageAttributeValue>> | undefined,
): Record<string, MessageAttribute> | undefined {
  const entries = Object.entries(given ?? {})
  if (entries.length === 0) return undefined
  if (entries.length > maxAttributes) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${maxAttributes}].`,
    )
  }
  return Object.fromEntries(
    entries.map(([name, value]) => [name, checkedAttribute(name, value)] as const),
  )
}

function sizeOf(attributes: Readonly<Record<string, MessageAttribute>>): number {
  let bytes = 0
  for (const [name, { type, string, binary }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(string ?? '')
    bytes += Buffer.byteLength(binary ?? '', 'base64')
  }
  return bytes
}

/** Checks a message for a queue (API reference of SendMessage). */
export function checkMessage(queue: QueueRow, input: MessageInput): CheckedMessage {
  const { MessageBody: body, DelaySeconds: delay, MessageSystemAttributes: system } = input
  const settings = settingsOf(queue)
  if (!body) throw missingParameter('MessageBody')
  if (delay !== undefined && (delay < 0 || delay > 900)) {
    throw invalidValue(delay, 'DelaySeconds', 'DelaySeconds must be >= 0 and <= 900.')
  }
  checkFifo(queue, input)
  if (illegal.test(body)) throw invalidContents()
  const attributes = checkedAttributes(input.MessageAttributes)
  const bytes = Buffer.byteLength(body) + (attributes ? sizeOf(attributes) : 0)
  if (bytes > settings.maximumMessageSize) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${settings.maximumMessageSize} bytes.`,
    )
  }
  const traceHeader = system?.AWSTraceHeader?.StringValue
  return {
    content: {
      body,
      ...(attributes && { attributes }),
      ...(traceHeader !== undefined && { traceHeader }),
    },
    delayMs: delay === undefined ? settings.delayMs : delay * 1000,
    bytes,
  }
}
