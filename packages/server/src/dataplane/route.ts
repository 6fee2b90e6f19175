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
