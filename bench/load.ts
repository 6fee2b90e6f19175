import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** How a server is to be loaded: `count` requests, or as many as fit in `milliseconds`. */
export interface Load {
  readonly port: number
  readonly connections: number
  /** Whole HTTP requests, sent in turn. */
  readonly requests: readonly Buffer[]
  readonly count?: number
  readonly milliseconds?: number
  /** Called with each answer, in the order of arrival. */
  readonly answered?: (request: number, status: number, body: Buffer) => void
}

/** What a server did under a load; times in milliseconds. */
export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

/**
 * Loads a server over keep-alive connections with one request in flight on each. The answers are read
 * just far enough to know their status and end. Throws when an answer is not 2xx.
 */
export async function drive(load: Load): Promise<LoadResult> {
  const run = new Run(load)
  const connections = Array.from({ length: load.connections }, () => new Connection(run))
  await Promise.all(connections.map((each) => each.finished))
  return run.result()
}

class Run {
  readonly load: Load
  readonly #started = performance.now()
  readonly #deadline: number
  readonly #count: number
  readonly #latencies: number[] = []
  #next = 0

  constructor(load: Load) {
    this.load = load
    this.#deadline = this.#started + (load.milliseconds ?? Infinity)
    this.#count = load.count ?? Infinity
  }

  /** The number of the next request; undefined when there is to be none. */
  take(now: number): number | undefined {
    if (this.#next >= this.#count || now >= this.#deadline) return undefined
    return this.#next++
  }

  answered(latency: number): void {
    this.#latencies.push(latency)
  }

  result(): LoadResult {
    const seconds = (performance.now() - this.#started) / 1000
    const sorted = Float64Array.from(this.#latencies).sort()
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
    const requests = sorted.length
    return { requests, seconds, perSecond: requests / seconds, p50: at(0.5), p99: at(0.99) }
  }
}

const headEnd = Buffer.from('\r\n\r\n')

class Connection {
  readonly finished: Promise<void>
  readonly #run: Run
  #socket: Socket | undefined
  #request = -1
  #sentAt = 0
  #received: Buffer[] = []
  #head = ''
  /** Bytes of the answer under way, and how many it has; unknown until its head is there. */
  #size = 0
  #expected: number | undefined
  #settle: { done: () => void; failed: (error: Error) => void }

  constructor(run: Run) {
    this.#run = run
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.finished = promise
    this.#settle = { done: resolve, failed: reject }
    this.#send()
  }

  #open(): Socket {
    const socket = connect({ port: this.#run.load.port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#settle.failed(error))
    socket.on('close', () => {
      if (this.#socket === socket && this.#request >= 0) {
        this.#settle.failed(new Error('the server closed the connection before it answered'))
      }
    })
    this.#socket = socket
    return socket
  }

  #send(): void {
    this.#sentAt = performance.now()
    const request = this.#run.take(this.#sentAt)
    if (request === undefined) {
      this.#request = -1
      this.#socket?.destroy()
      return this.#settle.done()
    }
    this.#request = request
    const { requests } = this.#run.load
    const bytes = requests[request % requests.length]
    if (bytes) (this.#socket ?? this.#open()).write(bytes)
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk)
    this.#size += chunk.length
    if (this.#expected === undefined && !this.#readHead()) return
    if (this.#size < (this.#expected ?? Infinity)) return
    const received = this.#received.length === 1 ? chunk : Buffer.concat(this.#received)
    const head = this.#head
    this.#received = []
    this.#size = 0
    this.#expected = undefined
    this.#answer(head, received.subarray(head.length + 4))
  }

  /** Learns from the head how long the answer is; false while the head is not whole. */
  #readHead(): boolean {
    const received = Buffer.concat(this.#received)
    this.#received = [received]
    const end = received.indexOf(headEnd)
    if (end < 0) return false
    this.#head = received.toString('latin1', 0, end)
    const isEmpty = / (204|304) /.test(this.#head.slice(0, 14))
    const length = isEmpty ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1])
    if (Number.isNaN(length)) {
      this.#settle.failed(new Error(`no content-length: ${this.#head}`))
      return false
    }
    this.#expected = end + 4 + length
    return true
  }

  #answer(head: string, body: Buffer): void {
    this.#run.answered(performance.now() - this.#sentAt)
    const status = Number(head.slice(9, 12))
    if (status < 200 || status > 299) {
      return this.#settle.failed(new Error(`answered ${status}: ${body.toString()}`))
    }
    this.#run.load.answered?.(this.#request, status, body)
    if (head.startsWith('HTTP/1.0') || /\r\nconnection: *close/i.test(head)) {
      const socket = this.#socket
      this.#socket = undefined
      socket?.destroy()
    }
    this.#send()
  }
}
