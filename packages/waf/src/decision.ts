import type { Inspection } from './inspection.ts'
import type { Action } from './rules/action.ts'
import type { CompiledGroup } from './rules/group.ts'
import { runTest } from './rules/rule.ts'
import type { CompiledRule } from './rules/rule.ts'
import { captchaLabel, tokenResponse } from './rules/token.ts'
import type { TokenReader } from './rules/token.ts'
import type { NonTerminatingMatch, RuleGroupMatch, TokenResponse, Verdict } from './verdict.ts'

/** What of a web ACL all its rules share. */
export interface DecisionSettings {
  readonly token: TokenReader
  readonly captchaImmunitySec: number
  readonly challengeImmunitySec: number
}

/** A rule's last word. */
export interface Ending {
  readonly action: Action
  readonly kind: Verdict['action']
}

/** One decision on its way: what rules that let the request go on have said, and what the verdict will hold. */
export class Decision {
  readonly inspection: Inspection
  readonly #settings: DecisionSettings
  readonly #nonTerminating: NonTerminatingMatch[] = []
  readonly #groups: RuleGroupMatch[] = []
  readonly #inserted = new Map<string, readonly [name: string, value: string]>()
  #captcha: TokenResponse | undefined
  #challenge: TokenResponse | undefined

  constructor(inspection: Inspection, settings: DecisionSettings) {
    this.inspection = inspection
    this.#settings = settings
  }

  /** Runs a rule of the web ACL itself. */
  runRule(rule: CompiledRule): Verdict | undefined {
    const ending = this.#outcome(rule, this.#nonTerminating)
    if (ending === undefined) return undefined
    return this.verdict(ending, rule.name, rule.rateBased ? 'RATE_BASED' : 'REGULAR')
  }

  /** Runs a group. With `counted` its first ending ends the group, not the decision. */
  runGroup(name: string, group: CompiledGroup, counted: Action | undefined): Verdict | undefined {
    const nonTerminatingMatchingRules: NonTerminatingMatch[] = []
    const excludedRules: RuleGroupMatch['excludedRules'][number][] = []
    let ending: Ending | undefined
    let terminatingRule: RuleGroupMatch['terminatingRule']
    for (const rule of group.rules) {
      ending = this.#outcome(rule, nonTerminatingMatchingRules, excludedRules)
      if (ending === undefined) continue
      const ruleMatchDetails = [...this.inspection.details]
      const { overridden } = rule
      const overriddenAction = overridden && { overriddenAction: overridden }
      terminatingRule = {
        ruleId: rule.name,
        action: ending.kind,
        ...overriddenAction,
        ruleMatchDetails,
      }
      break
    }
    const ended = terminatingRule && { terminatingRule }
    this.#groups.push({
      ruleGroupId: group.id,
      ...ended,
      nonTerminatingMatchingRules,
      excludedRules,
    })
    if (ending === undefined) return undefined
    if (counted === undefined) return this.verdict(ending, name, group.type)
    this.#insert(counted)
    this.#nonTerminating.push({ ruleId: name, action: 'COUNT', ruleMatchDetails: [] })
    return undefined
  }

  /** What the decision comes to. */
  verdict(
    { action, kind }: Ending,
    terminatingRuleId: string,
    terminatingRuleType: Verdict['terminatingRuleType'],
  ): Verdict {
    const { labels, rateBased, trace } = this.inspection
    if (kind === 'ALLOW') this.#insert(action)
    const custom = kind === 'BLOCK' ? action.customResponse : undefined
    return {
      action: kind,
      terminatingRuleId,
      terminatingRuleType,
      terminatingRuleMatchDetails: [...this.inspection.details],
      ...(custom && { customResponse: custom }),
      insertedHeaders: [...this.#inserted.values()],
      ...(this.#captcha && { captchaResponse: this.#captcha }),
      ...(this.#challenge && { challengeResponse: this.#challenge }),
      labels: [...labels],
      nonTerminatingMatchingRules: this.#nonTerminating,
      ruleGroupList: this.#groups,
      rateBasedRuleList: rateBased,
      oversizeFields: oversizeFields(this.inspection),
      ...(trace && { trace }),
    }
  }

  /** Runs a rule; undefined when the request goes on. */
  #outcome(
    rule: CompiledRule,
    passed: NonTerminatingMatch[],
    excluded?: RuleGroupMatch['excludedRules'][number][],
  ): Ending | undefined {
    if (!runTest(this.inspection, rule)) return undefined
    const { action, name: ruleId } = rule
    const { kind } = action
    if (kind === 'ALLOW' || kind === 'BLOCK') return { action, kind }
    if (kind !== 'COUNT' && !this.#passes(rule, kind)) return { action, kind }
    this.#insert(action)
    if (rule.excluded === true && excluded) {
      excluded.push({ exclusionType: 'EXCLUDED_AS_COUNT', ruleId })
      return undefined
    }
    const overriddenAction = rule.overridden && { overriddenAction: rule.overridden }
    const ruleMatchDetails = [...this.inspection.details]
    passed.push({ ruleId, action: kind, ...overriddenAction, ruleMatchDetails })
    return undefined
  }

  /** Whether the request's token says that the client has solved what the rule would ask. */
  #passes(rule: CompiledRule, kind: 'CAPTCHA' | 'CHALLENGE'): boolean {
    const settings = this.#settings
    const token = settings.token(this.inspection)
    const immunitySec =
      kind === 'CAPTCHA'
        ? (rule.captchaImmunitySec ?? settings.captchaImmunitySec)
        : (rule.challengeImmunitySec ?? settings.challengeImmunitySec)
    const { nowMs } = this.inspection.surroundings
    const response = tokenResponse(kind, token, nowMs, immunitySec)
    if (kind === 'CAPTCHA') {
      this.#captcha = response
      this.inspection.labels.add(captchaLabel(response))
    } else this.#challenge = response
    return response.failureReason === undefined
  }

  /** A header that two rules insert has the later one's value. */
  #insert({ insertedHeaders }: Action): void {
    for (const header of insertedHeaders) this.#inserted.set(header[0].toLowerCase(), header)
  }
}

/** The components that rules have read and that were larger than what is inspected. */
function oversizeFields({ readings, request }: Inspection): Verdict['oversizeFields'] {
  const fields = new Set(readings.flatMap((reading) => reading?.oversize ?? []))
  if (request.bodyTruncated) fields.add('REQUEST_BODY')
  return [...fields]
}
