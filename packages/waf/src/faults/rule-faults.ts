import type {
  CustomResponseBody,
  Rule,
  RuleAction,
  RuleActionOverride,
  RuleGroup,
} from '@aws-sdk/client-wafv2'
import { reasons, refuse, requireOne, within } from './fault.ts'
import type { FaultList, RuleFault } from './fault.ts'
import { checkStatement } from './statement-faults.ts'

/** Where the rules are to stand, and what they may refer to. */
export interface RulePlace {
  readonly home: 'web ACL' | 'rule group'
  readonly customResponseBodies?: Readonly<Record<string, CustomResponseBody>> | undefined
  /** Groups that rules of a web ACL refer to: overrides must name rules that exist. */
  readonly ruleGroups?: readonly RuleGroup[]
}

/** What AWS WAF would refuse of rules that stand together, beyond what its API model says of single members. */
export function ruleFaults(rules: readonly Rule[], place: RulePlace): readonly RuleFault[] {
  const faults: RuleFault[] = []
  const names = new Set<string>()
  const priorities = new Set<number>()
  for (const rule of rules) {
    const { Name = '', Priority = 0 } = rule
    const list = { faults, path: Name }
    if (names.has(Name)) refuse(list, 'RULE', Name, 'Two rules have the same name.')
    if (priorities.has(Priority)) {
      refuse(list, 'RULE', String(Priority), 'Two rules have the same priority.')
    }
    names.add(Name)
    priorities.add(Priority)
    checkRule(list, rule, place)
  }
  return faults
}

function checkRule(list: FaultList, rule: Rule, place: RulePlace): void {
  const { Statement: statement = {}, Action, OverrideAction, RuleLabels = [] } = rule
  const isReference =
    statement.ManagedRuleGroupStatement !== undefined ||
    statement.RuleGroupReferenceStatement !== undefined
  if ((Action === undefined) === (OverrideAction === undefined)) {
    refuse(list, 'RULE', 'Rule', reasons.exactlyOne)
  } else if (isReference !== (Action === undefined)) {
    refuse(list, 'RULE', 'Statement', reasons.reference)
  }
  if (Action) checkAction(list, Action, place, statement.RateBasedStatement !== undefined)
  if (OverrideAction) requireOne(list, OverrideAction, 'OVERRIDE_ACTION', 'OverrideAction')
  for (const { Name = '' } of RuleLabels) checkLabel(list, Name)
  const { home } = place
  checkStatement(within(list, 'Statement'), statement, { home, isTop: true })
  const { RuleGroupReferenceStatement: own, ManagedRuleGroupStatement: managed } = statement
  checkOverrides(list, (own ?? managed)?.RuleActionOverrides, place)
  if (own) checkNames(list, rule, place)
}

function checkAction(
  list: FaultList,
  action: RuleAction,
  place: RulePlace,
  isRateBased: boolean,
): void {
  requireOne(list, action, 'RULE_ACTION', 'RuleAction')
  if (action.Monetize) {
    refuse(list, 'RULE_ACTION', 'Monetize', 'The Monetize action is not supported.')
  }
  if (isRateBased && action.Allow) {
    refuse(list, 'RULE_ACTION', 'Allow', 'A rate-based rule cannot have the action Allow.')
  }
  const key = action.Block?.CustomResponse?.CustomResponseBodyKey
  if (key !== undefined && place.customResponseBodies?.[key] === undefined) {
    refuse(list, 'CUSTOM_RESPONSE', key, 'The custom response body key is not defined.')
  }
}

const reservedWords = new Set(
  'awswaf aws waf rulegroup webacl regexpatternset ipset managed'.split(' '),
)

/** A label's parts: at most five namespaces and a name, none of them reserved. */
function checkLabel(list: FaultList, label: string): void {
  const parts = label.split(':')
  const isPart = (part: string): boolean =>
    part.length <= 128 && part !== '' && !reservedWords.has(part.toLowerCase())
  if (parts.length > 6 || !parts.every(isPart)) refuse(list, 'RULE', label, reasons.format)
}

function checkOverrides(
  list: FaultList,
  overrides: readonly RuleActionOverride[] = [],
  place: RulePlace,
): void {
  const seen = new Set<string>()
  for (const { Name = '', ActionToUse = {} } of overrides) {
    const there = within(list, `RuleActionOverrides ${Name}`)
    if (seen.has(Name)) refuse(there, 'RULE_ACTION', Name, 'A rule is overridden twice.')
    seen.add(Name)
    checkAction(there, ActionToUse, place, false)
  }
}

/** Names of a managed group's rules may be wrong without a word; those of an own group may not. */
function checkNames(list: FaultList, { Statement: statement }: Rule, place: RulePlace): void {
  const own = statement?.RuleGroupReferenceStatement
  const group = place.ruleGroups?.find(({ ARN }) => ARN === own?.ARN)
  if (group === undefined) return
  const names = new Set((group.Rules ?? []).map(({ Name }) => Name))
  for (const { Name } of own?.ExcludedRules ?? []) {
    if (!names.has(Name)) refuse(list, 'EXCLUDED_RULE', Name ?? '', reasons.reference)
  }
  for (const { Name } of own?.RuleActionOverrides ?? []) {
    if (!names.has(Name)) refuse(list, 'RULE_ACTION', Name ?? '', reasons.reference)
  }
}
