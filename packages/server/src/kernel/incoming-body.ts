import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  AwsChunkedDecoder,
  ChunkedError,
  type Authorization,
  type SigningKey,
} from '@bartizan/wire'
import { AwsError, commonError } from './errors.ts'
import { arrived } from './spent-bytes.ts'

/** How large the body of an operation's request may be, and what its sender is told when it is larger. */
export interface BodyBound {
  readonly maxBytes: number
  readonly refused: () => AwsError
}

/** A body that has not been read when its request is handed on: of any size, read once, never held whole. */
export interface IncomingBody {
  /** Remembers how the request was signed: chunks are signed by the same key. */
  verified(authorization: Authorization, key: SigningKey): void
  /** Reads all of it. Throws RequestEntityTooLargeException beyond the server's limit, or what `bound` says beyond that. */
  whole(bound?: BodyBound): Promise<Buffer>
  /** The payload, decoded and checked against the request's signature. */
  payload(headers: Readonly<Record<string, string>>): StreamedBody
}

/** The payload of an operation whose input streams; read once. What is read counts only when the end is reached. */
export interface StreamedBody extends AsyncIterable<Uint8Array> {
  /** Names of the headers that `x-amz-trailer` says will come after the payload. */
  readonly announced: readonly string[]
  /** Headers that came after the payload, by lower-case name; complete at its end. */
  readonly trailers: Readonly<Record<string, string>>
}

const sha256Form = /^[0-9a-f]{64}$/i
const unsigned = 'UNSIGNED-PAYLOAD'

/** The ways in which `x-amz-content-sha256` announces an `aws-chunked` body. */
const chunkedForms: Readonly<
  Record<string, { readonly signed: boolean; readonly trailer: boolean }>
> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signed: false, trailer: true },
}

/** RequestEntityTooLargeException. */
export const bodyTooLarge = (): AwsError =>
  commonError('RequestEntityTooLargeException', 'Request is too large.', 413)

/** The body of a message of Node's HTTP server. `stallMs`: how long it may wait for the next byte. */
export class MessageBody implements IncomingBody {
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  readonly #limits: { readonly maxBodyBytes: number; readonly requestTimeoutMs: number }
  #awaitsContinue: boolean
  #signed: { readonly authorization: Authorization; readonly key: SigningKey } | undefined

  constructor(
    exchange: { readonly message: IncomingMessage; readonly response: ServerResponse },
    limits: { readonly maxBodyBytes: number; readonly requestTimeoutMs: number },
    awaitsContinue: boolean,
  ) {
    this.#message = exchange.message
    this.#response = exchange.response
    this.#limits = limits
    this.#awaitsContinue = awaitsContinue
  }

  /** Whether the client waits for leave to send its body. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue
  }

  verified(authorization: Authorization, key: SigningKey): void {
    this.#signed = { authorization, key }
  }

  async whole(bound?: BodyBound): Promise<Buffer> {
    const maxBytes = Math.max(this.#limits.maxBodyBytes, bound?.maxBytes ?? 0)
    const refused = bound?.refused ?? bodyTooLarge
    // What announces itself as too large need not come first.
    if (Number(this.#message.headers['content-length'] ?? 0) > maxBytes) throw refused()
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.#raw()) {
      size += chunk.length
      if (size > maxBytes) throw refused()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  payload(headers: Readonly<Record<string, string>>): StreamedBody {
    const declared = this.#signed?.authorization.payloadHash ?? headers['x-amz-content-sha256']
    if (declared === undefined || declared === unsigned) return plain(this.#raw())
    if (sha256Form.test(declared)) return plain(hashChecked(this.#raw(), declared.toLowerCase()))
    const form = Object.hasOwn(chunkedForms, declared) ? chunkedForms[declared] : undefined
    if (!form) {
      throw commonError(
        'InvalidArgument',
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, or a valid sha256 value.',
        400,
      )
    }
    const length = Number(headers['x-amz-decoded-content-length'] ?? Number.NaN)
    const decoder = new AwsChunkedDecoder({
      trailer: form.trailer,
      ...(Number.isSafeInteger(length) && { decodedLength: length }),
      ...(form.signed && this.#signed && { signing: signingOf(this.#signed) }),
    })
    const raw = this.#raw()
    const announced = (headers['x-amz-trailer'] ?? '').toLowerCase().split(/[\s,]+/)
    return {
      announced,
      get trailers() {
        return decoder.trailers
      },
      [Symbol.asyncIterator]: () => decoded(raw, decoder),
    }
  }

  /** The bytes as they come. A stalled or broken connection ends in IncompleteBody. */
  async *#raw(): AsyncGenerator<Uint8Array> {
    const { socket } = this.#message
    if (this.#awaitsContinue) this.#response.writeContinue()
    this.#awaitsContinue = false
    socket.setTimeout(this.#limits.requestTimeoutMs)
    try {
      // The connection outlives a reader that stops early: the answer still has to go over it.
      for await (const bytes of this.#message.iterator({ destroyOnReturn: false })) {
        arrived(bytes as Buffer)
        yield bytes as Buffer
      }
    } catch (error) {
      if (error instanceof AwsError) throw error
      throw commonError('IncompleteBody', 'The request body terminated unexpectedly', 400)
    } finally {
      socket.setTimeout(0)
    }
  }
}

function plain(source: AsyncGenerator<Uint8Array>): StreamedBody {
  return { announced: [], trailers: {}, [Symbol.asyncIterator]: () => source }
}

async function* hashChecked(
  source: AsyncIterable<Uint8Array>,
  declared: string,
): AsyncGenerator<Uint8Array> {
  const sum = createHash('sha256')
  for await (const chunk of source) {
    sum.update(chunk)
    yield chunk
  }
  const computed = sum.digest('hex')
  if (computed === declared) return
  throw new AwsError({
    code: 'XAmzContentSHA256Mismatch',
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    status: 400,
    fields: { ClientComputedContentSHA256: declared, S3ComputedContentSHA256: computed },
  })
}

async function* decoded(
  source: AsyncIterable<Uint8Array>,
  decoder: AwsChunkedDecoder,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) yield* decoder.push(chunk)
    decoder.end()
  } catch (error) {
    if (!(error instanceof ChunkedError)) throw error
    throw commonError(error.code, error.message, error.code === 'SignatureDoesNotMatch' ? 403 : 400)
  }
}

function signingOf({ authorization, key }: { authorization: Authorization; key: SigningKey }) {
  const { amzDate, scope, signature } = authorization
  return {
    key,
    amzDate,
    scope: `${scope.date}/${scope.region}/${scope.service}/aws4_request`,
    seedSignature: signature,
  }
}
