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
  const chunks: Buffer[] = []
  let size = 0
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= receiver.limits.maxBodyBytes) chunks.push(chunk)
    else if (!response.headersSent) {
      send(response, tooLarge)
    }
  })
  message.on('error', () => response.destroy())
  message.on('end', () => {
    if (size > receiver.limits.maxBodyBytes) return
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    receiver.answer(rawRequest(message, body, receiver.secureTransport)).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    )
  })
}

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

const tooLarge: HttpAnswer = {
  status: 413,
  headers: { 'content-type': 'application/json', connection: 'close' },
  body: JSON.stringify({
    __type: 'RequestEntityTooLargeException',
    message: 'Request is too large.',
  }),
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  response.writeHead(status, { ...headers, 'content-length': length })
  response.end(body)
}
