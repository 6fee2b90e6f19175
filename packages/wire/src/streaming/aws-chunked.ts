import { createHash, hash, timingSafeEqual, type Hash } from 'node:crypto'
import type { SigningKey } from '../sigv4/signing-key.ts'

/** Why a chunked body cannot be taken, by S3's error code. */
export type ChunkedErrorCode =
  'SignatureDoesNotMatch' | 'IncompleteBody' | 'InvalidRequest' | 'MalformedTrailerError'

/** A body that is not what `aws-chunked` and its signatures promise; always the client's fault. */
export class ChunkedError extends Error {
  readonly code: ChunkedErrorCode

  constructor(code: ChunkedErrorCode, message: string) {
    super(message)
    this.name = 'ChunkedError'
    this.code = code
  }
}

/** What chunks are signed with: the request's own signature seeds the chain. */
export interface ChunkSigning {
  readonly key: SigningKey
  /** ISO 8601 basic format. */
  readonly amzDate: string
  /** `20260101/us-east-1/s3/aws4_request`. */
  readonly scope: string
  readonly seedSignature: string
}

/** How a body is chunked. */
export interface ChunkedOptions {
  /** Absent for `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. */
  readonly signing?: ChunkSigning
  /** Whether headers follow the last chunk (`…-TRAILER`). */
  readonly trailer: boolean
  /** `x-amz-decoded-content-length`. */
  readonly decodedLength?: number
}

/** Longer lines than any client writes: a chunk's head, or one trailing header. */
const maxLineBytes = 8_192
const maxTrailers = 16
const emptyHash = hash('sha256', '')

const mismatch = (): ChunkedError =>
  new ChunkedError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )

const incomplete = (): ChunkedError =>
  new ChunkedError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  )

const malformedTrailer = (): ChunkedError =>
  new ChunkedError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  )

function isSame(actual: string, expected: string): boolean {
  if (actual.length !== expected.length) return false
  return timingSafeEqual(Buffer.from(actual, 'latin1'), Buffer.from(expected, 'latin1'))
}

type State = 'head' | 'data' | 'after-data' | 'trailer' | 'done'

/**
 * Decodes the content encoding `aws-chunked` and checks its signatures, piece by piece: what `push`
 * returns is passed on before its chunk's signature is known, so the receiver keeps nothing unless
 * `end` returns.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class AwsChunkedDecoder {
  readonly #options: ChunkedOptions
  readonly #trailers: Record<string, string> = {}
  #state: State = 'head'
  #line = ''
  #left = 0
  #decoded = 0
  #previous: string
  #chunkSignature = ''
  #hash: Hash | undefined
  #canonicalTrailer = ''
  #trailerSignature: string | undefined

  constructor(options: ChunkedOptions) {
    this.#options = options
    this.#previous = options.signing?.seedSignature ?? ''
  }

  /** The headers that came after the last chunk, by lower-case name; complete after `end`. */
  get trailers(): Readonly<Record<string, string>> {
    return this.#trailers
  }

  /** Takes in bytes as they arrive and returns the payload among them. Throws ChunkedError. */
  push(bytes: Uint8Array): Uint8Array[] {
    const payload: Uint8Array[] = []
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const piece = bytes.subarray(at, at + this.#left)
        at += piece.length
        this.#left -= piece.length
        this.#decoded += piece.length
        this.#hash?.update(piece)
        payload.push(piece)
        if (this.#left === 0) this.#chunkEnds()
      } else at = this.#readLine(bytes, at)
    }
    return payload
  }

  /** Says that no more comes. Throws ChunkedError when the body stops short or its signatures do not hold. */
  end(): void {
    if (this.#state === 'trailer' && this.#line === '') this.#trailerEnds()
    if (this.#state !== 'done') throw incomplete()
    const { decodedLength } = this.#options
    if (decodedLength !== undefined && decodedLength !== this.#decoded) throw incomplete()
  }

  #readLine(bytes: Uint8Array, from: number): number {
    const feed = bytes.indexOf(10, from)
    const end = feed < 0 ? bytes.length : feed
    if (this.#line.length + end - from > maxLineBytes) throw incomplete()
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1')
    if (feed < 0) return bytes.length
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
    this.#line = ''
    this.#takeLine(line)
    return feed + 1
  }

  #takeLine(line: string): void {
    if (this.#state === 'head') this.#chunkBegins(line)
    else if (this.#state === 'after-data') {
      if (line !== '') throw incomplete()
      this.#state = 'head'
    } else if (this.#state === 'trailer') {
      // Clients may end the headers with an empty line before their signature.
      const isUnsigned = this.#options.signing && this.#trailerSignature === undefined
      if (line !== '') this.#trailerLine(line)
      else if (!isUnsigned) this.#trailerEnds()
    } else if (line !== '') throw incomplete()
  }

  #chunkBegins(line: string): void {
    const [, size, signature] =
      /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? []
    const { signing, trailer } = this.#options
    if (size === undefined) throw incomplete()
    if (signing && signature === undefined) throw mismatch()
    this.#left = Number.parseInt(size, 16)
    this.#chunkSignature = signature ?? ''
    if (this.#left > 0) {
      this.#hash = signing && createHash('sha256')
      this.#state = 'data'
      return
    }
    if (signing) this.#checkChunk(emptyHash)
    this.#state = trailer ? 'trailer' : 'done'
  }

  #chunkEnds(): void {
    if (this.#hash) this.#checkChunk(this.#hash.digest('hex'))
    this.#state = 'after-data'
  }

  #checkChunk(payloadHash: string): void {
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', `${emptyHash}\n${payloadHash}`, this.#chunkSignature)
  }

  #check(algorithm: string, hashes: string, claimed: string): void {
    const { signing } = this.#options
    if (!signing) return
    const { key, amzDate, scope } = signing
    const signature = key.mac(`${algorithm}\n${amzDate}\n${scope}\n${this.#previous}\n${hashes}`)
    if (!isSame(signature, claimed)) throw mismatch()
    this.#previous = signature
  }

  #trailerLine(line: string): void {
    const colon = line.indexOf(':')
    if (colon < 1 || Object.keys(this.#trailers).length >= maxTrailers) throw malformedTrailer()
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') {
      this.#trailerSignature = value
      return
    }
    this.#trailers[name] = value
    this.#canonicalTrailer += `${name}:${value}\n`
  }

  #trailerEnds(): void {
    if (this.#options.signing && this.#trailerSignature === undefined) {
      throw malformedTrailer()
    }
    this.#check(
      'AWS4-HMAC-SHA256-TRAILER',
      hash('sha256', this.#canonicalTrailer),
      this.#trailerSignature ?? '',
    )
    this.#state = 'done'
  }
}
