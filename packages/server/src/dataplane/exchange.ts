import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { pipeline, type Readable, type Writable } from 'node:stream'
import { errorAnswer, reasonOf, type Answer } from './answers.ts'
import { HeldBody } from './held-body.ts'
import type { WebAclGate } from '../kernel/web-acl.ts'
import {
  answeredFields,
  forwardedFields,
  replaceFields,
  traceIdOf,
  type Sender,
} from './forwarded.ts'
import { originForm, readHead, type Head } from './head.ts'
import { judged, withGate } from './inspection.ts'
import type { Origin } from './origin.ts'
import type { Route, RoutedRequest } from './route.ts'
import type { EntranceSettings } from './settings.ts'

/** A request and its answer, of either version of HTTP. */
export interface Incoming {
  readonly message: IncomingMessage | Http2ServerRequest
  readonly response: ServerResponse | Http2ServerResponse
  readonly sender: Sender
  readonly settings: EntranceSettings
  /** Begins to watch a chunked body; undefined when it is to be refused. */
  readonly watch?: (refuse: () => void) => (() => void) | undefined
  /** Is told that nothing more is to be read from the connection. */
  readonly onRefused?: () => void
}

const forbiddenTrailer =
  /^(?:transfer-encoding|content-length|host|connection|keep-alive|te|trailer|upgrade|expect|authorization|cookie|set-cookie|content-encoding|content-type|content-range|proxy-.*|x-forwarded-.*|x-amzn-.*)$/i

/** One request on its way through the proxy. */
export class Exchange {
  readonly #in: Incoming
  readonly #startedMs: number
  #head: Head | undefined
  #upstream: ClientRequest | undefined
  #origin: Origin | undefined
  #endWatch: (() => void) | undefined
  #isOver = false
  #isRetried = false
  #sentAtMs = -1
  #answeredAtMs = -1
  #targetStatus = -1
  #receivedBytes = 0
  #sentBytes = 0
  #traceId = ''
  #note: string | undefined
  #action = '-'
  #reason: string | undefined

  constructor(incoming: Incoming) {
    this.#in = incoming
    this.#startedMs = incoming.settings.trace.elapsedMs()
  }

  /** Takes the request through inspection and routing to its target. */
  run(): void {
    const { message, response, settings } = this.#in
    response.on('close', () => this.#over())
    message.on('error', () => this.abort())
    const { method = '', httpVersion, rawHeaders } = message
    const source = { method, httpVersion, rawHeaders, target: message.url ?? '' }
    const host = source.target.startsWith('/') ? '' : hostIn(rawHeaders)
    const target = host === '' ? source.target : originForm(source.target, host)
    const head = readHead({ ...source, target }, readingOf(settings))
    if ('refused' in head) return this.refuse(head.refused)
    if (method === 'TRACE' || method === 'TRACK') return this.#answer(this.#own(405), '-')
    if (head.isChunked && this.#in.watch) {
      const end = this.#in.watch(() => this.refuse('a chunk extension'))
      if (!end) return this.refuse('a chunk extension')
      this.#endWatch = end
    }
    this.#head = head
    this.#traceId = traceIdOf(head.traceId, settings.trace)
    const { ip: clientIp } = this.#in.sender
    const isSecure = settings.protocol === 'HTTPS'
    this.#admit({ method, target, httpVersion, rawHeaders, head, clientIp, isSecure })
  }

  #admit(request: RoutedRequest): void {
    withGate(this.#in.settings.inspection, {
      next: (gate) => {
        if (this.#isOver) return
        if (gate) this.#pass(gate, request)
        else this.#forward(request, undefined, [])
      },
      closed: () => this.#answer(this.#own(500), 'waf-failed'),
    })
  }

