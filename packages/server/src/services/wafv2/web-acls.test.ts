import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { WAFV2 } from '@aws-sdk/client-wafv2'
import type { CreateWebACLRequest, Rule } from '@aws-sdk/client-wafv2'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let waf: WAFV2

before(async () => {
  bartizan = await startTestServer()
  waf = bartizan.client(WAFV2)
})
after(() => bartizan.close())

const VisibilityConfig = {
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
  MetricName: 'metric',
}
const Scope = 'REGIONAL' as const

function acl(Name: string, Rules: Rule[] = []): CreateWebACLRequest {
  return { Name, Scope, DefaultAction: { Allow: {} }, VisibilityConfig, Rules }
}

function rule(Name: string, Priority: number, Statement: Rule['Statement']): Rule {
  return { Name, Priority, Statement, Action: { Block: {} }, VisibilityConfig }
}

const path = (text: string): Rule['Statement'] => ({
  ByteMatchStatement: {
    SearchString: Buffer.from(text),
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: 'LOWERCASE' }],
    PositionalConstraint: 'STARTS_WITH',
  },
})

describe('web ACLs', () => {
  test('a web ACL is made, shown with its bytes and capacity, changed by its lock token and removed', async () => {
    const { Summary } = await waf.createWebACL({
      ...acl('first', [rule('admin', 0, path('/admin'))]),
      Tags: [{ Key: 'team', Value: 'blue' }],
    })
    assert.match(
      Summary?.ARN ?? '',
      /^arn:aws:wafv2:us-east-1:111122223333:regional\/webacl\/first\/[0-9a-f-]{36}$/,
    )
    const naming = { Name: 'first', Scope, Id: Summary?.Id ?? '' }
    const shown = await waf.getWebACL(naming)
    assert.equal(shown.WebACL?.Capacity, 12)
    assert.equal(shown.WebACL?.LabelNamespace, 'awswaf:111122223333:webacl:first:')
    const bytes = shown.WebACL?.Rules?.[0]?.Statement?.ByteMatchStatement?.SearchString
    assert.ok(bytes instanceof Uint8Array)
    assert.equal(Buffer.from(bytes).toString(), '/admin')
    const update = { ...naming, DefaultAction: { Block: {} }, VisibilityConfig }
    const stale = waf.updateWebACL({ ...update, LockToken: crypto.randomUUID() })
    await assert.rejects(stale, {
      name: 'WAFOptimisticLockException',
      message: /couldn’t save your changes/,
    })
    const { NextLockToken } = await waf.updateWebACL({ ...update, LockToken: shown.LockToken })
    const changed = await waf.getWebACL({ ARN: Summary?.ARN ?? '' })
    assert.equal(changed.LockToken, NextLockToken)
    assert.deepEqual(changed.WebACL?.DefaultAction, { Block: {} })
    assert.deepEqual(changed.WebACL?.Rules, [])
    const tags = await waf.listTagsForResource({ ResourceARN: Summary?.ARN })
    assert.deepEqual(tags.TagInfoForResource?.TagList, [{ Key: 'team', Value: 'blue' }])
    await waf.deleteWebACL({ ...naming, LockToken: NextLockToken })
    await assert.rejects(waf.getWebACL(naming), { name: 'WAFNonexistentItemException' })
  })

  test('a name that is taken, a scope that is elsewhere and a rule that refers to nothing are refused', async () => {
    await waf.createWebACL(acl('taken'))
    await assert.rejects(waf.createWebACL(acl('taken')), { name: 'WAFDuplicateItemException' })
    const west = bartizan.client(WAFV2, { region: 'eu-west-1' })
    await assert.rejects(west.createWebACL({ ...acl('cdn'), Scope: 'CLOUDFRONT' }), {
      name: 'WAFInvalidParameterException',
      message: 'Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT',
      Field: 'SCOPE_VALUE',
      Parameter: 'CLOUDFRONT',
    })
    const ARN = `arn:aws:wafv2:us-east-1:111122223333:regional/ipset/none/${crypto.randomUUID()}`
    const dangling = acl('dangling', [rule('r', 0, { IPSetReferenceStatement: { ARN } })])
    await assert.rejects(waf.createWebACL(dangling), {
      name: 'WAFInvalidParameterException',
      message:
        'Error reason: A reference in your rule statement is not valid., field: RULE, parameter: Statement',
    })
  })

  test('an OR of one statement is refused in AWS’s words', async () => {
    const Statement = { OrStatement: { Statements: [path('/a') ?? {}] } }
    await assert.rejects(waf.createWebACL(acl('single', [rule('r', 0, Statement)])), {
      name: 'WAFInvalidParameterException',
      Field: 'OR_STATEMENT',
      Reason: /haven't met a minimum requirement/,
    })
  })
})

