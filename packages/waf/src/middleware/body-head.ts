import type { IncomingMessage } from 'node:http'

/** As much of a body as is inspected. */
export interface BodyHead {
  readonly body: Uint8Array
  /** The body goes on after it. */
  readonly bodyTruncated: boolean
}

/** Somebody has read of the body before the web ACL could: what cannot be inspected must not pass unseen. */
export class BodyReadError extends Error {
  override readonly name = 'BodyReadError'

  constructor() {
    super('the body was read before the web ACL could inspect it: put the WAF before body parsers')
  }
}

/** What reading a body ahead asks of a message. */
export type ReadableMessage = Pick<
  IncomingMessage,
  | 'headers'
  | 'complete'
  | 'destroyed'
  | 'readableLength'
  | 'readableDidRead'
  | 'read'
  | 'unshift'
  | 'on'
  | 'removeListener'
>

/** Messages whose body was read here and put back: another web ACL may look at it too. */
const putBack = new WeakSet<ReadableMessage>()

const noBody: BodyHead = { body: new Uint8Array(), bodyTruncated: false }

/**
 * Reads the head of a message's body and puts it back, so that the application reads the body whole. Of a body that ends
 * within the limit all is read; of a longer one, one chunk more than the limit at most.
 * @throws BodyReadError
 */
export async function readBodyHead(message: ReadableMessage, limit: number): Promise<BodyHead> {
  if (!mayHaveBody(message)) return noBody
  if (message.readableDidRead && !putBack.has(message)) {
    throw new BodyReadError()
  }
  putBack.add(message)
  const chunks: Buffer[] = []
  let size = 0
  await new Promise<void>((resolve) => {
    const done = (): void => {
      message.removeListener('readable', take)
      message.removeListener('close', done)
      message.removeListener('error', done)
      // In the turn of the last read: a message that is empty at its end when the turn is over has ended for its readers.
      if (size > 0 && !message.destroyed) message.unshift(Buffer.concat(chunks))
      resolve()
    }
    const take = (): void => {
      // At its end and empty, a message must not be read: that would end it for its readers.
      while (message.readableLength > 0 && size <= limit) {
        const chunk = message.read() as Buffer | null
        if (chunk === null) break
        chunks.push(chunk)
        size += chunk.length
      }
      if (size > limit || message.complete) done()
    }
    message.on('close', done)
    message.on('error', done)
    if (message.complete) take()
    else message.on('readable', take)
  })
  const all = Buffer.concat(chunks)
  return { body: all.subarray(0, limit), bodyTruncated: all.length > limit }
}

function mayHaveBody({ headers, complete, readableLength }: ReadableMessage): boolean {
  if (complete && readableLength === 0) return false
  const length = headers['content-length']
  return length === undefined
    ? headers['transfer-encoding'] !== undefined || ':method' in headers
    : Number(length) !== 0
}
