import * as sdk from '@aws-sdk/client-wafv2'
import { awsJson } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import * as apiKeys from './api-keys.ts'
import * as associations from './associations.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as firewallManager from './firewall-manager.ts'
import { guardResource } from './gate/guard.ts'
import { webAclNamed } from './gate/named-web-acl.ts'
import * as ipSets from './ip-sets.ts'
import * as logging from './logging.ts'
import * as managedGroups from './managed-groups.ts'
import * as managedRuleSets from './managed-rule-sets.ts'
import * as mobileSdk from './mobile-sdk.ts'
import * as permissionPolicies from './permission-policies.ts'
import * as regexPatternSets from './regex-pattern-sets.ts'
import { wafResources } from './resources.ts'
import * as revenue from './revenue.ts'
import * as ruleGroups from './rule-groups.ts'
import * as sampledRequests from './sampled-requests.ts'
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
    sampledRequests,
    tags,
    webAcls,
  ],
  constraints,
  errorCodes: {
    accessDenied: 'AccessDeniedException',
    validation: 'ValidationException',
    internal: 'WAFInternalErrorException',
  },
  guardResource,
  webAclNamed,
  resources: wafResources,
  fidelity: {
    supported: [
      'web ACLs, rule groups, IP sets and regex pattern sets with lock tokens, capacity units, references and AWS’s quotas; rule groups shared with other accounts by permission policies',
      'a web ACL judges every request of the load balancers, API stages and distributions it is associated with; a change acts on the next request of open connections, on every node',
      'the managed rule groups under AWS’s names, with this project’s own content',
      'captcha and challenge with tokens (`aws-waf-token`), immunity times and token domains; the pages load nothing from elsewhere',
      'sampled requests, metrics (AWS/WAFV2), and logs in AWS’s form to CloudWatch Logs, S3 and, in the form of Firehose’s HTTP endpoint delivery, the sink of `BARTIZAN_WAF_LOG_SINK`',
    ],
    deviates: [
      'bodies are inspected up to 64 KB (`BARTIZAN_WAF_BODY_LIMIT`) unless the web ACL’s AssociationConfig says otherwise, those of load balancers too, for which AWS has 8 KB',
      'rate-based rules count exactly and act on the very next request; several nodes tell each other their counts, which takes about two seconds',
      'sampled requests, managed keys and path statistics are those of the node that is asked: the latest 500 for each rule, of three hours, and gone when it restarts',
      'PutLoggingConfiguration with a bucket or log group adds AWS’s delivery statement to its policy with the caller’s permissions',
      'solutions of captcha and challenge go to `/.well-known/aws-waf/verify` of the protected host itself, before the rules',
      'an association outlives a stage that is deleted: it acts again on a stage of the same API and name',
      'ListMobileSdkReleases and the operations on revenue and settlements answer with nothing: there are no releases, and no rule can monetize',
      'managed rule sets are only for vendors: there are none to list, and no operation of AWS’s makes one',
    ],
    absent: [
      'Firewall Manager: ManagedByFirewallManager is always false',
      'associations with AppSync, Cognito, App Runner, Verified Access and Amplify, which do not exist here',
      'JA3 and JA4 fingerprints, as long as the listener does not read them',
      'integration URLs of the JavaScript and mobile SDKs',
    ],
  },
})
