import type { HttpRequest, Verdict } from '@bartizan/waf'
import type { GuardedResource } from '../../../kernel/web-acl.ts'

/** A request that was judged, without its body: what samples and log records are made of, when they are asked for. */
export interface Occurrence {
  readonly atMs: number
  readonly request: Omit<HttpRequest, 'body'>
  readonly inspectedBytes: number
  readonly verdict: Verdict
  /** Of the answer that WAF gave; undefined when the request went on. */
  readonly responseCode: number | undefined
  readonly resource: GuardedResource
}

/** Keeps of a request what it needs later, and lets its body go. */
export function occurrence(
  request: HttpRequest,
  verdict: Verdict,
  facts: Pick<Occurrence, 'atMs' | 'responseCode' | 'resource'>,
): Occurrence {
  const { body, ...kept } = request
  return { ...facts, request: kept, inspectedBytes: body.length, verdict }
}
