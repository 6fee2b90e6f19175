import { hash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Kernel } from '../../kernel/kernel.ts'
import { guardOf, webAclNamed, type WebAclGate, type WebAclGuard } from '../../kernel/web-acl.ts'
import type { Answer } from '../answers.ts'
import { KeptAnswers } from './kept-answers.ts'
import { askedRequest, proxies, tokenField, UnclearQuestion, type Proxy } from './question.ts'
import { answerField, answerOf, permission, refusalTo } from './reply.ts'

/** Where proxies ask, and who may. */
export interface ProxyListenerSettings {
  readonly host: string
  readonly port: number
  /** What each question has to show; without one only this machine may ask. */
  readonly token: string | undefined
  /** Whose web ACLs are named without an account. */
  readonly account: string
}

/** The most that a request's line and header fields may measure together, in bytes. */
const maxHeaderBytes = 131_072
const defaultRegion = 'us-east-1'
const loopback = /^(?:::ffff:)?127\.|^::1$/

const form = new RegExp(
  `^/(?:(?:(\\d{12}):)?([a-z0-9-]+):)?([\\w-]+)/(${proxies.join('|')}|answer)(/.*|\\?.*|\\*)?$`,
)

/** What a question is about. */
interface Place {
  readonly account: string
  readonly region: string
  readonly name: string
}

/** The port at which other proxies ask whether a request may go on (`auth_request`, ForwardAuth, `ext_authz`). */
export class ProxyListener {
  readonly #kernel: Kernel
  readonly #settings: ProxyListenerSettings
  readonly #server: Server
  readonly #guards = new Map<string, Promise<WebAclGuard>>()
  readonly #kept = new KeptAnswers()

  private constructor(kernel: Kernel, settings: ProxyListenerSettings) {
    this.#kernel = kernel
    this.#settings = settings
    this.#server = createServer({ maxHeaderSize: maxHeaderBytes }, (message, response) => {
      this.#take(message, response).catch((error: unknown) => {
        kernel.log.error({ err: error }, 'a proxy could not be answered')
        send(response, plain(503, 'the web ACL cannot be asked'))
      })
    })
  }

  /** Begins to listen. Rejects when the port cannot be had. */
  static async open(kernel: Kernel, settings: ProxyListenerSettings): Promise<ProxyListener> {
    const listener = new ProxyListener(kernel, settings)
    const server = listener.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(settings.port, settings.host, () => resolve())
    })
    return listener
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Stops listening; questions under way are answered. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    await closed
  }

  async #take(message: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#mayAsk(message))
      return send(response, plain(401, 'only who shows the token may ask'))
    const match = form.exec(message.url ?? '')
    if (!match) return send(response, plain(404, 'ask at /<web ACL>/nginx, traefik or envoy'))
    const [, account = this.#settings.account, region = defaultRegion, name = ''] = match
    const [, , , , how = '', rest = ''] = match
    if (how === 'answer') return send(response, this.#fetched(message))
    const gate = await this.#gate({ account, region, name }, how as Proxy)
    if (!gate) return send(response, plain(503, 'there is no such web ACL'))
    send(response, await this.#answer(message, gate, { proxy: how as Proxy, rest }))
  }

  #mayAsk({ headers, socket }: IncomingMessage): boolean {
    const { token } = this.#settings
    if (token === undefined) return loopback.test(socket.remoteAddress ?? '')
    const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
    return timingSafeEqual(digest(String(headers[tokenField] ?? '')), digest(token))
  }

  async #gate(place: Place, proxy: Proxy): Promise<WebAclGate | undefined> {
    const { account, region, name } = place
    const arn = await webAclNamed(this.#kernel, place, name)
    if (arn === undefined) return undefined
    const key = `${proxy} ${arn}`
    const known = this.#guards.get(key)
    const type = 'APPLICATION_LOAD_BALANCER'
    const resource = { arn, account, region, type, sourceId: `${proxy}/${name}` } as const
    const guard = known ?? guardOf(this.#kernel, { ...resource, ownWebAcl: () => arn })
    if (!known) this.#guards.set(key, guard)
    return (await guard).gate()
  }

  async #answer(
    message: IncomingMessage,
    gate: WebAclGate,
    { proxy, rest }: { readonly proxy: Proxy; readonly rest: string },
  ): Promise<Answer> {
    const { method = '', rawHeaders } = message
    const head = await bodyHead(message, gate.bodyLimit)
    try {
      const judged = gate.inspect(askedRequest({ proxy, method, rest, rawHeaders, ...head }))
      const answer = answerOf(judged)
      if (!answer) return permission(judged)
      const { clock, ids } = this.#kernel
      const keep = (kept: Answer): string =>
        this.#kept.keep(ids.hex(32), kept, clock.now().getTime())
      return refusalTo(proxy, answer, keep)
    } catch (error) {
      if (!(error instanceof UnclearQuestion)) throw error
      this.#kernel.log.warn({ proxy }, error.message)
      return plain(503, error.message)
    }
  }

  #fetched({ headers }: IncomingMessage): Answer {
    const id = String(headers[answerField.toLowerCase()] ?? '')
    const nowMs = this.#kernel.clock.now().getTime()
    return this.#kept.take(id, nowMs) ?? plain(403, 'Forbidden')
  }
}

/** Reads a body to its end and keeps as much as is inspected. */
async function bodyHead(
  message: IncomingMessage,
  limit: number,
): Promise<{ readonly body: Buffer; readonly bodyTruncated: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    if (size <= limit) chunks.push(chunk)
    size += chunk.length
  }
  return { body: Buffer.concat(chunks).subarray(0, limit), bodyTruncated: size > limit }
}

function plain(status: number, text: string): Answer {
  return { status, headers: ['Content-Type', 'text/plain'], body: `${text}\n` }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return
  const length = ['Content-Length', String(Buffer.byteLength(body))]
  const hasBody = status !== 204 && status !== 304
  response.writeHead(status, hasBody ? [...headers, ...length] : [...headers])
  response.end(hasBody ? body : undefined)
}
