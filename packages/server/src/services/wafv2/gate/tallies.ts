import type { Verdict } from '@bartizan/waf'
import type { MetricSample } from '../../../kernel/service-metrics.ts'
import type { WafScope } from '../store.ts'
import type { Visibilities } from './metric-names.ts'

/** The metric of each action (https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html). */
const metricOf = {
  ALLOW: 'AllowedRequests',
  BLOCK: 'BlockedRequests',
  COUNT: 'CountedRequests',
  CAPTCHA: 'CaptchaRequests',
  CHALLENGE: 'ChallengeRequests',
  PASSED: 'PassedRequests',
} as const

type Action = keyof typeof metricOf

/** Labels that say too much of single clients to be metrics. */
const unmeasured = 'awswaf:managed:token:id:'
const labelQuota = 100

/** What a web ACL's metrics are called. */
export interface TallyNames {
  readonly visibilities: Visibilities
  readonly scope: WafScope
  readonly region: string
}

/** Counts verdicts in memory, to be published together every second. */
export class Tallies {
  #counts = new Map<string, number>()
  readonly #names: () => TallyNames

  constructor(names: () => TallyNames) {
    this.#names = names
  }

  /** Counts one verdict under its web ACL, rules, groups and labels. */
  note(verdict: Verdict): void {
    const { visibilities } = this.#names()
    const { acl, rules } = visibilities
    const { action, terminatingRuleId } = verdict
    if (acl.isMeasured) this.#add(action, `acl|ALL`)
    if (terminatingRuleId === 'Default_Action') {
      if (acl.isMeasured) this.#add(action, `acl|${acl.metric}`)
    } else this.#rule(action, rules.get(terminatingRuleId))
    for (const each of verdict.nonTerminatingMatchingRules) {
      this.#rule(each.action === 'COUNT' ? 'COUNT' : each.action, rules.get(each.ruleId))
    }
    for (const group of verdict.ruleGroupList) this.#group(group, visibilities)
    if (acl.isMeasured && verdict.labels.length > 0) this.#labels(verdict)
  }

  /** The counts since the last call, as CloudWatch's samples. */
  take(): MetricSample[] {
    const counts = this.#counts
    this.#counts = new Map()
    return [...counts].map(([key, value]) => this.#sample(key, value))
  }

  #add(action: Action, place: string): void {
    const key = `${action}|${place}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  #rule(
    action: Action,
    visibility: { readonly metric: string; readonly isMeasured: boolean } | undefined,
  ): void {
    if (visibility?.isMeasured) this.#add(action, `acl|${visibility.metric}`)
  }

  #group(group: Verdict['ruleGroupList'][number], { inner }: Visibilities): void {
    const { ruleGroupId, terminatingRule, nonTerminatingMatchingRules } = group
    const managed = ruleGroupId.startsWith('AWS#') ? (ruleGroupId.split('#')[1] ?? '') : undefined
    const note = (action: Action, ruleId: string): void => {
      if (managed !== undefined) this.#add(action, `managed|${managed}|${ruleId}`)
      else {
        const own = inner.get(`${ruleGroupId} ${ruleId}`)
        const name = ruleGroupId.split('/').at(-2) ?? ruleGroupId
        if (own?.isMeasured) this.#add(action, `group|${name}|${own.metric}`)
      }
    }
    if (terminatingRule) note(terminatingRule.action as Action, terminatingRule.ruleId)
    for (const { ruleId, action } of nonTerminatingMatchingRules) note(action, ruleId)
    if (!terminatingRule && nonTerminatingMatchingRules.length === 0) {
      const name = managed ?? ruleGroupId.split('/').at(-2) ?? ruleGroupId
      this.#add('PASSED', managed === undefined ? `group|${name}|ALL` : `managed|${name}|ALL`)
    }
  }

  #labels({ action, labels }: Verdict): void {
    let noted = 0
    for (const label of labels) {
      if (label.startsWith(unmeasured) || ++noted > labelQuota) continue
      this.#add(action, `label|${label}`)
    }
  }

  #sample(key: string, value: number): MetricSample {
    const [action = '', kind = '', first = '', second = ''] = key.split('|')
    const { visibilities, scope, region } = this.#names()
    const place = scope === 'CLOUDFRONT' ? {} : { Region: region }
    const WebACL = visibilities.acl.metric
    const dimensions =
      kind === 'acl'
        ? { ...place, WebACL, Rule: first }
        : kind === 'managed'
          ? { ...place, WebACL, ManagedRuleGroup: first, ManagedRuleGroupRule: second }
          : kind === 'group'
            ? { ...place, RuleGroup: first, Rule: second }
            : { ...place, WebACL, ...labelDimensions(first) }
    const name = metricOf[action as Action]
    return { namespace: 'AWS/WAFV2', name, value, dimensions }
  }
}

function labelDimensions(label: string): { LabelNamespace: string; Label: string } {
  const end = label.lastIndexOf(':')
  return { LabelNamespace: label.slice(0, end), Label: label.slice(end + 1) }
}
