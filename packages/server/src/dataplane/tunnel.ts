import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { errorAnswer, rawAnswer, reasonOf, type Answer } from './answers.ts'
import { answeredFields, forwardedFields, traceIdOf, type Sender } from './forwarded.ts'
import { readHead } from './head.ts'
import { judged, withGate } from './inspection.ts'
import type { RoutedRequest } from './route.ts'
import type { EntranceSettings } from './settings.ts'

/** A request to speak WebSocket (RFC 6455) instead of HTTP. */
export interface UpgradeRequest {
  readonly message: IncomingMessage
  readonly socket: Duplex
  /** What came behind the request's head. */
  readonly head: Buffer
  readonly settings: EntranceSettings
  readonly sender: Sender
}

/** A WebSocket connection through the proxy: the handshake is a request like any other, then bytes go both ways. */
export class Tunnel {
  readonly #asked: UpgradeRequest
  #upstream: ClientRequest | undefined

  constructor(asked: UpgradeRequest) {
    this.#asked = asked
  }

  /** Takes the handshake through inspection and routing. */
  run(): void {
    const { message, settings, sender, socket } = this.#asked
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#upstream?.destroy())
    const { method = '', httpVersion, rawHeaders, url: target = '' } = message
    const { dropsInvalidFields, isStrict } = settings
    const source = { method, target, httpVersion, rawHeaders }
    const head = readHead(source, { dropsInvalidFields, isStrict })
    const hasBody = 'refused' in head || head.isChunked || Number(head.contentLength ?? 0) > 0
    if (hasBody || !('fields' in head)) return this.#answer(errorAnswer(400))
    const isSecure = settings.protocol === 'HTTPS'
    const request = { ...source, head, clientIp: sender.ip, isSecure }
    withGate(settings.inspection, {
      next: (gate) => {
        if (!gate) return this.#forward(request, [])
        const { verdict, answer } = judged(gate, request, undefined)
        if (answer) this.#answer(answer)
        else if (verdict.action !== 'ALLOW') this.#answer(errorAnswer(403))
        else this.#forward(request, verdict.insertedHeaders)
      },
      closed: () => this.#answer(errorAnswer(500)),
    })
  }

  #forward(request: RoutedRequest, inserted: readonly (readonly [string, string])[]): void {
    const { settings, sender } = this.#asked
    const route = settings.route(request)
    if (route.kind === 'answer') return this.#answer(route.answer)
    if (route.kind === 'call' || route.kind === 'stream') return this.#answer(errorAnswer(400))
    const traceId = traceIdOf(request.head.traceId, settings.trace)
    const { host = request.head.host } = route
    const fields = forwardedFields({ ...request.head, host }, sender, settings, traceId)
    for (const [name, value] of inserted) fields.push(name, value)
    fields.push('Connection', 'Upgrade', 'Upgrade', 'websocket')
    const { origin } = route
    let upstream: ClientRequest
    try {
      upstream = origin.request(request.method, route.target ?? request.target, fields)
    } catch {
      return this.#answer(errorAnswer(400))
    }
    this.#upstream = upstream
    upstream.on('error', () => this.#answer(errorAnswer(502)))
    upstream.on('response', (answer) => this.#relay(answer))
    upstream.on('upgrade', (answer, socket, head) => this.#join(answer, socket, head))
    upstream.end()
  }

  /** The target does not want to: its answer goes to the client, and the connection ends with it. */
  #relay(answer: IncomingMessage): void {
    const { socket } = this.#asked
    socket.write(headBytes(answer, ['Connection', 'close']), 'latin1')
    answer.pipe(socket)
  }

  #join(answer: IncomingMessage, target: Socket, ahead: Buffer): void {
    const { socket, head, settings } = this.#asked
    socket.write(headBytes(answer, ['Connection', 'Upgrade', 'Upgrade', 'websocket']), 'latin1')
    if (ahead.length > 0) socket.write(ahead)
    if (head.length > 0) target.write(head)
    const end = (): void => {
      socket.destroy()
      target.destroy()
    }
    target.setTimeout(settings.idleTimeoutMs, end)
    if ('setTimeout' in socket) (socket as Socket).setTimeout(settings.idleTimeoutMs, end)
    target.on('error', end)
    target.on('close', end)
    socket.on('close', end)
    target.pipe(socket)
    socket.pipe(target)
  }

  #answer(answer: Answer): void {
    const { socket } = this.#asked
    this.#upstream?.destroy()
    if (socket.writable) socket.end(rawAnswer(answer))
  }
}

function headBytes(answer: IncomingMessage, added: readonly string[]): string {
  const { statusCode = 502, statusMessage = reasonOf(statusCode), rawHeaders } = answer
  const fields = [...answeredFields(rawHeaders), ...added]
  let text = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`
  for (let index = 0; index < fields.length; index += 2) {
    text += `${fields[index]}: ${fields[index + 1]}\r\n`
  }
  return `${text}\r\n`
}
