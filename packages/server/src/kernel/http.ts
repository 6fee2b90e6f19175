import { isAscii } from 'node:buffer'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server, Socket } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { collectHeaders } from '@bartizan/wire'
import { MessageBody } from './incoming-body.ts'
import type { RawRequest } from './pipeline.ts'
import { isSpendable, spend } from './spent-bytes.ts'

/** What an HTTP answer is made of. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
  /** What follows the headers instead of `body`. */
  readonly stream?: Readable
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
const maxDrainedBytes = 256 * 1024 * 1024

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
    if (isHandedOn(message, limits)) handOn(message, response, receiver)
    else receive(message, response, receiver)
  }
  const receiver = { limits, secureTransport: tls !== undefined, answer }
  const server = tls
    ? createTlsServer({ ...options, ...tls }, listener)
    : createServer(options, listener)
  server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
    if (isHandedOn(message, limits)) return handOn(message, response, receiver, true)
    response.writeContinue()
    receive(message, response, receiver)
  })
  server.on('clientError', refuseBroken)
  return server
}

/** Connections whose request body is being handed on as it comes: it may take as long as it keeps coming. */
const streaming = new WeakSet<object>()

/**
 * PUT carries bodies of any size (S3's objects and parts), and some operations have a bound of their own
 * above the server's (Lambda's packages): only who they are for can tell how much of them is to be read.
 */
function isHandedOn({ method, headers }: IncomingMessage, { maxBodyBytes }: HttpLimits): boolean {
  return method === 'PUT' || Number(headers['content-length'] ?? 0) > maxBodyBytes
}

/** Hands a request on before its body is read. */
function handOn(
  message: IncomingMessage,
  response: ServerResponse,
  receiver: Receiver,
  awaitsContinue = false,
): void {
  const { limits, answer } = receiver
  const { socket } = message
  const incoming = new MessageBody({ message, response }, limits, awaitsContinue)
  streaming.add(socket)
  message.on('error', () => response.destroy())
  response.on('close', () => streaming.delete(socket))
  const request = {
    ...rawRequest(message, response, noBody, receiver),
    incoming,
    isBodyUnread: true,
  }
  answer(request).then(
    (answered) => {
      if (message.complete) return send(response, answered)
      const last = { ...answered, headers: { ...answered.headers, connection: 'close' } }
      // A client that waits to be told to go on sends nothing of its body after an answer.
      if (incoming.awaitsContinue) send(response, last)
      else sendEarly(message, response, last)
    },
    () => response.destroy(),
  )
}

/**
 * Answers while the request still comes. What is left of it is let come, or cut off if it is much, and the answer ends
 * with it: a connection that is closed while its client still sends is reset, and the client never reads the answer.
 */
function sendEarly(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
): void {
  if (response.headersSent || response.destroyed) return
  const bytes = Buffer.from(body)
  response.writeHead(status, { 'content-length': bytes.length, ...headers })
  response.flushHeaders()
  response.write(bytes)
  streaming.delete(message.socket)
  let size = 0
  message.on('end', () => response.end())
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxDrainedBytes) response.destroy()
  })
  message.resume()
}

/** What Node does by itself about requests that it cannot read or that take too long, with one exception: see `streaming`. */
function refuseBroken(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && streaming.has(socket)) return
  if (socket.writable) {
    const status = brokenStatus[error.code ?? ''] ?? '400 Bad Request'
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, 'latin1')
  }
  socket.destroy(error)
}

const brokenStatus: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
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
    if (size > maxBodyBytes) return
    size += chunk.length
    if (size > maxBodyBytes) {
      chunks = undefined
      sendEarly(message, response, tooLarge)
    } else if (first === undefined) first = chunk
    else (chunks ??= [first]).push(chunk)
  })
  message.on('error', () => response.destroy())
  message.on('end', () => {
    if (size > maxBodyBytes) return
    const body = chunks === undefined ? (first ?? noBody) : Buffer.concat(chunks)
    receiver.answer(rawRequest(message, response, body, receiver)).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    )
  })
}

const noBody = Buffer.alloc(0)

const tooLarge: HttpAnswer = {
  status: 413,
  headers: { 'content-type': 'application/json', connection: 'close' },
  body: JSON.stringify({
    __type: 'RequestEntityTooLargeException',
    message: 'Request is too large.',
  }),
}

function rawRequest(
  message: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  { secureTransport }: Receiver,
): RawRequest {
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
    onGone: (callback) => void response.on('close', callback),
  }
}

/** Sends chunks, each of which is spent when it is on its way. A source that fails ends the connection. */
function pour(stream: Readable, response: ServerResponse): void {
  stream.on('data', (chunk: Buffer) => {
    const goesOn = response.write(chunk, (error) => {
      if (!error) spend(chunk)
    })
    if (!goesOn) stream.pause()
  })
  response.on('drain', () => stream.resume())
  stream.once('end', () => response.end())
  stream.once('error', () => response.destroy())
  response.once('close', () => stream.destroy())
}

function send(response: ServerResponse, { status, headers, body, stream }: HttpAnswer): void {
  if (response.headersSent || response.destroyed) {
    stream?.destroy()
    return
  }
  if (stream) {
    response.writeHead(status, headers)
    // A source that fails half-way ends the connection: the client sees that the body is not whole.
    if (isSpendable(stream)) pour(stream, response)
    else pipeline(stream, response, () => {})
    return
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  if (status === 204 || status === 304) {
    response.writeHead(status, headers).end()
    return
  }
  // The answer to a HEAD tells a length of its own.
  response.writeHead(status, { 'content-length': length, ...headers })
  // Node joins head and body into one write when the body is text; Latin-1 is the encoding that it need not convert.
  if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8')
  else if (length > maxJoinedBytes || !isAscii(body)) response.end(body)
  else response.end(Buffer.from(body.buffer, body.byteOffset, length).toString('latin1'), 'latin1')
}
