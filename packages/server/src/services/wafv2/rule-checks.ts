import { ruleFaults, wcuOfRules, type References, type RulePlace } from '@bartizan/waf'
import type {
  CustomResponseBody,
  DefaultAction,
  Rule,
  VisibilityConfig,
} from '@aws-sdk/client-wafv2'
import type { Context } from '../../kernel/context.ts'
import { partitionOf } from '../../kernel/partition.ts'
import type { Access } from '../../kernel/service.ts'
import { entityNamed } from './arns.ts'
import { invalidParameter, limitExceeded, notSubscribed, reasons } from './errors.ts'
import { entityAnywhere, groupPolicy } from './group-policy.ts'
import { loadReferences, managedGroupOf, referredBy } from './references.ts'
import type { WafScope } from './store.ts'

/** Rules with all that is known about what they refer to. */
export interface RuleSubject {
  readonly rules: readonly Rule[]
  readonly references: References
  /** Permissions that using what they refer to needs. */
  readonly access: readonly Access[]
}

/** Reads what the rules of a request refer to, for `resolve`. */
export async function ruleSubject(ctx: Context, rules: readonly Rule[] = []): Promise<RuleSubject> {
  const { arns, managed } = referredBy(rules)
  const access: Access[] = []
  for (const arn of arns) {
    const resourcePolicy = await groupPolicy(ctx, arn)
    access.push({
      resource: arn,
      unseen: 'this resource',
      ...(resourcePolicy && { resourcePolicy }),
    })
  }
  const { account, region } = ctx
  for (const { VendorName = '', Name = '' } of managed) {
    const resource = `arn:${partitionOf(region)}:wafv2:${region}:${account}:regional/managedruleset/${Name}/${VendorName}`
    access.push({ resource })
  }
  const references = await loadReferences(rules, (arn) => entityAnywhere(ctx, arn))
  return { rules, references, access }
}

/** What checks rules need to know of where they stand. */
export interface RuleHome {
  readonly scope: WafScope
  readonly home: RulePlace['home']
  readonly customResponseBodies?: Readonly<Record<string, CustomResponseBody>> | undefined
}

const referenceQuota = 50
const rateRuleQuota = 10
const bodyQuota = 4096
const bodiesQuota = 51_200

/** Refuses rules that AWS WAF would refuse, and answers the capacity they use. Throws WAFInvalidParameterException and others. */
export function checkedRules(
  ctx: Context,
  { rules, references }: RuleSubject,
  { scope, home, customResponseBodies }: RuleHome,
): number {
  checkBodies(customResponseBodies)
  checkReferences(ctx, rules, references, scope)
  const place: RulePlace = {
    home,
    customResponseBodies,
    ruleGroups: references.ruleGroups ?? [],
  }
  const [fault] = ruleFaults(rules, place)
  if (fault) throw invalidParameter(fault.field, fault.parameter, fault.reason)
  for (const { VisibilityConfig } of rules) checkMetric(VisibilityConfig)
  const rateRules = rules.filter(({ Statement }) => Statement?.RateBasedStatement)
  if (rateRules.length > rateRuleQuota) throw limitExceeded()
  return wcuOfRules(rules, references)
}

/** Refuses a metric name that WAF keeps for itself. */
export function checkMetric(config: VisibilityConfig | undefined): void {
  const name = config?.MetricName
  if (name !== undefined && /^(all|default_action)$/i.test(name)) {
    throw invalidParameter('METRIC_NAME', name, 'The metric name is reserved.')
  }
}

/** Refuses a default action that is not exactly one of Allow and Block. */
export function checkDefaultAction(action: DefaultAction | undefined): void {
  const { Allow, Block } = action ?? {}
  if ((Allow === undefined) === (Block === undefined)) {
    throw invalidParameter('DEFAULT_ACTION', 'DefaultAction', reasons.exactlyOne)
  }
}

/** Refuses capacity beyond what there may be. */
export function checkCapacity(
  field: 'WEB_ACL' | 'RULE_GROUP',
  capacity: number,
  most: number,
): void {
  if (capacity <= most) return
  const reason = 'You exceeded the capacity limit for a rule group or web ACL.'
  throw invalidParameter(field, String(capacity), reason)
}

function checkBodies(bodies: RuleHome['customResponseBodies'] = {}): void {
  const sizes = Object.values(bodies).map(({ Content = '' }) => Buffer.byteLength(Content))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total > bodiesQuota || sizes.some((size) => size > bodyQuota)) throw limitExceeded()
}

function checkReferences(
  ctx: Context,
  rules: readonly Rule[],
  references: References,
  scope: WafScope,
): void {
  const { arns, managed } = referredBy(rules)
  if (arns.length + managed.length > referenceQuota) throw limitExceeded()
  const { ruleGroups = [], ipSets = [], regexPatternSets = [] } = references
  const known = new Set([...ruleGroups, ...ipSets, ...regexPatternSets].map(({ ARN }) => ARN))
  for (const arn of arns) {
    const named = entityNamed(arn)
    if (!named) throw invalidParameter('RESOURCE_ARN', arn, reasons.arn)
    const isOwn = named.account === ctx.account || named.kind === 'rulegroup'
    if (!known.has(arn) || named.scope !== scope || named.region !== ctx.region || !isOwn) {
      throw invalidParameter('RULE', 'Statement', reasons.reference)
    }
  }
  for (const statement of managed) {
    if (managedGroupOf(statement)) continue
    if (statement.VendorName !== 'AWS') throw notSubscribed()
    throw invalidParameter('MANAGED_RULE_SET_STATEMENT', statement.Name ?? '', reasons.reference)
  }
}
