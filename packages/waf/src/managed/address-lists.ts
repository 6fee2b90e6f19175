import { requestRule } from './request-rule.ts'
import type { ManagedRule, ManagedRuleGroup } from './rule.ts'

/** A rule on the addresses of a list that the operator keeps: none is delivered, and a list that is not there holds nobody. */
function listed(
  name: string,
  reason: string,
  action: ManagedRule['action'] = 'Block',
): ManagedRule {
  const lists = { [name]: ['198.51.100.9'] }
  return requestRule({
    name,
    label: name,
    action,
    reason,
    find: ({ request }, { surroundings }) =>
      surroundings.addressList?.(name)?.has(request.clientIp) === true
        ? request.clientIp
        : undefined,
    examples: {
      attack: [{ clientIp: '198.51.100.9', scene: { lists } }],
      benign: [{ clientIp: '198.51.100.10', scene: { lists } }, { clientIp: '198.51.100.9' }],
    },
  })
}

/** Addresses that are known for attacks, by the operator's lists. */
export const ipReputation: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesAmazonIpReputationList',
  version: 'Version_1.0',
  description: "Stops addresses that are known for attacks, by the operator's own lists.",
  capacity: 25,
  labelNamespace: 'awswaf:managed:aws:amazon-ip-list:',
  rules: [
    listed('AWSManagedIPReputationList', 'an address that is known for attacks'),
    listed('AWSManagedReconnaissanceList', 'an address that is known to look for weaknesses'),
    listed('AWSManagedIPDDoSList', 'an address that took part in denials of service', 'Count'),
  ],
}

/** Addresses behind which visitors hide, by the operator's lists. */
export const anonymousIps: ManagedRuleGroup = {
  vendorName: 'AWS',
  name: 'AWSManagedRulesAnonymousIpList',
  version: 'Version_1.0',
  description:
    "Stops addresses of proxies, VPNs and hosting providers, by the operator's own lists.",
  capacity: 50,
  labelNamespace: 'awswaf:managed:aws:anonymous-ip-list:',
  rules: [
    listed('AnonymousIPList', 'an address of a proxy or a VPN'),
    listed('HostingProviderIPList', 'an address of a hosting provider'),
  ],
}
