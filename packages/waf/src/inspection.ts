import type { ParsedRequest } from './parsed-request.ts'
import type { HttpRequest } from './request.ts'
import type { Surroundings, TokenVerdict } from './surroundings.ts'
import type { MatchDetail, RateBasedMatch, TraceStep, Verdict } from './verdict.ts'

/** One request on its way through the rules of a web ACL: what is known of it, and what rules have said so far. */
export interface Inspection {
  readonly request: HttpRequest
  readonly parsed: ParsedRequest
  readonly surroundings: Surroundings
  /** Components as rules name them, read once each; by the slot that compilation gave them. */
  readonly readings: (FieldReading | undefined)[]
  /** Texts after a chain of transformations, made once each; by slot. */
  readonly transformed: (readonly string[] | undefined)[]
  /** Labels that later rules see. */
  readonly labels: Set<string>
  /** Labels that the rule under way adds when it is through. */
  readonly addedLabels: string[]
  /** Why the statements of the rule under way matched. */
  readonly details: MatchDetail[]
  readonly rateBased: RateBasedMatch[]
  readonly trace: TraceStep[] | undefined
  /** The judgement on the request's token, once a rule has asked. */
  token: TokenVerdict | 'absent' | undefined
  /** `group / rule`, or the rule's name. */
  rule: string
  /** The rule names a header that the request does not have: it is not applied at all. */
  inapplicable: boolean
}

/** A component of a request, as a rule's FieldToMatch selects it. */
export interface FieldReading {
  /** Byte strings, each inspected for itself. */
  readonly texts: readonly string[]
  /** More was sent than is inspected. */
  readonly oversize?: Verdict['oversizeFields'][number]
  /** It could not be read as what it should be (not JSON, no fingerprint). */
  readonly unreadable?: boolean
}

/** A compiled statement. */
export type Test = (inspection: Inspection) => boolean