describe('IP sets', () => {
  const set = { Scope, IPAddressVersion: 'IPV4' as const }

  test('a set that a rule group uses cannot be removed until the group is', async () => {
    const made = await waf.createIPSet({ ...set, Name: 'office', Addresses: ['192.0.2.0/24'] })
    const { Id = '', ARN, LockToken } = made.Summary ?? {}
    const Rules = [rule('r', 0, { IPSetReferenceStatement: { ARN } })]
    const group = { Name: 'group', Scope, Capacity: 5, VisibilityConfig }
    const { Summary } = await waf.createRuleGroup({ ...group, Rules })
    const naming = { Name: 'office', Scope, Id }
    await assert.rejects(waf.deleteIPSet({ ...naming, LockToken }), {
      name: 'WAFAssociatedItemException',
    })
    const statement = { RuleGroupReferenceStatement: { ARN: Summary?.ARN } }
    const byGroup = { ...rule('g', 0, statement), Action: undefined, OverrideAction: { None: {} } }
    const { Capacity } = await waf.checkCapacity({ Scope, Rules: [byGroup] })
    assert.equal(Capacity, 5)
    await waf.deleteRuleGroup({
      Name: 'group',
      Scope,
      Id: Summary?.Id ?? '',
      LockToken: Summary?.LockToken,
    })
    await waf.deleteIPSet({ ...naming, LockToken })
  })

  test('addresses that are no range of the version are refused', async () => {
    let refused = 0
    for (const address of ['0.0.0.0/0', '192.0.2.1', '2001:db8::/32', '192.0.2.1/33', 'x/8']) {
      await assert.rejects(waf.createIPSet({ ...set, Name: 'bad', Addresses: [address] }), {
        name: 'WAFInvalidParameterException',
        message: `Error reason: The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: ${address}`,
      })
      refused++
    }
    assert.equal(refused, 5)
  })
})

describe('rule groups', () => {
  test('rules may not use more than the declared capacity, and labels are listed whole', async () => {
    const labelled = { ...rule('admin', 0, path('/admin')), RuleLabels: [{ Name: 'a:admin' }] }
    const group = { Name: 'labels', Scope, Capacity: 11, VisibilityConfig, Rules: [labelled] }
    await assert.rejects(waf.createRuleGroup(group), {
      name: 'WAFInvalidParameterException',
      Field: 'RULE_GROUP',
      Reason: 'You exceeded the capacity limit for a rule group or web ACL.',
    })
    const { Summary } = await waf.createRuleGroup({ ...group, Capacity: 12 })
    const { RuleGroup } = await waf.getRuleGroup({ ARN: Summary?.ARN })
    const label = 'awswaf:111122223333:rulegroup:labels:a:admin'
    assert.deepEqual(RuleGroup?.AvailableLabels, [{ Name: label }])
  })

  test('a shared rule group is used by another account, which then holds on to it', async () => {
    const Rules = [rule('r', 0, path('/x'))]
    const shared = { Name: 'shared', Scope, Capacity: 12, VisibilityConfig, Rules }
    const { Summary } = await waf.createRuleGroup(shared)
    const ARN = Summary?.ARN
    const other = await bartizan.createAccount()
    const theirs = bartizan.client(WAFV2, { credentials: other.credentials })
    const use = {
      ...rule('g', 0, { RuleGroupReferenceStatement: { ARN } }),
      Action: undefined,
      OverrideAction: { None: {} },
    }
    await assert.rejects(theirs.createWebACL(acl('user', [use])), { name: 'AccessDeniedException' })
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: other.accountId },
          Action: [
            'wafv2:CreateWebACL',
            'wafv2:UpdateWebACL',
            'wafv2:PutFirewallManagerRuleGroups',
          ],
        },
      ],
    })
    await waf.putPermissionPolicy({ ResourceArn: ARN, Policy })
    const made = await theirs.createWebACL(acl('user', [use]))
    const naming = { Name: 'shared', Scope, Id: Summary?.Id ?? '', LockToken: Summary?.LockToken }
    await assert.rejects(waf.deleteRuleGroup(naming), { name: 'WAFAssociatedItemException' })
    const { Id = '', LockToken } = made.Summary ?? {}
    await theirs.deleteWebACL({ Name: 'user', Scope, Id, LockToken })
    await waf.deleteRuleGroup(naming)
  })
})

