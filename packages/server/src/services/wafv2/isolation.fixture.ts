import { WAFV2 } from '@aws-sdk/client-wafv2'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** One of each that WAFv2 keeps, with tags, a policy and an API key. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const waf = bartizan.client(WAFV2)
  const Scope = 'REGIONAL' as const
  const VisibilityConfig = {
    SampledRequestsEnabled: true,
    CloudWatchMetricsEnabled: true,
    MetricName: 'canary-metric-of-owner',
  }
  const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const named = { Scope, Description: 'canary-description-of-owner', Tags }
  const set = await waf.createIPSet({
    ...named,
    Name: 'canary-addresses-of-owner',
    IPAddressVersion: 'IPV4',
    Addresses: ['192.0.2.77/32'],
  })
  const patterns = await waf.createRegexPatternSet({
    ...named,
    Name: 'canary-patterns-of-owner',
    RegularExpressionList: [{ RegexString: 'canary-pattern-of-owner' }],
  })
  const group = await waf.createRuleGroup({
    ...named,
    Name: 'canary-group-of-owner',
    Capacity: 10,
    VisibilityConfig,
  })
  const acl = await waf.createWebACL({
    ...named,
    Name: 'canary-acl-of-owner',
    DefaultAction: { Allow: {} },
    VisibilityConfig,
  })
  const { APIKey } = await waf.createAPIKey({ Scope, TokenDomains: ['canary.example.com'] })
  for (const { Summary } of [set, patterns, group, acl]) {
    const { Name, Id, ARN, LockToken } = Summary ?? {}
    loot.keep({ Name, Id, ARN, LockToken, ResourceArn: ARN, ResourceARN: ARN, WebACLArn: ARN })
    loot.keep({ WebAclArn: ARN, WebACLLockToken: LockToken, WebACLId: Id, WebACLName: Name })
  }
  loot.keep({ APIKey })
}
