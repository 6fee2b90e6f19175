import type { WireResponse } from '@bartizan/wire'
import type { Principal } from './context.ts'
import type { RawRequest } from './pipeline.ts'

/** A request with its answer, for a service that keeps a log of its own (S3's access logs). */
export interface Observed {
  readonly request: RawRequest
  readonly response: WireResponse
  /** The error's code; empty when there is none. */
  readonly code: string
  /** undefined where the caller was not found out. */
  readonly principal: Principal | undefined
  readonly seconds: number
}
