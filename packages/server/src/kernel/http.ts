import { isAscii } from 'node:buffer'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import { collectHeaders } from '@bartizan/wire'
import type { RawRequest } from './pipeline.ts'

/** What an HTTP answer is made of. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/** Limits on what a client may send; times in milliseconds. */
export interface HttpLimits {
  readonly maxBodyBytes: number
  readonly maxHeaderBytes: number
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** The limits that AWS-sized calls need. */
export const defaultLimits: Omit<HttpLimits, 'maxBodyBytes'> = {
  maxHeaderBytes: 65_536,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
}

/** How often Node looks for overdue requests: a deadline is kept to within this many milliseconds. */
const overdueCheckMs = 5_000

/** How much of a body that was refused for its size is read, so that its sender can read why. */
const maxDrainedBytes = 64 * 1024 * 1024

/** The longest answer that is joined to its head for a single write; copying more costs more than a second one. */
const maxJoinedBytes = 16_384

/** An HTTP or HTTPS server that hands whole requests to `answer`. */
export function httpServer(
  limits: HttpLimits,
  tls: { readonly cert: string; readonly key: string } | undefined,
  answer: (request: RawRequest) => Promise<HttpAnswer>,
): Server & { closeIdleConnections(): void; closeAllConnections(): void } {
  const options = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: overdueCheckMs,
  }
  const listener: RequestListener = (message, response) => {
    receive(message, response, { limits, secureTransport: tls !== undefined, answer })
  }
  return tls ? createTlsServer({ ...options, ...tls }, listener) : createServer(options, listener)
}

interface Receiver {
  readonly limits: HttpLimits
  readonly secureTransport: boolean
  readonly answer: (request: RawRequest) => Promise<HttpAnswer>
}

function receive(message: IncomingMessage, response: ServerResponse, receiver: Receiver): void {
  const { maxBodyBytes } = receiver.limits
  let first: Buffer | undefined
  let chunks: Buffer[] | undefined
  let size = 0
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBodyBytes) {
      chunks = undefined
      refuseSize(response, size - maxBodyBytes)
    } else if (first === undefined) first = chunk
    else (chunks ??= [first]).push(chunk)
  })
  message.on('error', () => response.destroy())
  message.on('end', () => {
    if (size > maxBodyBytes) {
      response.end()
      return
    }
    const body = chunks === undefined ? (first ?? noBody) : Buffer.concat(chunks)
    receiver.answer(rawRequest(message, body, receiver.secureTransport)).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    )
  })
}

const noBody = Buffer.alloc(0)

/**
 * Says that a body is too large, then lets the rest of it come: a connection that is closed while its client still
 * sends is reset, and the client never reads the answer. The answer ends with the message.
 */
function refuseSize(response: ServerResponse, excess: number): void {
  if (excess > maxDrainedBytes) {
    response.destroy()
    return
  }
  if (response.headersSent || response.destroyed) return
  response.writeHead(413, {
    'content-type': 'application/json',
    'content-length': tooLarge.length,
    connection: 'close',
  })
  response.write(tooLarge)
}

const tooLarge = JSON.stringify({
  __type: 'RequestEntityTooLargeException',
  message: 'Request is too large.',
})

function rawRequest(message: IncomingMessage, body: Buffer, secureTransport: boolean): RawRequest {
  const url = message.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  const address = message.socket.remoteAddress ?? ''
  return {
    method: message.method ?? 'GET',
    path,
    query,
    rawPath: path,
    rawQuery: query,
    headers: collectHeaders(message.rawHeaders),
    body,
    sourceIp: address.startsWith('::ffff:') ? address.slice(7) : address,
    secureTransport,
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  response.writeHead(status, { ...headers, 'content-length': length })
  // Node joins head and body into one write when the body is text; Latin-1 is the encoding that it need not convert.
  if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8')
  else if (length > maxJoinedBytes || !isAscii(body)) response.end(body)
  else response.end(Buffer.from(body.buffer, body.byteOffset, length).toString('latin1'), 'latin1')
}