  /** Holds as much of the body back as is to be inspected, then has the request judged. */
  #pass(gate: WebAclGate, request: RoutedRequest): void {
    const { message } = this.#in
    const { isChunked, contentLength } = request.head
    const mayHaveBody =
      isChunked ||
      Number(contentLength ?? 0) > 0 ||
      (request.httpVersion === '2.0' && !isEnded(message))
    const held = mayHaveBody ? new HeldBody(message, gate.bodyLimit) : undefined
    const judge = (): void => {
      if (this.#isOver) return
      const { verdict, answer } = judged(gate, request, held)
      if (answer) return this.#answer(answer, 'waf')
      if (verdict.action !== 'ALLOW') return this.#answer(this.#own(403), 'waf')
      this.#forward(request, held, verdict.insertedHeaders)
    }
    if (held) held.whenReady(judge)
    else judge()
  }

  #forward(
    request: RoutedRequest,
    held: HeldBody | undefined,
    inserted: readonly (readonly [string, string])[],
  ): void {
    const { settings, sender } = this.#in
    const route = settings.route(request)
    this.#note = route.note
    if (route.kind === 'answer') return this.#answer(route.answer, 'fixed-response')
    if (route.kind === 'stream') return this.#stream(route)
    const head =
      route.kind === 'forward' && route.host !== undefined
        ? { ...request.head, host: route.host }
        : request.head
    const fields = forwardedFields(head, sender, settings, this.#traceId)
    if (route.kind === 'forward') {
      const sent = route.rewrite?.(fields) ?? fields
      for (const [name, value] of inserted) sent.push(name, value)
      return this.#send(request, route, sent, held)
    }
    for (const [name, value] of inserted) fields.push(name, value)
    this.#call(request, route, fields, held)
  }

  #send(
    request: RoutedRequest,
    route: Extract<Route, { kind: 'forward' }>,
    fields: string[],
    held: HeldBody | undefined,
  ): void {
    const { message } = this.#in
    const { origin } = route
    const { isChunked, contentLength } = request.head
    const isHttp2Body =
      request.httpVersion === '2.0' && contentLength === undefined && !isEnded(message)
    const hasBody = isChunked || isHttp2Body || Number(contentLength ?? 0) > 0
    let upstream: ClientRequest
    try {
      const framed = isHttp2Body ? [...fields, 'Transfer-Encoding', 'chunked'] : fields
      upstream = origin.request(request.method, route.target ?? request.target, framed)
    } catch {
      return this.refuse('what cannot be sent on')
    }
    this.#upstream = upstream
    this.#begin(origin)
    upstream.on('response', (answer) => this.#relay(answer, route))
    upstream.on('error', (error: Error & { code?: string }) => {
      this.#end()
      // A kept connection that its target had just closed says nothing about the target.
      const isStale =
        upstream.reusedSocket && !hasBody && !this.#isRetried && error.code === 'ECONNRESET'
      if (isStale && !this.#isOver && this.#answeredAtMs < 0) {
        this.#isRetried = true
        this.#send(request, route, fields, held)
      } else this.#failed(error)
    })
    if (!hasBody) return void upstream.end()
    this.#pump(upstream, held)
  }

  #begin(origin: Origin): void {
    this.#origin = origin
    this.#action = 'forward'
    origin.outstanding++
    this.#sentAtMs = this.#in.settings.trace.elapsedMs()
  }

  #end(): void {
    if (this.#origin) this.#origin.outstanding--
    this.#origin = undefined
  }

  /** Sends the body on as it comes, at the target's pace. */
  #pump(upstream: ClientRequest, held: HeldBody | undefined): void {
    const message: Readable = this.#in.message
    const send = (chunk: Buffer): void => {
      this.#receivedBytes += chunk.length
      if (!upstream.write(chunk)) message.pause()
    }
    const end = (): void => {
      const trailers = trailersOf(this.#in.message.rawTrailers)
      if (trailers.length > 0) upstream.addTrailers(trailers)
      upstream.end()
    }
    upstream.on('drain', () => message.resume())
    if (held) return held.release(send, end)
    message.on('data', send)
    message.on('end', end)
  }

  #relay(answer: IncomingMessage, route: Extract<Route, { kind: 'forward' }>): void {
    const { message } = this.#in
    const response: Writable = this.#in.response
    if (this.#isOver) return void answer.destroy()
    const status = answer.statusCode ?? 502
    this.#answeredAtMs = this.#in.settings.trace.elapsedMs()
    this.#targetStatus = status
    const answered = answeredFields(answer.rawHeaders)
    const fields = route.drops ? withoutFields(answered, route.drops) : answered
    const copy = route.copy?.(status, [...fields])
    for (const each of route.addedHeaders ?? []) fields.push(each)
    replaceFields(fields, this.#in.settings.answerFields)
    // A client whose body is not whole yet is not read any further, once its target has answered.
    if (!isEnded(message) && !('stream' in message)) this.#closesAfter(fields)
    try {
      writeHead(this.#in.response, status, fields, answer.statusMessage)
    } catch {
      answer.destroy()
      return this.#answer(this.#own(502), 'forward')
    }
    answer.on('data', (chunk: Buffer) => {
      this.#sentBytes += chunk.length
      copy?.write(chunk)
      if (!response.write(chunk)) answer.pause()
    })
    answer.on('close', () => answer.complete || copy?.abandon())
    response.on('drain', () => answer.resume())
    answer.on('end', () => {
      this.#end()
      copy?.end()
      const trailers = trailersOf(answer.rawTrailers)
      if (trailers.length > 0)
        for (const [name, value] of trailers) this.#in.response.addTrailers({ [name]: value })
      response.end()
    })
    answer.on('error', () => {
      this.#end()
      this.abort()
    })
  }

  #stream({ status, fields, size, open }: Extract<Route, { kind: 'stream' }>): void {
    const { response, message } = this.#in
    this.#action = 'cache'
    const sent = [...withoutFields(fields, ['content-length']), 'Content-Length', String(size)]
    replaceFields(sent, this.#in.settings.answerFields)
    writeHead(response, status, sent)
    message.resume()
    if (message.method === 'HEAD') return void response.end()
    this.#sentBytes = size
    pipeline(open(), response, (error) => {
      if (error) this.abort()
    })
  }

  #closesAfter(fields: string[]): void {
    if (this.#upstream?.writableEnded !== true) fields.push('Connection', 'close')
  }

  #call(
    request: RoutedRequest,
    route: Extract<Route, { kind: 'call' }>,
    forwardedHeaders: readonly string[],
    held: HeldBody | undefined,
  ): void {
    const { message } = this.#in
    const body = held ?? new HeldBody(message, route.maxBodyBytes)
    this.#sentAtMs = this.#in.settings.trace.elapsedMs()
    body.whole(route.maxBodyBytes, (bytes) => {
      if (this.#isOver) return
      if (!bytes) return this.#answer(this.#own(413), 'forward')
      this.#receivedBytes = bytes.length
      route.run({ ...request, body: bytes, forwardedHeaders }).then(
        (answer) => {
          this.#targetStatus = answer.status
          this.#answer(answer, 'forward')
        },
        () => this.#answer(this.#own(502), 'forward'),
      )
    })
  }

  #failed({ code }: { readonly code?: string }): void {
    if (this.#isOver) return
    if (this.#answeredAtMs >= 0) return this.abort()
    this.#answer(this.#own(code === 'ETIMEDOUT' ? 504 : 502), 'forward')
  }

  /** Nothing has moved for as long as may be: answers 504, or gives up an answer that has begun. */
  timeOut(): void {
    if (this.#isOver) return
    if (this.#in.response.headersSent) return this.abort()
    const waitsForTarget = this.#sentAtMs >= 0 && isEnded(this.#in.message)
    this.#closing(waitsForTarget ? 504 : 408, '-')
  }

  /** Refuses a request that others might read differently: 400, and the connection ends. */
  refuse(reason: string): void {
    this.#reason = reason
    if (this.#in.response.headersSent) return this.abort()
    this.#closing(400, '-')
  }

  #closing(status: number, action: string): void {
    this.#in.onRefused?.()
    const answer = this.#own(status)
    this.#answer({ ...answer, headers: [...answer.headers, 'Connection', 'close'] }, action)
  }

  #answer({ status, headers, body }: Answer, action: string): void {
    const { response, message } = this.#in
    this.#action = action
    this.#upstream?.destroy()
    if (response.headersSent || this.#isOver) return
    const bytes = Buffer.from(body)
    this.#sentBytes = bytes.length
    const fields = [...headers, 'Content-Length', String(bytes.length)]
    if (!isEnded(message) && !fields.includes('Connection')) fields.push('Connection', 'close')
    replaceFields(fields, this.#in.settings.answerFields)
    writeHead(response, status, fields)
    response.end(bytes)
    message.resume()
  }

  #own(status: number): Answer {
    return this.#in.settings.ownAnswer?.(status) ?? errorAnswer(status)
  }

  /** Cuts both sides off: the answer cannot be completed. */
  abort(): void {
    const { response } = this.#in
    this.#upstream?.destroy()
    if ('stream' in response) response.stream?.close()
    else response.destroy()
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#endWatch?.()
    this.#end()
    const { response } = this.#in
    if (!response.writableFinished) this.#upstream?.destroy()
    this.#report()
  }

  #report(): void {
    const { settings, message, sender, response } = this.#in
    const { observe } = settings
    if (!observe) return
    const nowMs = settings.trace.elapsedMs()
    const { method = '', httpVersion, url: target = '' } = message
    const address = this.#upstream?.socket
    const { tls } = sender
    observe({
      method,
      target,
      httpVersion,
      host: this.#head?.host ?? '',
      userAgent: message.headers['user-agent'] ?? '',
      client: `${sender.ip}:${sender.port}`,
      // A client that left before its answer is 460.
      status: response.headersSent ? response.statusCode : 460,
      targetStatus: this.#targetStatus,
      targetAddress: address ? `${address.remoteAddress}:${address.remotePort}` : '',
      requestMs: this.#sentAtMs < 0 ? -1 : this.#sentAtMs - this.#startedMs,
      targetMs: this.#answeredAtMs < 0 ? -1 : this.#answeredAtMs - this.#sentAtMs,
      responseMs: this.#answeredAtMs < 0 ? -1 : nowMs - this.#answeredAtMs,
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      traceId: this.#traceId,
      note: this.#note,
      action: this.#action,
      reason: this.#reason,
      tls: tls && { protocol: tls.getProtocol() ?? '', cipher: tls.getCipher()?.name ?? '' },
      servedName: typeof tls?.servername === 'string' ? tls.servername : undefined,
    })
  }
}

function withoutFields(fields: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? ''
    if (!names.includes(name.toLowerCase())) kept.push(name, fields[index + 1] ?? '')
  }
  return kept
}

function readingOf({ dropsInvalidFields, isStrict }: EntranceSettings) {
  return { dropsInvalidFields, isStrict }
}

function hostIn(rawHeaders: readonly string[]): string {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') return rawHeaders[index + 1] ?? ''
  }
  return ''
}

/** Whether the whole request has been read. */
function isEnded(message: IncomingMessage | Http2ServerRequest): boolean {
  return 'stream' in message ? message.stream.endAfterHeaders || message.complete : message.complete
}

function trailersOf(rawTrailers: readonly string[]): [string, string][] {
  const trailers: [string, string][] = []
  for (let index = 0; index < rawTrailers.length; index += 2) {
    const name = rawTrailers[index] ?? ''
    if (!forbiddenTrailer.test(name)) trailers.push([name, rawTrailers[index + 1] ?? ''])
  }
  return trailers
}

function writeHead(
  response: ServerResponse | Http2ServerResponse,
  status: number,
  fields: string[],
  reason: string = reasonOf(status),
): void {
  if ('stream' in response) {
    const kept: string[] = []
    for (let index = 0; index < fields.length; index += 2) {
      const name = (fields[index] ?? '').toLowerCase()
      if (name !== 'connection') kept.push(name, fields[index + 1] ?? '')
    }
    response.writeHead(status, kept as never)
  } else response.writeHead(status, reason, fields)
}
