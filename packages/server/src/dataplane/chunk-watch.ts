import type { Duplex } from 'node:stream'

/**
 * Follows the framing of a chunked body in a connection's bytes beside Node's parser, which lets chunk extensions pass
 * unseen (RFC 9112 section 7.1.1). Extensions have no use on the web and hide one request in another.
 */
export class ChunkWatch {
  #left = 0
  #size = 0
  #state: 'size' | 'line-end' | 'data' | 'data-end' | 'done' = 'size'
  #digits = 0

  /** Whether the bytes keep to the plain form; further calls take up where this one ended. */
  isPlain(bytes: Uint8Array): boolean {
    let at = 0
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const step = Math.min(this.#left, bytes.length - at)
        this.#left -= step
        at += step
        if (this.#left === 0) this.#state = 'data-end'
        continue
      }
      if (!this.#step(bytes[at] ?? 0)) return false
      at++
    }
    return true
  }

  #step(byte: number): boolean {
    if (this.#state === 'size') {
      const digit = hexDigit(byte)
      if (digit >= 0) {
        this.#size = this.#size * 16 + digit
        return ++this.#digits <= maxDigits
      }
      this.#state = 'line-end'
      return byte === 13 && this.#digits > 0
    }
    if (this.#state === 'line-end') {
      // What follows the last chunk are trailers, which Node reads.
      this.#state = this.#size === 0 ? 'done' : 'data'
      this.#left = this.#size
      this.#size = 0
      this.#digits = 0
      return byte === 10
    }
    if (byte === 13) return true
    this.#state = 'size'
    return byte === 10
  }
}

const maxDigits = 12

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

const headEnd = Buffer.from('\r\n\r\n')
const noBytes = Buffer.alloc(0)

/** The bytes that a connection has just brought, remembered while Node's parser reads them. */
export class ConnectionBytes {
  readonly #socket: Duplex
  #chunk: Buffer = noBytes
  /** The end of what came before, where a head's end may begin. */
  #tail: Buffer = noBytes
  /** How many heads ended in these bytes, and whether they began with the body of an earlier request. */
  #heads = 0
  #beganInBody = false
  #message: { readonly complete: boolean } | undefined

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.prependListener('data', (chunk: Buffer) => {
      const before = this.#chunk
      const isShort = before.length < 3
      this.#tail = (isShort ? Buffer.concat([this.#tail, before]) : before).subarray(-3)
      this.#chunk = chunk
      this.#heads = 0
      this.#beganInBody = this.#message?.complete === false
    })
  }

  /** Is told of each request when its head has been read. */
  headRead(message: { readonly complete: boolean }): void {
    this.#heads++
    this.#message = message
  }

  /**
   * Watches the chunked body of the request whose head has just been read, and calls `refuse` at the first extension;
   * gives what ends the watch. Undefined when what has come of it already is to be refused: it has an extension, or
   * it stands behind another request in the same bytes, where its beginning cannot be told.
   */
  watchChunks(refuse: () => void): (() => void) | undefined {
    if (this.#heads > 1 || this.#beganInBody) return undefined
    const bytes = Buffer.concat([this.#tail, this.#chunk])
    const end = bytes.indexOf(headEnd)
    const watch = new ChunkWatch()
    if (end < 0 || !watch.isPlain(bytes.subarray(end + headEnd.length))) return undefined
    const listener = (chunk: Buffer): void => {
      if (!watch.isPlain(chunk)) refuse()
    }
    this.#socket.prependListener('data', listener)
    return () => this.#socket.removeListener('data', listener)
  }
}
