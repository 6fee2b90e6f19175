import { hash } from 'node:crypto'
import type { MessageAttribute } from './store.ts'

/** The MD5 of a message's body, in hexadecimal. */
export function md5OfBody(body: string): string {
  return hash('md5', body)
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/**
 * The MD5 of message attributes, which clients check: names in order, each with its type, transport
 * type and value
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const parts: Buffer[] = []
  const names = Object.keys(attributes).sort((a, b) => (a < b ? -1 : 1))
  for (const name of names) {
    const { type = '', string, binary } = attributes[name] ?? {}
    parts.push(sized(Buffer.from(name)), sized(Buffer.from(type)))
    if (binary !== undefined) parts.push(Buffer.from([2]), sized(Buffer.from(binary, 'base64')))
    else parts.push(Buffer.from([1]), sized(Buffer.from(string ?? '')))
  }
  return hash('md5', Buffer.concat(parts))
}
