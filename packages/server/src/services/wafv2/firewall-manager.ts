import { DeleteFirewallManagerRuleGroups$ } from '@aws-sdk/client-wafv2'
import type {
  DeleteFirewallManagerRuleGroupsRequest,
  DeleteFirewallManagerRuleGroupsResponse,
} from '@aws-sdk/client-wafv2'
import { operation } from '../../kernel/service.ts'
import { entityAccess, replaceEntity, seekByArn, unlocked, type EntitySubject } from './entities.ts'

/** DeleteFirewallManagerRuleGroups: without Firewall Manager no web ACL has any, so it is left with none. */
export const DeleteFirewallManagerRuleGroups = operation<
  DeleteFirewallManagerRuleGroupsRequest,
  DeleteFirewallManagerRuleGroupsResponse,
  EntitySubject
>(DeleteFirewallManagerRuleGroups$, {
  resolve: ({ WebACLArn = '' }, ctx) => seekByArn(ctx, WebACLArn, 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle({ WebACLLockToken }, ctx, subject) {
    const before = unlocked(subject, WebACLLockToken)
    return { NextWebACLLockToken: replaceEntity(ctx, before, before) }
  },
})
