export { addressRanges, cidrRange } from './addresses/address-ranges.ts'
export { compile } from './compile.ts'
export type { CompiledWebAcl, References } from './compile.ts'
export { characterMarks } from './inspected-value.ts'
export type { Component, Detection, InspectedValue } from './inspected-value.ts'
export { managedRuleGroups } from './managed/index.ts'
export type { ManagedMatch, ManagedRule, ManagedRuleGroup, ManagedScene } from './managed/rule.ts'
export { parseRequest } from './parse-request.ts'
export type { ParsedRequest, RawPair } from './parsed-request.ts'
export type { HttpRequest } from './request.ts'
export type { AddressSet, RateCounters, Surroundings, TokenVerdict } from './surroundings.ts'
export type {
  CustomAnswer,
  MatchDetail,
  NonTerminatingMatch,
  RateBasedMatch,
  RateKeyValue,
  RuleGroupMatch,
  TokenResponse,
  TraceStep,
  Verdict,
} from './verdict.ts'
export { wcuOfRules, wcuOfStatement } from './wcu.ts'
export type { GroupCapacities } from './wcu.ts'
export { ruleFaults } from './faults/rule-faults.ts'
export type { RulePlace } from './faults/rule-faults.ts'
export type { RuleFault } from './faults/fault.ts'
export { patternFault } from './regex/pattern.ts'
