import type { CompiledWebAcl } from '../compile.ts'
import type { HttpRequest } from '../request.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Verdict } from '../verdict.ts'

/** What a middleware is made of: a web ACL, and what it may know beside the request. */
export interface WafSettings extends Partial<Omit<Surroundings, 'nowMs'>> {
  readonly webAcl: CompiledWebAcl
  /** So many bytes of a body are inspected; 65536 where absent. The rest is never held back. */
  readonly bodyLimit?: number
  /** Milliseconds since 1970; the system's clock where absent. */
  readonly now?: () => number
  /** Is told of every verdict, before anything is done about it: for logs and metrics. Must not throw. */
  readonly onVerdict?: (verdict: Verdict, request: HttpRequest) => void
}
