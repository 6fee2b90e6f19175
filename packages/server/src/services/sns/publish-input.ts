import type { MessageAttributeValue, PublishBatchRequestEntry } from '@aws-sdk/client-sns'
import { invalidParameter, invalidValue } from './errors.ts'
import type { AttributeValue } from './envelope.ts'
import type { Protocol, TopicRow } from './store.ts'
import { isFifo } from './topic-attributes.ts'

/** A message as Publish and the entries of PublishBatch give it. */
export type PublishEntry = Omit<PublishBatchRequestEntry, 'Id'>

/** A message that has passed its checks. */
export interface CheckedMessage {
  /** What endpoints of a protocol get. */
  readonly textFor: (protocol: Protocol) => string
  readonly subject: string | undefined
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly bytes: number
}

/** The most that a message, or a batch of them, may have (SNS quotas). */
export const maxMessageBytes = 262_144

const idForm = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/
const attributeType = /^(String\.Array|String|Number|Binary)(\..+)?$/
const attributeName = /^(?!\.)(?!(?:aws|amazon)\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i
const control = /\p{Cc}/u

function attributeOf(name: string, given: MessageAttributeValue): AttributeValue {
  const { DataType: type = '', StringValue: string, BinaryValue: binary } = given
  const [, kind] = attributeType.exec(type) ?? []
  if (!kind) {
    throw invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  if (!attributeName.test(name)) throw invalidValue(`Invalid message attribute name: ${name}`)
  if (kind === 'Binary' ? !binary?.length : !string) {
    throw invalidValue(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    )
  }
  if (kind === 'Binary') return { type, value: Buffer.from(binary ?? []).toString('base64') }
  if (kind === 'Number' && (string?.trim() === '' || Number.isNaN(Number(string)))) {
    throw invalidValue(`Could not cast message attribute '${name}' value to number.`)
  }
  return { type, value: string ?? '' }
}

function checkSubject(subject: string | undefined): void {
  if (subject === undefined) return
  if (subject.length < 1 || subject.length > 100 || control.test(subject)) {
    throw invalidParameter('Subject')
  }
}

function checkIds(topic: TopicRow, entry: PublishEntry): void {
  const { MessageGroupId: group, MessageDeduplicationId: id } = entry
  for (const [name, value] of Object.entries({
    MessageGroupId: group,
    MessageDeduplicationId: id,
  })) {
    if (value !== undefined && !idForm.test(value)) throw invalidParameter(name)
  }
  if (!isFifo(topic)) {
    if (id === undefined) return
    throw invalidParameter(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    )
  }
  if (group === undefined) {
    throw invalidParameter('The MessageGroupId parameter is required for FIFO topics')
  }
  if (id === undefined && topic.attributes['ContentBasedDeduplication'] !== 'true') {
    throw invalidParameter(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
}

/** With MessageStructure `json`, a text for each protocol and one for the others. */
function textsOf(message: string, structure: string | undefined): (protocol: Protocol) => string {
  if (structure === undefined || structure === '') return () => message
  if (structure !== 'json') throw invalidParameter('MessageStructure')
  let texts: unknown
  try {
    texts = JSON.parse(message)
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse')
  }
  const byProtocol = new Map(
    typeof texts === 'object' && texts !== null ? Object.entries<unknown>({ ...texts }) : [],
  )
  const usual = byProtocol.get('default')
  if (typeof usual !== 'string') {
    throw invalidParameter('Message Structure - No default entry in JSON message body')
  }
  return (protocol) => {
    const own = byProtocol.get(protocol)
    return typeof own === 'string' ? own : usual
  }
}

/** Checks a message for a topic (API reference of Publish). */
export function checkPublish(topic: TopicRow, entry: PublishEntry): CheckedMessage {
  const { Message: message = '', Subject: subject, MessageAttributes: given = {} } = entry
  if (message === '') throw invalidParameter('Empty message')
  checkSubject(subject)
  checkIds(topic, entry)
  const attributes = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, attributeOf(name, value)] as const),
  )
  let bytes = Buffer.byteLength(message)
  for (const [name, { type, value }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(value)
  }
  if (bytes > maxMessageBytes) throw invalidParameter('Message too long')
  return { textFor: textsOf(message, entry.MessageStructure), subject, attributes, bytes }
}
