import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/** The head of a request's body, kept back until it has been inspected; the rest waits in the connection. */
export class HeldBody {
  readonly #message: IncomingMessage | Http2ServerRequest
  readonly #limit: number
  #chunks: Buffer[] = []
  #size = 0
  #hasEnded = false
  #send: (chunk: Buffer) => void
  #end: () => void = () => {}
  #ready: (() => void) | undefined

  constructor(message: IncomingMessage | Http2ServerRequest, limit: number) {
    this.#message = message
    this.#limit = limit
    this.#send = (chunk) => this.#keep(chunk)
    message.on('data', (chunk: Buffer) => this.#send(chunk))
    message.on('end', () => {
      this.#hasEnded = true
      this.#end()
      this.#tellReady()
    })
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    // One byte more than the limit tells that the body goes on.
    if (this.#size <= this.#limit) return
    this.#message.pause()
    this.#tellReady()
  }

  #tellReady(): void {
    const ready = this.#ready
    this.#ready = undefined
    ready?.()
  }

  /** Calls back once: when the body is whole, or longer than the limit. */
  whenReady(ready: () => void): void {
    this.#ready = ready
    if (this.#hasEnded || this.#size > this.#limit) this.#tellReady()
  }

  /** What is to be inspected of the body. */
  get inspected(): { readonly body: Buffer; readonly isTruncated: boolean } {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? none) : Buffer.concat(this.#chunks)
    return { body: all.subarray(0, this.#limit), isTruncated: this.#size > this.#limit }
  }

  /** Lets the body go on, first what was kept. */
  release(send: (chunk: Buffer) => void, end: () => void): void {
    const kept = this.#chunks
    this.#chunks = []
    this.#send = send
    this.#end = end
    this.#message.resume()
    for (const chunk of kept) send(chunk)
    if (this.#hasEnded) end()
  }

  /** Calls back with the whole body; with nothing when it is longer than `maxBytes`. */
  whole(maxBytes: number, done: (body: Buffer | undefined) => void): void {
    const chunks: Buffer[] = []
    let size = 0
    let isDone = false
    const finish = (body: Buffer | undefined): void => {
      if (!isDone) done(body)
      isDone = true
    }
    const take = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxBytes) finish(undefined)
      else chunks.push(chunk)
    }
    this.release(take, () => finish(Buffer.concat(chunks)))
  }
}

const none = Buffer.alloc(0)
