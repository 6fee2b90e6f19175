import type { Readable } from 'node:stream'
import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types'

/** An HTTP request as it arrived: nothing decoded, header names in lower case. */
export interface WireRequest {
  readonly method: string
  /** The raw path, percent-encoding untouched. */
  readonly path: string
  /** The raw query string without the question mark. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** An HTTP response, ready to be written. */
export interface WireResponse {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array | string
  /** What follows the headers instead of `body`, when the output streams. */
  readonly stream?: Readable
}

/** An operation's schema as the AWS SDK exports it, such as `Encrypt$`. */
export type OperationSchema = StaticOperationSchema

/** An error's schema as the AWS SDK exports it, such as `NotFoundException$`. */
export type ErrorSchema = StaticErrorSchema

/** A failure to be told to the client. */
export interface WireError {
  /** The shape's name, such as `NotFoundException`. */
  readonly code: string
  readonly message: string
  readonly fault: 'client' | 'server'
  /** The HTTP status, where it differs from what the schema and the fault give. */
  readonly status?: number
  readonly schema?: ErrorSchema
  /** Response headers of its own. */
  readonly headers?: Readonly<Record<string, string>>
  /** Modelled members beside the message. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** The code for the Query protocols, where it differs from what the schema gives. */
  readonly queryCode?: string
}

/** What a response says about itself. */
export interface ResponseMeta {
  readonly requestId: string
  /** The request's Accept header: Query services answer JSON to those who ask for it. */
  readonly accept?: string | undefined
}

/** The Smithy name of a protocol. */
export type ProtocolId =
  'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml' | 'awsQuery' | 'ec2Query' | 'rpcV2Cbor'

/** The server's side of an AWS protocol, driven by the SDK's schemas alone. */
export interface ServerProtocol {
  readonly id: ProtocolId
  /** The operation a request names, or undefined when it names none of this service. */
  operationName(request: WireRequest): string | undefined
  /** Reads the typed input. Throws `WireDecodeError` on anything that is not one. */
  decode(operation: OperationSchema, request: WireRequest): Record<string, unknown>
  /** Writes the successful response. */
  encode(
    operation: OperationSchema,
    output: Readonly<Record<string, unknown>>,
    meta: ResponseMeta,
  ): WireResponse
  /** Writes the error response. */
  encodeError(error: WireError, meta: ResponseMeta): WireResponse
}

/** A request that its protocol cannot read; always the client's fault (HTTP 400). */
export class WireDecodeError extends Error {
  /** The AWS error code, such as `SerializationException`. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'WireDecodeError'
    this.code = code
  }
}
