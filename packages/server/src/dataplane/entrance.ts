import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import type { ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { errorAnswer, rawAnswer } from './answers.ts'
import { ConnectionBytes } from './chunk-watch.ts'
import { Exchange } from './exchange.ts'
import { plainAddress, type Sender } from './forwarded.ts'
import type { EntranceSettings, TlsSettings } from './settings.ts'
import { Tunnel } from './tunnel.ts'

/** Where an entrance listens. */
export interface EntrancePlace {
  readonly host: string
  readonly port: number
}

/** The most that a request's line and header fields may measure together, in bytes (quota of load balancers). */
const maxHeaderBytes = 65_536
/** How long a client may take for its header fields, in milliseconds. */
const headersTimeoutMs = 60_000
const connectionsCheckingInterval = 5_000

/** A port that is listened on, and the server behind it. Its settings change without a connection being lost. */
export class Entrance {
  readonly #listener: NetServer
  readonly #connections = new Set<Socket>()
  readonly #exchanges = new WeakMap<object, Set<Exchange>>()
  readonly #bytes = new WeakMap<Duplex, ConnectionBytes>()
  readonly #refused = new WeakSet<Duplex>()
  #settings: EntranceSettings | undefined
  #http: Server | Http2SecureServer | undefined
  #protocol: string | undefined
  #contexts: TlsContexts | undefined
  #waiting: Socket[] = []

  private constructor(listener: NetServer) {
    this.#listener = listener
    listener.on('connection', (socket) => this.#connect(socket))
  }

  /** Begins to listen; connections wait until there are settings. Rejects when the port cannot be had. */
  static open({ host, port }: EntrancePlace): Promise<Entrance> {
    const listener = createServer({ noDelay: true, allowHalfOpen: false, keepAlive: true })
    return new Promise((resolve, reject) => {
      listener.once('error', reject)
      listener.listen({ host, port, backlog: 4096 }, () => {
        listener.removeListener('error', reject)
        resolve(new Entrance(listener))
      })
    })
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.#listener.address() as AddressInfo | null)?.port ?? 0
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#connections.size
  }

  /** Puts settings in force for every request from now on, on connections that are open too. */
  apply(settings: EntranceSettings): void {
    const { protocol, tls, offersHttp2 } = settings
    if (tls && tls !== this.#settings?.tls) this.#contexts = new TlsContexts(tls)
    this.#settings = settings
    const kind = `${protocol} ${offersHttp2}`
    if (this.#protocol !== kind) {
      this.#protocol = kind
      this.#http = protocol === 'HTTPS' ? this.#secureServer(offersHttp2) : this.#plainServer()
    }
    if (this.#http && 'keepAliveTimeout' in this.#http) {
      this.#http.keepAliveTimeout = settings.idleTimeoutMs
    }
    this.#http?.setTimeout(settings.idleTimeoutMs)
    for (const socket of this.#waiting.splice(0)) this.#connect(socket)
  }

  /** Stops listening and closes every connection; requests under way have so many milliseconds. */
  close(): void {
    this.#listener.close()
    for (const socket of this.#connections) socket.destroy()
  }

  #connect(socket: Socket): void {
    if (!this.#http) return void this.#waiting.push(socket)
    this.#connections.add(socket)
    socket.on('close', () => this.#connections.delete(socket))
    socket.on('error', () => socket.destroy())
    this.#http.emit('connection', socket)
  }

  #plainServer(): Server {
    const server = createHttpServer(
      {
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: headersTimeoutMs,
        requestTimeout: 0,
        connectionsCheckingInterval,
        highWaterMark: 65_536,
        shouldUpgradeCallback: isWebSocket,
      },
      (message, response) => this.#take(message, response),
    )
    server.on('connection', (socket: Duplex) => this.#remember(socket))
    return this.#listenOn(server)
  }

  #secureServer(offersHttp2: boolean): Http2SecureServer {
    const server = createSecureServer({
      allowHTTP1: true,
      ALPNProtocols: offersHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      SNICallback: (name, done) => done(null, this.#contexts?.of(name)),
      maxHeaderListPairs: 2_000,
      settings: { maxConcurrentStreams: 128, maxHeaderListSize: maxHeaderBytes },
      ...http1Options,
    })
    server.on('request', (message, response) => {
      if (message.httpVersionMajor === 2) this.#takeHttp2(message, response)
      else this.#take(message as never, response as never)
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') this.#remember(socket)
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    server.on('sessionError', () => {})
    server.on('session', (session: ServerHttp2Session) => {
      session.setTimeout(this.#settings?.idleTimeoutMs ?? 0, () => this.#timeOut(session))
    })
    return this.#listenOn(server)
  }

  #listenOn<Kind extends Server | Http2SecureServer>(server: Kind): Kind {
    const events = server as Server
    events.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
      // As load balancers do, without asking the target (RFC 9110 section 10.1.1).
      response.writeContinue()
      if (message.httpVersionMajor === 2) this.#takeHttp2(message as never, response as never)
      else this.#take(message, response)
    })
    events.on('checkExpectation', (message: IncomingMessage, response: ServerResponse) => {
      this.#take(message, response)
    })
    events.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
      const settings = this.#settings
      if (!settings || !isWebSocket(message)) socket.end(rawAnswer(errorAnswer(400)))
      else new Tunnel({ message, socket, head, settings, sender: senderOf(message.socket) }).run()
    })
    events.on('connect', (_message: IncomingMessage, socket: Duplex) => {
      socket.end(rawAnswer(errorAnswer(405)))
    })
    events.on('timeout', (socket: Socket) => this.#timeOut(socket))
    events.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
      this.#refuseBroken(error, socket)
    })
    return server
  }

  #remember(socket: Duplex): void {
    if (!this.#bytes.has(socket)) this.#bytes.set(socket, new ConnectionBytes(socket))
  }

  #take(message: IncomingMessage, response: ServerResponse): void {
    const settings = this.#settings
    if (!settings) return void response.destroy()
    const { socket } = message
    // What stands behind a refused request in the same bytes is part of the deceit.
    if (this.#refused.has(socket)) return void response.destroy()
    const bytes = this.#bytes.get(socket)
    bytes?.headRead(message)
    const sender = senderOf(socket)
    const watch = bytes && ((refuse: () => void) => bytes.watchChunks(refuse))
    const onRefused = (): void => void this.#refused.add(socket)
    const incoming = { message, response, settings, sender, onRefused, ...(watch && { watch }) }
    this.#start(socket, response, incoming)
  }

  #takeHttp2(message: Http2ServerRequest, response: Http2ServerResponse): void {
    const settings = this.#settings
    const { session } = message.stream
    if (!settings || !session) return message.stream.close()
    const sender = senderOf(message.socket)
    this.#start(session, response, { message, response, settings, sender })
  }

  #start(
    connection: object,
    response: ServerResponse | Http2ServerResponse,
    incoming: ConstructorParameters<typeof Exchange>[0],
  ): void {
    const exchange = new Exchange(incoming)
    let under = this.#exchanges.get(connection)
    if (!under) this.#exchanges.set(connection, (under = new Set()))
    under.add(exchange)
    response.on('close', () => under.delete(exchange))
    exchange.run()
  }

  #timeOut(connection: Socket | ServerHttp2Session): void {
    const under = this.#exchanges.get(connection)
    if (under && under.size > 0) for (const exchange of under) exchange.timeOut()
    else if ('close' in connection && !('write' in connection)) connection.close()
    else connection.destroy()
  }

  #refuseBroken(error: Error & { readonly code?: string }, socket: Socket): void {
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
    const under = this.#exchanges.get(socket)
    if (under && under.size > 0) {
      for (const exchange of under) exchange.refuse(error.message)
      return
    }
    if (socket.writable && error.code !== 'ECONNRESET') socket.end(rawAnswer(errorAnswer(status)))
    else socket.destroy()
  }
}

const http1Options = {
  maxHeaderSize: maxHeaderBytes,
  headersTimeout: headersTimeoutMs,
  requestTimeout: 0,
  connectionsCheckingInterval,
  highWaterMark: 65_536,
  shouldUpgradeCallback: isWebSocket,
} as const

function isWebSocket({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

function senderOf(socket: Socket): Sender {
  const place = { ip: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 }
  return socket instanceof TLSSocket ? { ...place, tls: socket } : place
}

/** The certificates of an entrance, found by the name that a client asks for. */
class TlsContexts {
  readonly #byName = new Map<string, SecureContext>()
  readonly #first: SecureContext | undefined

  constructor({ certificates, options }: TlsSettings) {
    for (const { cert, key, names } of certificates) {
      const context = createSecureContext({ cert, key, ...options })
      this.#first ??= context
      for (const name of names) {
        if (!this.#byName.has(name)) this.#byName.set(name, context)
      }
    }
  }

  of(name: string): SecureContext | undefined {
    const lower = name.toLowerCase()
    const wildcard = `*${lower.slice(Math.max(lower.indexOf('.'), 0))}`
    return this.#byName.get(lower) ?? this.#byName.get(wildcard) ?? this.#first
  }
}
