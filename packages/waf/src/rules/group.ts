import type {
  ExcludedRule,
  ManagedRuleGroupStatement,
  RuleActionOverride,
  RuleGroup,
  RuleGroupReferenceStatement,
} from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Inspection } from '../inspection.ts'
import type { InspectedValue } from '../inspected-value.ts'
import type { ManagedMatch, ManagedRule, ManagedRuleGroup, ManagedScene } from '../managed/rule.ts'
import type { Surroundings, TokenVerdict } from '../surroundings.ts'
import type { MatchDetail } from '../verdict.ts'
import { compiledAction, count } from './action.ts'
import type { Action, ResponseBodies } from './action.ts'
import { byPriority, compiledRule } from './rule.ts'
import type { CompiledRule } from './rule.ts'
import type { TokenReader } from './token.ts'

/** The rules of a group as one rule of a web ACL uses them. */
export interface CompiledGroup {
  /** As AWS's log names it: the ARN, or `AWS#AWSManagedRulesCommonRuleSet`. */
  readonly id: string
  readonly type: 'GROUP' | 'MANAGED_RULE_GROUP'
  readonly rules: readonly CompiledRule[]
}

/** Actions that a statement puts in the place of a group's own. */
type Overrides = (name: string, own: Action) => Partial<CompiledRule> & { readonly action: Action }

/** Compiles an own rule group for the statement that refers to it. */
export function ownGroup(
  compilation: Compilation,
  group: RuleGroup,
  statement: RuleGroupReferenceStatement,
  use: GroupUse,
): CompiledGroup {
  const { Name = '', ARN: id = '', CustomResponseBodies: responseBodies } = group
  const override = overrides(statement.RuleActionOverrides, statement.ExcludedRules, use)
  const account = id.split(':')[4] ?? ''
  const labelPrefix = group.LabelNamespace ?? `awswaf:${account}:rulegroup:${Name}:`
  const home = { compilation, labelPrefix, path: `${use.path}${Name} / `, responseBodies }
  const rules = byPriority(group.Rules).map((each) => {
    const rule = compiledRule(home, each)
    return { ...rule, ...override(rule.name, rule.action) }
  })
  return { id, type: 'GROUP', rules }
}

/** What a group needs to know of the web ACL that uses it. */
export interface GroupUse {
  /** Tells two uses of one group apart: `rule / `. */
  readonly path: string
  readonly responseBodies: ResponseBodies
  readonly token: TokenReader
}

/** Compiles a managed rule group for the statement that uses it. */
export function managedGroup(
  group: ManagedRuleGroup,
  statement: ManagedRuleGroupStatement,
  use: GroupUse,
): CompiledGroup {
  const override = overrides(statement.RuleActionOverrides, statement.ExcludedRules, use)
  const path = `${use.path}${group.name} / `
  const rules = group.rules.map((rule) => {
    const own: Action = { kind: actionKinds[rule.action], insertedHeaders: [] }
    return {
      name: rule.name,
      path: path + rule.name,
      rateBased: false,
      test: managedTest(rule, group, statement, use),
      labels: [group.labelNamespace + rule.label],
      ...override(rule.name, own),
    }
  })
  const version = statement.Version === undefined ? '' : `#${statement.Version}`
  return { id: `${group.vendorName}#${group.name}${version}`, type: 'MANAGED_RULE_GROUP', rules }
}

const actionKinds = {
  Block: 'BLOCK',
  Count: 'COUNT',
  Captcha: 'CAPTCHA',
  Challenge: 'CHALLENGE',
} as const

function overrides(
  chosen: readonly RuleActionOverride[] | undefined,
  excluded: readonly ExcludedRule[] | undefined,
  { responseBodies }: GroupUse,
): Overrides {
  const actions = new Map<string, Action>()
  for (const { Name = '', ActionToUse } of chosen ?? []) {
    const action = compiledAction(ActionToUse, responseBodies)
    if (action !== undefined) actions.set(Name, action)
  }
  const counted = new Set((excluded ?? []).map(({ Name }) => Name))
  return (name, own) => {
    const action = actions.get(name)
    if (action !== undefined) return { action, overridden: own.kind }
    return counted.has(name)
      ? { action: count, overridden: own.kind, excluded: true }
      : { action: own }
  }
}

function managedTest(
  rule: ManagedRule,
  group: ManagedRuleGroup,
  { ManagedRuleGroupConfigs: configs = [] }: ManagedRuleGroupStatement,
  use: GroupUse,
): CompiledRule['test'] {
  const setting: SceneSetting = {
    configs,
    labelNamespace: group.labelNamespace,
    token: use.token,
    counterName: `${use.path}${group.name} / ${rule.name}`,
  }
  return (inspection) => {
    const found = rule.inspect(inspection.parsed, new Scene(inspection, setting))
    if (inspection.trace) trace(inspection, found)
    if (found) inspection.details.push(detail(found))
    return found !== undefined
  }
}

/** What is the same for every request. */
interface SceneSetting {
  readonly configs: ManagedScene['configs']
  readonly labelNamespace: string
  readonly token: TokenReader
  readonly counterName: string
}

/** A class, as one is made for every rule and request. */
class Scene implements ManagedScene {
  readonly #inspection: Inspection
  readonly #setting: SceneSetting

  constructor(inspection: Inspection, setting: SceneSetting) {
    this.#inspection = inspection
    this.#setting = setting
  }

  get surroundings(): Surroundings {
    return this.#inspection.surroundings
  }

  get configs(): ManagedScene['configs'] {
    return this.#setting.configs
  }

  get labels(): ReadonlySet<string> {
    return this.#inspection.labels
  }

  get counterName(): string {
    return this.#setting.counterName
  }

  addLabel(label: string): void {
    this.#inspection.addedLabels.push(this.#setting.labelNamespace + label)
  }

  token(): TokenVerdict | undefined {
    return this.#setting.token(this.#inspection)
  }
}

function detail({ value, evidence, reason }: ManagedMatch): MatchDetail {
  return {
    conditionType: 'MANAGED',
    reason,
    location: value === undefined ? 'REQUEST' : locations[value.component],
    ...(value === undefined || value.name === '' ? {} : { matchedFieldName: value.name }),
    matchedData: [evidence],
  }
}

const locations = {
  uriPath: 'URI',
  queryArguments: 'ALL_QUERY_ARGS',
  cookies: 'COOKIE',
  headers: 'HEADER',
  body: 'BODY',
} as const

function trace({ trace: steps, rule }: Inspection, found: ManagedMatch | undefined): void {
  const step = { rule, statement: 'managed rule', matched: found !== undefined }
  if (found === undefined) steps?.push(step)
  else steps?.push({ ...step, ...shown(found.value), why: `${found.reason}: ${found.evidence}` })
}

function shown(value: InspectedValue | undefined): { field?: string; value?: string } {
  if (value === undefined) return {}
  const field = value.name === '' ? value.component : `${value.component} ${value.name}`
  return { field, value: value.forms[0]?.slice(0, 1000) ?? '' }
}
