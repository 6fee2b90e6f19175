import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One invocation as the Runtime API hands it to a runtime. */
export interface RuntimeInvocation {
  readonly requestId: string
  readonly payload: Uint8Array
  readonly functionArn: string
  /** Epoch milliseconds of the machine's clock. */
  readonly deadlineMs: number
  /** JSON text. */
  readonly clientContext?: string
  readonly traceId: string
}

/** What a runtime says over the Runtime API. */
export interface RuntimeEvents {
  /** The runtime asks for an invocation: it is initialised, and done with the one before. */
  next(): void
  response(requestId: string, body: Buffer): void
  error(requestId: string, body: Buffer): void
  initError(body: Buffer): void
  tooLarge(requestId: string, bytes: number): void
}

/** What a function may answer, in bytes: 6 MB and room for the envelope, as AWS counts. */
export const maxResponseBytes = 6_291_556

const base = '/2018-06-01/runtime/'
const posted = /^\/2018-06-01\/runtime\/(?:invocation\/([^/]+)|init)\/(response|error)$/

/** What a runtime posts: about an invocation, or, without an id, about its own initialisation. */
interface Posted {
  readonly id: string | undefined
  readonly kind: string
}

/**
 * The Runtime API of one execution environment, on a loopback port of its own
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). `isOwn` tells whether a connection comes
 * from the environment; others are cut off.
 */
export class RuntimeApi {
  readonly #server: Server
  readonly #events: RuntimeEvents
  readonly #isOwn: (socket: Socket) => boolean
  readonly #checked = new WeakSet<Socket>()
  #waiting: ServerResponse | undefined
  #pending: RuntimeInvocation | undefined
  #current: string | undefined

  constructor(events: RuntimeEvents, isOwn: (socket: Socket) => boolean) {
    this.#events = events
    this.#isOwn = isOwn
    const options = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }
    this.#server = createServer(options, (request, response) => {
      this.#serve(request, response)
    })
    this.#server.unref()
  }

  /** Starts listening; `127.0.0.1:port`. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`127.0.0.1:${(this.#server.address() as AddressInfo).port}`)
      })
    })
  }

  /** Hands an invocation to the runtime, now or when it asks. */
  give(invocation: RuntimeInvocation): void {
    this.#pending = invocation
    this.#hand()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#trusts(request.socket)) {
      request.socket.destroy()
      return
    }
    const path = request.url ?? ''
    if (request.method === 'GET' && path === `${base}invocation/next`) {
      request.resume()
      this.#waiting = response
      this.#current = undefined
      response.once('close', () => {
        if (this.#waiting === response) this.#waiting = undefined
      })
      this.#events.next()
      this.#hand()
      return
    }
    const [, id, kind] = posted.exec(path) ?? []
    if (request.method !== 'POST' || kind === undefined) {
      answer(response, 404, { errorMessage: 'Not found', errorType: 'NotFound' })
      return
    }
    read(request).then(
      (body) => this.#receive({ id: id && decodeURIComponent(id), kind }, body, response),
      () => response.destroy(),
    )
  }

  #receive({ id, kind }: Posted, body: Body, response: ServerResponse): void {
    if (id === undefined) {
      this.#events.initError(body.bytes)
    } else if (id !== this.#current) {
      answer(response, 400, { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' })
      return
    } else if (body.size > maxResponseBytes) {
      this.#events.tooLarge(id, body.size)
      const errorMessage = `Exceeded maximum allowed payload size (${maxResponseBytes} bytes).`
      answer(response, 413, { errorMessage, errorType: 'RequestEntityTooLarge' })
      return
    } else if (kind === 'error' || body.failed) {
      this.#events.error(id, body.failed ?? body.bytes)
    } else {
      this.#events.response(id, body.bytes)
    }
    answer(response, 202, { status: 'OK' })
  }

  #hand(): void {
    const invocation = this.#pending
    const response = this.#waiting
    if (!response || !invocation) return
    this.#waiting = undefined
    this.#pending = undefined
    this.#current = invocation.requestId
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': invocation.payload.byteLength,
      'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
      'Lambda-Runtime-Deadline-Ms': String(invocation.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.functionArn,
      'Lambda-Runtime-Trace-Id': invocation.traceId,
      ...(invocation.clientContext !== undefined && {
        'Lambda-Runtime-Client-Context': invocation.clientContext,
      }),
    })
    response.end(invocation.payload)
  }

  #trusts(socket: Socket): boolean {
    if (this.#checked.has(socket)) return true
    if (!this.#isOwn(socket)) return false
    this.#checked.add(socket)
    return true
  }
}

interface Body {
  readonly bytes: Buffer
  readonly size: number
  /** The error that ended a streamed response, from its trailers. */
  readonly failed: Buffer | undefined
}

/** Reads a body, keeping no more of it than a function may answer. */
async function read(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxResponseBytes) chunks.push(chunk)
  }
  const trailer = request.trailers['lambda-runtime-function-error-body']
  const failed = trailer === undefined ? undefined : Buffer.from(trailer, 'base64')
  return { bytes: Buffer.concat(chunks), size, failed }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