describe('API keys', () => {
  test('a key tells its domains, and is gone once removed', async () => {
    const { APIKey = '' } = await waf.createAPIKey({ Scope, TokenDomains: ['example.com'] })
    const told = await waf.getDecryptedAPIKey({ Scope, APIKey })
    assert.deepEqual(told.TokenDomains, ['example.com'])
    const listed = await waf.listAPIKeys({ Scope })
    assert.equal(listed.APIKeySummaries?.[0]?.APIKey, APIKey)
    await waf.deleteAPIKey({ Scope, APIKey })
    const gone = waf.getDecryptedAPIKey({ Scope, APIKey })
    await assert.rejects(gone, { name: 'WAFNonexistentItemException' })
  })
})

describe('managed rule groups', () => {
  test('they are listed and described, and used in a web ACL by name', async () => {
    const listed = await waf.listAvailableManagedRuleGroups({ Scope })
    const names = listed.ManagedRuleGroups?.map(({ Name }) => Name) ?? []
    assert.ok(names.includes('AWSManagedRulesCommonRuleSet'))
    const Name = 'AWSManagedRulesCommonRuleSet'
    const told = await waf.describeManagedRuleGroup({ VendorName: 'AWS', Name, Scope })
    assert.equal(told.Capacity, 700)
    const statement = { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } }
    const use = { ...rule('m', 0, statement), Action: undefined, OverrideAction: { None: {} } }
    const { Summary } = await waf.createWebACL(acl('managed', [use]))
    const { WebACL } = await waf.getWebACL({ ARN: Summary?.ARN })
    assert.equal(WebACL?.Capacity, 700)
  })
})

describe('templates', () => {
  test('a stack of WAF’s types is made, changed and removed', async () => {
    const cloudformation = bartizan.client(CloudFormation)
    const stack = async (search: string, call: 'createStack' | 'updateStack'): Promise<void> => {
      const statement = {
        ByteMatchStatement: {
          SearchString: search,
          FieldToMatch: { UriPath: {} },
          TextTransformations: [{ Priority: 0, Type: 'NONE' }],
          PositionalConstraint: 'STARTS_WITH',
        },
      }
      const set = {
        Scope,
        IPAddressVersion: 'IPV4',
        Addresses: ['192.0.2.0/24'],
      }
      const Resources = {
        Set: { Type: 'AWS::WAFv2::IPSet', Properties: set },
        Patterns: {
          Type: 'AWS::WAFv2::RegexPatternSet',
          Properties: { Scope, RegularExpressionList: ['^/a'] },
        },
        Group: {
          Type: 'AWS::WAFv2::RuleGroup',
          Properties: { Scope, Capacity: '20', VisibilityConfig, Rules: [] },
        },
        Acl: {
          Type: 'AWS::WAFv2::WebACL',
          Properties: {
            Name: 'stack-acl',
            Scope,
            DefaultAction: { Allow: {} },
            VisibilityConfig,
            Rules: [
              rule('bytes', 0, statement as never),
              rule('set', 1, {
                IPSetReferenceStatement: { ARN: { 'Fn::GetAtt': 'Set.Arn' } },
              } as never),
            ],
          },
        },
      }
      const Outputs = { Capacity: { Value: { 'Fn::GetAtt': 'Acl.Capacity' } } }
      const TemplateBody = JSON.stringify({ Resources, Outputs })
      const asked = { StackName: 'firewall', TemplateBody }
      if (call === 'createStack') await cloudformation.createStack(asked)
      else await cloudformation.updateStack(asked)
      await bartizan.settled()
    }
    const shownBytes = async (): Promise<string> => {
      const { WebACLs = [] } = await waf.listWebACLs({ Scope })
      const ARN = WebACLs.find(({ Name }) => Name === 'stack-acl')?.ARN ?? ''
      const { WebACL } = await waf.getWebACL({ ARN })
      const bytes = WebACL?.Rules?.[0]?.Statement?.ByteMatchStatement?.SearchString
      return Buffer.from(bytes ?? []).toString()
    }
    await stack('/one', 'createStack')
    const { Stacks } = await cloudformation.describeStacks({ StackName: 'firewall' })
    assert.equal(Stacks?.[0]?.StackStatus, 'CREATE_COMPLETE')
    assert.equal(Stacks?.[0]?.Outputs?.[0]?.OutputValue, '3')
    assert.equal(await shownBytes(), '/one')
    await stack('/two', 'updateStack')
    assert.equal(await shownBytes(), '/two')
    await cloudformation.deleteStack({ StackName: 'firewall' })
    await bartizan.settled()
    const { WebACLs = [] } = await waf.listWebACLs({ Scope })
    assert.ok(WebACLs.every(({ Name }) => Name !== 'stack-acl'))
  })
})
