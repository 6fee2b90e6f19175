import type { Readable } from 'node:stream'
import type { Head } from './head.ts'
import type { Answer } from './answers.ts'
import type { Origin } from './origin.ts'

/** A request as routers see it: its head, before any of its body. */
export interface RoutedRequest {
  readonly method: string
  /** `/path?query` as sent. */
  readonly target: string
  readonly httpVersion: string
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[]
  readonly head: Head
  readonly clientIp: string
  readonly isSecure: boolean
}

/** A request with its whole body, for functions. */
export interface WholeRequest extends RoutedRequest {
  readonly body: Buffer
  /** What goes on to a target: X-Forwarded-… and the like among it. */
  readonly forwardedHeaders: readonly string[]
}

/** Where a copy of an answer goes. */
export interface Copy {
  write(chunk: Buffer): void
  /** The answer was whole. */
  end(): void
  /** It was cut off. */
  abandon(): void
}

/** What is to be done with a request. */
export type Route =
  | {
      readonly kind: 'forward'
      readonly origin: Origin
      /** Headers that the answer gets beside the target's: cookies of stickiness. */
      readonly addedHeaders?: readonly string[]
      /** Another path than the one that was asked for. */
      readonly target?: string
      /** Another Host than the one that was asked for. */
      readonly host?: string
      /** What the routing wants remembered with the request: the target group. */
      readonly note?: string
      /** Other header fields for the origin than those that would be sent; names and values in turn. */
      readonly rewrite?: (fields: string[]) => string[]
      /** Header fields of the origin's answer that do not go on, in lower case. */
      readonly drops?: readonly string[]
      /** Takes a copy of the answer as it streams by, if it wants one. */
      readonly copy?: (status: number, fields: readonly string[]) => Copy | undefined
    }
  | {
      /** An answer that is at hand, but too long to be held. */
      readonly kind: 'stream'
      readonly status: number
      readonly fields: readonly string[]
      readonly size: number
      readonly open: () => Readable
      readonly note?: string
    }
  | { readonly kind: 'answer'; readonly answer: Answer; readonly note?: string }
  | {
      readonly kind: 'call'
      /** A longer body is answered with 413. */
      readonly maxBodyBytes: number
      readonly run: (request: WholeRequest) => Promise<Answer>
      readonly note?: string
    }

/** Decides where a request goes; called once a request, and fast. */
export type Router = (request: RoutedRequest) => Route
