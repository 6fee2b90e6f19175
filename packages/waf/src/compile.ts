import type { IPSet, RegexPatternSet, Rule, RuleGroup, WebACL } from '@aws-sdk/client-wafv2'
import { addressRanges } from './addresses/address-ranges.ts'
import { wcuOfRules } from './wcu.ts'
import { newCompilation } from './compilation.ts'
import { Decision } from './decision.ts'
import type { Inspection, Test } from './inspection.ts'
import type { ManagedRuleGroup } from './managed/rule.ts'
import { parseRequest } from './parse-request.ts'
import type { HttpRequest } from './request.ts'
import { compiledAction } from './rules/action.ts'
import type { Action } from './rules/action.ts'
import { managedGroup, ownGroup } from './rules/group.ts'
import type { CompiledGroup, GroupUse } from './rules/group.ts'
import { byPriority, compiledRule } from './rules/rule.ts'
import type { CompiledRule, RuleHome } from './rules/rule.ts'
import { tokenReader } from './rules/token.ts'
import { statementTest } from './statements/statement.ts'
import type { Surroundings } from './surroundings.ts'
import type { Verdict } from './verdict.ts'

/** What the rules of a web ACL refer to. */
export interface References {
  readonly ruleGroups?: readonly RuleGroup[]
  readonly ipSets?: readonly IPSet[]
  readonly regexPatternSets?: readonly RegexPatternSet[]
  readonly managedRuleGroups?: readonly ManagedRuleGroup[]
}

/** A web ACL made ready to judge requests. */
export interface CompiledWebAcl {
  /** Web ACL capacity units that its rules use. */
  readonly capacity: number
  /** Judges one request. Never throws, whatever the request is. */
  decide(
    request: HttpRequest,
    surroundings: Surroundings,
    options?: { readonly trace?: boolean },
  ): Verdict
}

/** Web ACLs without a setting of their own let a solved captcha or challenge count for five minutes. */
const defaultImmunitySec = 300

type Step = (decision: Decision) => Verdict | undefined

/**
 * Compiles a web ACL as GetWebACL describes it.
 * @throws Error when a rule refers to what is not among the references, or could not have passed `ruleFaults`
 */
export function compile(webAcl: WebACL, references: References = {}): CompiledWebAcl {
  const home = homeOf(webAcl, references)
  const token = tokenReader(webAcl.TokenDomains ?? [])
  const settings = {
    token,
    captchaImmunitySec:
      webAcl.CaptchaConfig?.ImmunityTimeProperty?.ImmunityTime ?? defaultImmunitySec,
    challengeImmunitySec:
      webAcl.ChallengeConfig?.ImmunityTimeProperty?.ImmunityTime ?? defaultImmunitySec,
  }
  const use = { path: '', responseBodies: webAcl.CustomResponseBodies, token }
  const steps = byPriority(webAcl.Rules).map((rule) => stepOf(rule, home, use, references))
  const defaultAction = compiledAction(webAcl.DefaultAction, webAcl.CustomResponseBodies)
  if (defaultAction === undefined) throw new Error('the web ACL has no default action')
  return {
    capacity: wcuOfRules(webAcl.Rules ?? [], references),
    decide(request, surroundings, { trace = false } = {}) {
      const inspection = newInspection(request, surroundings, trace)
      return run(new Decision(inspection, settings), steps, defaultAction)
    },
  }
}

function run(decision: Decision, steps: readonly Step[], defaultAction: Action): Verdict {
  for (const step of steps) {
    const verdict = step(decision)
    if (verdict !== undefined) return verdict
  }
  decision.inspection.details.length = 0
  const kind = defaultAction.kind === 'BLOCK' ? 'BLOCK' : 'ALLOW'
  return decision.verdict({ action: defaultAction, kind }, 'Default_Action', 'REGULAR')
}

function newInspection(
  request: HttpRequest,
  surroundings: Surroundings,
  trace: boolean,
): Inspection {
  return {
    request,
    parsed: parseRequest(request),
    surroundings,
    readings: [],
    transformed: [],
    labels: new Set(),
    addedLabels: [],
    details: [],
    rateBased: [],
    trace: trace ? [] : undefined,
    token: undefined,
    rule: '',
    inapplicable: false,
  }
}

function homeOf(webAcl: WebACL, { ipSets = [], regexPatternSets = [] }: References): RuleHome {
  const { ARN = '', Name = '', LabelNamespace, CustomResponseBodies: responseBodies } = webAcl
  const compilation = newCompilation(
    (arn) => addressRanges(found(ipSets, arn, 'IP set').Addresses ?? []),
    (arn) =>
      (found(regexPatternSets, arn, 'regex pattern set').RegularExpressionList ?? []).flatMap(
        ({ RegexString = [] }) => RegexString,
      ),
  )
  const labelPrefix = LabelNamespace ?? `awswaf:${ARN.split(':')[4] ?? ''}:webacl:${Name}:`
  return { compilation, labelPrefix, path: '', responseBodies }
}

function stepOf(rule: Rule, home: RuleHome, use: GroupUse, references: References): Step {
  const { Name: name = '', Statement: statement = {}, OverrideAction } = rule
  const group = groupOf(rule, home, { ...use, path: `${name} / ` }, references)
  if (group === undefined) {
    const compiled: CompiledRule = compiledRule(home, rule)
    return (decision) => decision.runRule(compiled)
  }
  const counted = OverrideAction?.Count && compiledAction(OverrideAction, undefined)
  const scope = statement.ManagedRuleGroupStatement?.ScopeDownStatement
  const context = { compilation: home.compilation, labelPrefix: home.labelPrefix, rule: name }
  const inScope: Test = scope ? statementTest(context, scope) : () => true
  return (decision) => {
    const { inspection } = decision
    inspection.rule = name
    inspection.inapplicable = false
    if (!inScope(inspection) || inspection.inapplicable) return undefined
    return decision.runGroup(name, group, counted)
  }
}

function groupOf(
  { Statement }: Rule,
  { compilation }: RuleHome,
  use: GroupUse,
  { ruleGroups = [], managedRuleGroups = [] }: References,
): CompiledGroup | undefined {
  const { RuleGroupReferenceStatement: own, ManagedRuleGroupStatement: managed } = Statement ?? {}
  if (own) {
    const group = found(ruleGroups, own.ARN ?? '', 'rule group')
    return ownGroup(compilation, group, own, use)
  }
  if (!managed) return undefined
  const named = managedRuleGroups.filter(
    ({ vendorName, name }) => vendorName === managed.VendorName && name === managed.Name,
  )
  const group = named.find(({ version }) => version === managed.Version) ?? named[0]
  if (group === undefined) throw new Error(`there is no managed rule group ${managed.Name}`)
  return managedGroup(group, managed, use)
}

function found<T extends { readonly ARN?: string | undefined }>(
  all: readonly T[],
  arn: string,
  kind: string,
): T {
  const one = all.find(({ ARN }) => ARN === arn)
  if (one === undefined) throw new Error(`there is no ${kind} ${arn}`)
  return one
}
