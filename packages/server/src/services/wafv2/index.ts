import * as sdk from '@aws-sdk/client-wafv2'
import { awsJson } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import * as apiKeys from './api-keys.ts'
import * as associations from './associations.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as firewallManager from './firewall-manager.ts'
import * as ipSets from './ip-sets.ts'
import * as logging from './logging.ts'
import * as managedGroups from './managed-groups.ts'
import * as managedRuleSets from './managed-rule-sets.ts'
import * as mobileSdk from './mobile-sdk.ts'
import * as permissionPolicies from './permission-policies.ts'
import * as regexPatternSets from './regex-pattern-sets.ts'
import * as revenue from './revenue.ts'
import * as ruleGroups from './rule-groups.ts'
import * as tags from './tags.ts'
import * as webAcls from './web-acls.ts'

/** AWS WAF, version 2 (https://docs.aws.amazon.com/waf/latest/APIReference/). */
export const wafv2 = defineService({
  id: 'wafv2',
  eventSource: 'wafv2.amazonaws.com',
  protocols: [awsJson('1.1', 'AWSWAF_20190729')],
  sdk,
  operations: [
    apiKeys,
    associations,
    firewallManager,
    ipSets,
    logging,
    managedGroups,
    managedRuleSets,
    mobileSdk,
    permissionPolicies,
    regexPatternSets,
    revenue,
    ruleGroups,
    tags,
    webAcls,
  ],
  constraints,
  errorCodes: {
    accessDenied: 'AccessDeniedException',
    validation: 'ValidationException',
    internal: 'WAFInternalErrorException',
  },
  fidelity: {
    supported: [
      'web ACLs, rule groups, IP sets and regex pattern sets with lock tokens, capacity units and AWS’s quotas',
    ],
    deviates: [],
    absent: [],
  },
})
