import type { References } from '@bartizan/waf'
import type { VisibilityConfig, WebACL } from '@aws-sdk/client-wafv2'

/** What is published and sampled about one rule. */
export interface RuleVisibility {
  readonly metric: string
  readonly isMeasured: boolean
  readonly isSampled: boolean
}

/** The visibility of a web ACL and of all its rules. */
export interface Visibilities {
  readonly acl: RuleVisibility
  /** By the rule's name. */
  readonly rules: ReadonlyMap<string, RuleVisibility>
  /** Of rules within own groups, by group ARN and rule name. */
  readonly inner: ReadonlyMap<string, RuleVisibility>
}

/** Reads the visibility configurations. */
export function visibilitiesOf(acl: WebACL, { ruleGroups = [] }: References): Visibilities {
  const rules = (acl.Rules ?? []).map(
    ({ Name = '', VisibilityConfig }) => [Name, visibility(VisibilityConfig)] as const,
  )
  const inner = ruleGroups.flatMap(({ ARN = '', Rules = [] }) =>
    Rules.map(
      ({ Name = '', VisibilityConfig }) =>
        [`${ARN} ${Name}`, visibility(VisibilityConfig)] as const,
    ),
  )
  return { acl: visibility(acl.VisibilityConfig), rules: new Map(rules), inner: new Map(inner) }
}

function visibility(config: VisibilityConfig | undefined): RuleVisibility {
  return {
    metric: config?.MetricName ?? '',
    isMeasured: config?.CloudWatchMetricsEnabled === true,
    isSampled: config?.SampledRequestsEnabled === true,
  }
}
