export type { Component, Detection, InspectedValue } from './inspected-value.ts'
export type { ManagedMatch, ManagedRule, ManagedRuleGroup } from './managed/rule.ts'
export type { ParsedRequest } from './parsed-request.ts'
export type { HttpRequest } from './request.ts'
export type { AddressSet, RateCounters, Surroundings, TokenVerdict } from './surroundings.ts'
export type {
  CustomAnswer,
  MatchDetail,
  NonTerminatingMatch,
  RateBasedMatch,
  RuleGroupMatch,
  TraceStep,
  Verdict,
} from './verdict.ts'
