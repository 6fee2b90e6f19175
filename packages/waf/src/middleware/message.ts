import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpRequest } from '../request.ts'
import { readBodyHead, type ReadableMessage } from './body-head.ts'
import type { Judge, Judgement, RefusalAnswer } from './judge.ts'

/** What is asked of a request of Node's `http` or `http2` module. */
export interface NodeMessage extends ReadableMessage {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  rawHeaders: string[]
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>
}

/** What is asked of a response of Node's. */
export type NodeResponse = Pick<ServerResponse, 'writeHead' | 'end'>

/** What of a request the framework knows better than the message. */
export interface KnownParts {
  /** As the client sent it, before routers took away what they are mounted at. */
  readonly target?: string | undefined
  readonly clientIp?: string | undefined
}

/** Judges a message, reading ahead of its body what is to be inspected. Rejects where the body was read before. */
export async function judgeMessage(
  judge: Judge,
  message: NodeMessage,
  known: KnownParts,
): Promise<Judgement> {
  const head = await readBodyHead(message, judge.bodyLimit)
  return judge.judge({ method: message.method ?? 'GET', ...wirePartsOf(message, known), ...head })
}

/** How a message came over the wire, but for its body. */
export function wirePartsOf(
  message: Pick<NodeMessage, 'url' | 'httpVersion' | 'rawHeaders' | 'headers' | 'socket'>,
  { target = message.url ?? '/', clientIp = message.socket.remoteAddress ?? '' }: KnownParts,
): Pick<HttpRequest, 'target' | 'httpVersion' | 'headers' | 'clientIp'> {
  return {
    target,
    httpVersion: `HTTP/${message.httpVersion}`,
    headers: fieldsOf(message),
    clientIp: clientIp.startsWith('::ffff:') ? clientIp.slice('::ffff:'.length) : clientIp,
  }
}

/** Puts the header fields that rules insert in place of any that the client sent under their names. */
export function insertFields(
  message: Pick<NodeMessage, 'headers' | 'rawHeaders'>,
  inserted: readonly (readonly [name: string, value: string])[],
): void {
  for (const [name, value] of inserted) {
    const lower = name.toLowerCase()
    const kept = message.rawHeaders.filter(
      (_, index, all) => all[index - (index % 2)]?.toLowerCase() !== lower,
    )
    message.rawHeaders = [...kept, name, value]
    message.headers[lower] = value
  }
}

/** Sends an answer in place of the application's. */
export function refuse(response: NodeResponse, { status, headers, body }: RefusalAnswer): void {
  const length = ['content-length', String(Buffer.byteLength(body))] as const
  response.writeHead(status, [...headers, length].flat())
  response.end(body)
}

function fieldsOf({
  rawHeaders,
  headers,
}: Pick<NodeMessage, 'rawHeaders' | 'headers'>): (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!name.startsWith(':')) fields.push([name, rawHeaders[index + 1] ?? ''])
  }
  const authority = headers[':authority']
  if (typeof authority === 'string' && headers.host === undefined) {
    fields.unshift(['host', authority])
  }
  return fields
}
