import type { Rule } from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Inspection, Test } from '../inspection.ts'
import { rateBasedTest } from '../statements/rate-based.ts'
import { statementTest } from '../statements/statement.ts'
import { compiledAction } from './action.ts'
import type { Action, ResponseBodies } from './action.ts'

/** A rule that decides by itself, ready to run. */
export interface CompiledRule {
  readonly name: string
  /** `group / rule`, or the name. */
  readonly path: string
  readonly rateBased: boolean
  readonly test: Test
  readonly labels: readonly string[]
  readonly action: Action
  /** The rule's own action where another stands in its place. */
  readonly overridden?: Action['kind']
  /** Counted by the old way, ExcludedRules. */
  readonly excluded?: boolean
  /** Seconds for which a solved captcha or challenge lets the client pass. */
  readonly captchaImmunitySec?: number
  readonly challengeImmunitySec?: number
}

/** The web ACL or group whose rules are compiled. */
export interface RuleHome {
  readonly compilation: Compilation
  /** `awswaf:<account>:webacl:<name>:` or `…:rulegroup:…`. */
  readonly labelPrefix: string
  /** Precedes the names of its rules in traces: `group / `, or nothing. */
  readonly path: string
  readonly responseBodies: ResponseBodies
}

/** Compiles a rule whose statement is no reference to a group. */
export function compiledRule(home: RuleHome, rule: Rule): CompiledRule {
  const { Name: name = '', Statement: statement = {} } = rule
  const path = home.path + name
  const action = compiledAction(rule.Action, home.responseBodies)
  if (action === undefined) throw new Error(`rule ${path}: it has no action that can be taken`)
  const context = { compilation: home.compilation, labelPrefix: home.labelPrefix, rule: path }
  const { RateBasedStatement: rateBased } = statement
  return {
    name,
    path,
    rateBased: rateBased !== undefined,
    test: rateBased ? rateBasedTest(context, rateBased) : statementTest(context, statement),
    labels: (rule.RuleLabels ?? []).map(({ Name = '' }) => home.labelPrefix + Name),
    action,
    ...immunity(rule),
  }
}

function immunity({ CaptchaConfig, ChallengeConfig }: Rule): Partial<CompiledRule> {
  const captcha = CaptchaConfig?.ImmunityTimeProperty?.ImmunityTime
  const challenge = ChallengeConfig?.ImmunityTimeProperty?.ImmunityTime
  return {
    ...(captcha === undefined ? {} : { captchaImmunitySec: captcha }),
    ...(challenge === undefined ? {} : { challengeImmunitySec: challenge }),
  }
}

/** Rules in the order in which they run. */
export function byPriority(rules: readonly Rule[] | undefined): Rule[] {
  return (rules ?? []).toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
}

/** Runs a rule's statement and gives out its labels: to later rules, once it is through. */
export function runTest(inspection: Inspection, { test, path, labels }: CompiledRule): boolean {
  inspection.rule = path
  inspection.details.length = 0
  inspection.addedLabels.length = 0
  inspection.inapplicable = false
  const matched = test(inspection) && !inspection.inapplicable
  for (const label of inspection.addedLabels) inspection.labels.add(label)
  if (matched) for (const label of labels) inspection.labels.add(label)
  return matched
}
