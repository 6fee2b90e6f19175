import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ManagedRuleGroupStatement, Rule, RuleGroup, Statement } from '@aws-sdk/client-wafv2'
import { compile } from '../compile.ts'
import type { ManagedRule, ManagedRuleGroup } from '../managed/rule.ts'
import { allow, block, count, request, rule, surroundings, webAcl } from '../testing/builders.ts'

const none = { None: {} }
const groupArn = 'arn:aws:wafv2:us-east-1:111122223333:regional/rulegroup/shared/1'

function contains(text: string): Statement {
  return {
    ByteMatchStatement: {
      FieldToMatch: { UriPath: {} },
      TextTransformations: [{ Priority: 0, Type: 'NONE' }],
      SearchString: Buffer.from(text),
      PositionalConstraint: 'CONTAINS',
    },
  }
}

function labelled(Key: string, Scope: 'LABEL' | 'NAMESPACE' = 'LABEL'): Statement {
  return { LabelMatchStatement: { Scope, Key } }
}

function managedRule(name: string, label: string, action: ManagedRule['action']): ManagedRule {
  return {
    name,
    label,
    action,
    inspect: ({ uriPath }) =>
      uriPath.includes(name) ? { evidence: name, reason: 'its name is in the path' } : undefined,
    examples: { attack: [], benign: [] },
  }
}

function managedOf(name: string, rules: ManagedRule[], version?: string): ManagedRuleGroup {
  return {
    vendorName: 'AWS',
    name,
    ...(version === undefined ? {} : { version }),
    description: '',
    capacity: 100,
    labelNamespace: 'awswaf:managed:aws:test:',
    rules,
  }
}

const tests = managedOf('Tests', [
  managedRule('one', 'One', 'Block'),
  managedRule('two', 'Two_Label', 'Block'),
  managedRule('three', 'Three', 'Count'),
])
const shared: RuleGroup = {
  Name: 'shared',
  Id: '1',
  ARN: groupArn,
  Capacity: 50,
  VisibilityConfig: undefined,
  CustomResponseBodies: { sorry: { ContentType: 'TEXT_HTML', Content: '<p>no</p>' } },
  Rules: [
    rule('marks', contains('a'), { Priority: 0, RuleLabels: [{ Name: 'ns:found' }] }),
    rule('blocks', labelled('found'), {
      Priority: 1,
      Action: {
        Block: { CustomResponse: { ResponseCode: 418, CustomResponseBodyKey: 'sorry' } },
      },
    }),
  ],
}

function uses(parts: Partial<ManagedRuleGroupStatement> = {}, settings: Partial<Rule> = {}): Rule {
  const statement = { VendorName: 'AWS', Name: 'Tests', ...parts }
  return rule(
    'uses',
    { ManagedRuleGroupStatement: statement },
    { OverrideAction: none, ...settings },
  )
}

function decide(rules: Rule[], target: string, groups: readonly ManagedRuleGroup[] = [tests]) {
  const acl = compile(webAcl(rules), { ruleGroups: [shared], managedRuleGroups: groups })
  return acl.decide(request({ target }), surroundings())
}

describe('rule groups', () => {
  test('a managed rule that matches ends the decision and labels the request', () => {
    const verdict = decide([uses()], '/two')
    assert.equal(verdict.action, 'BLOCK')
    assert.equal(verdict.terminatingRuleId, 'uses')
    assert.equal(verdict.terminatingRuleType, 'MANAGED_RULE_GROUP')
    assert.deepEqual(verdict.labels, ['awswaf:managed:aws:test:Two_Label'])
    const [group] = verdict.ruleGroupList
    assert.equal(group?.ruleGroupId, 'AWS#Tests')
    assert.equal(group?.terminatingRule?.ruleId, 'two')
    assert.equal(verdict.terminatingRuleMatchDetails[0]?.reason, 'its name is in the path')
  })

  test('a rule of a group that counts is told within the group', () => {
    const verdict = decide([uses()], '/three')
    assert.equal(verdict.action, 'ALLOW')
    assert.deepEqual(verdict.nonTerminatingMatchingRules, [])
    assert.equal(verdict.ruleGroupList[0]?.nonTerminatingMatchingRules[0]?.ruleId, 'three')
  })

  test('a group counted as a whole stops at its first ending, and the decision goes on', () => {
    const verdict = decide([uses({}, { OverrideAction: count })], '/one/two')
    assert.equal(verdict.action, 'ALLOW')
    assert.deepEqual(
      verdict.nonTerminatingMatchingRules.map(({ ruleId, action }) => [ruleId, action]),
      [['uses', 'COUNT']],
    )
    assert.deepEqual(verdict.labels, ['awswaf:managed:aws:test:One'])
    assert.equal(verdict.ruleGroupList[0]?.terminatingRule?.action, 'BLOCK')
  })

  test('a rule counted by an override lets later rules of the group run', () => {
    const RuleActionOverrides = [{ Name: 'one', ActionToUse: count }]
    const verdict = decide([uses({ RuleActionOverrides })], '/one/two')
    assert.equal(verdict.action, 'BLOCK')
    assert.deepEqual(verdict.ruleGroupList[0]?.nonTerminatingMatchingRules, [
      {
        ruleId: 'one',
        action: 'COUNT',
        overriddenAction: 'BLOCK',
        ruleMatchDetails: [
          {
            conditionType: 'MANAGED',
            reason: 'its name is in the path',
            location: 'REQUEST',
            matchedData: ['one'],
          },
        ],
      },
    ])
  })

  test('an override can allow, and an unknown name in a managed group means nothing', () => {
    const RuleActionOverrides = [
      { Name: 'one', ActionToUse: allow },
      { Name: 'absent', ActionToUse: block },
    ]
    assert.equal(decide([uses({ RuleActionOverrides })], '/one/two').action, 'ALLOW')
  })

  test('excluded rules are counted, and listed as such', () => {
    const verdict = decide([uses({ ExcludedRules: [{ Name: 'one' }] })], '/one')
    assert.equal(verdict.action, 'ALLOW')
    assert.deepEqual(verdict.ruleGroupList[0]?.excludedRules, [
      { exclusionType: 'EXCLUDED_AS_COUNT', ruleId: 'one' },
    ])
    assert.deepEqual(verdict.labels, ['awswaf:managed:aws:test:One'])
  })

  test('a scope-down statement keeps a group from other requests', () => {
    const rules = [uses({ ScopeDownStatement: contains('/app/') })]
    assert.equal(decide(rules, '/app/one').action, 'BLOCK')
    const outside = decide(rules, '/static/one')
    assert.equal(outside.action, 'ALLOW')
    assert.deepEqual(outside.ruleGroupList, [])
  })

  test('the documented way to except a path: count a group, then block by its label', () => {
    const except = { NotStatement: { Statement: contains('/upload') } }
    const both = [labelled('awswaf:managed:aws:test:One'), except]
    const rules = [
      uses({ RuleActionOverrides: [{ Name: 'one', ActionToUse: count }] }),
      rule('blocks', { AndStatement: { Statements: both } }, { Priority: 1, Action: block }),
    ]
    assert.equal(decide(rules, '/one').terminatingRuleId, 'blocks')
    assert.equal(decide(rules, '/upload/one').action, 'ALLOW')
  })

  test('a version is used where it is asked for, and the first otherwise', () => {
    const groups = [
      managedOf('Tests', [managedRule('new', 'New', 'Block')], 'Version_2.0'),
      managedOf('Tests', [managedRule('old', 'Old', 'Block')], 'Version_1.0'),
    ]
    assert.equal(decide([uses()], '/new', groups).action, 'BLOCK')
    assert.equal(decide([uses()], '/old', groups).action, 'ALLOW')
    const pinned = decide([uses({ Version: 'Version_1.0' })], '/old', groups)
    assert.equal(pinned.ruleGroupList[0]?.ruleGroupId, 'AWS#Tests#Version_1.0')
  })

  test('an own group has its own labels and responses', () => {
    const refers = { RuleGroupReferenceStatement: { ARN: groupArn } }
    const verdict = decide([rule('refers', refers, { OverrideAction: none })], '/a')
    assert.equal(verdict.terminatingRuleType, 'GROUP')
    assert.equal(verdict.ruleGroupList[0]?.ruleGroupId, groupArn)
    assert.deepEqual(verdict.labels, ['awswaf:111122223333:rulegroup:shared:ns:found'])
    assert.deepEqual(verdict.customResponse, {
      status: 418,
      headers: [],
      body: { contentType: 'text/html', content: '<p>no</p>' },
    })
  })

  test('what is not among the references is an error of compilation', () => {
    const refers = { RuleGroupReferenceStatement: { ARN: 'arn:absent' } }
    assert.throws(
      () => compile(webAcl([rule('refers', refers, { OverrideAction: none })])),
      /there is no rule group arn:absent/,
    )
    assert.throws(() => decide([uses({ Name: 'Absent' })], '/'), /no managed rule group Absent/)
  })
})

const label = (Name: string) => ({ RuleLabels: [{ Name }] })

/** Which keys match `awswaf:111122223333:webacl:acl:ns1:ns2:name`, by AWS's documentation. */
const keys: readonly (readonly [key: string, scope: 'LABEL' | 'NAMESPACE', matched: boolean])[] = [
  ['name', 'LABEL', true],
  ['ns2:name', 'LABEL', true],
  ['ns1:ns2:name', 'LABEL', true],
  ['awswaf:111122223333:webacl:acl:ns1:ns2:name', 'LABEL', true],
  ['awswaf:111122223333:webacl:acl:name', 'LABEL', false],
  ['awswaf:111122223333:rulegroup:acl:ns1:ns2:name', 'LABEL', false],
  ['ame', 'LABEL', false],
  ['Name', 'LABEL', false],
  ['acl:ns1:ns2:name', 'LABEL', false],
  ['ns1:name', 'LABEL', false],
  ['ns1:', 'NAMESPACE', true],
  ['ns1:ns2:', 'NAMESPACE', true],
  ['ns2:', 'NAMESPACE', true],
  ['ns2', 'NAMESPACE', true],
  ['s2:', 'NAMESPACE', false],
  ['name:', 'NAMESPACE', false],
  ['ns2:name', 'NAMESPACE', false],
  ['awswaf:111122223333:webacl:acl:', 'NAMESPACE', true],
  ['awswaf:111122223333:webacl:acl:ns1:', 'NAMESPACE', true],
  ['awswaf:111122223333:webacl:acl:ns2:', 'NAMESPACE', false],
]

describe('labels', () => {
  test('a label is matched by its end, within the context or fully qualified', () => {
    for (const [key, scope, matched] of keys) {
      const verdict = decide(
        [
          rule('marks', contains('a'), label('ns1:ns2:name')),
          rule('blocks', labelled(key, scope), { Priority: 1, Action: block }),
        ],
        '/a',
      )
      assert.equal(verdict.action === 'BLOCK', matched, `${scope} ${key}`)
    }
    assert.equal(keys.length, 20)
  })

  test('a label is seen by later rules only, and not by the rule that gives it', () => {
    const self = { OrStatement: { Statements: [labelled('self'), contains('zz')] } }
    const rules = [
      rule('early', labelled('late'), { Priority: 0, Action: block }),
      rule('self', self, { Priority: 1, Action: block, ...label('self') }),
      rule('late', contains('a'), { Priority: 2, ...label('late') }),
    ]
    const verdict = decide(rules, '/a')
    assert.equal(verdict.action, 'ALLOW')
    assert.deepEqual(verdict.labels, ['awswaf:111122223333:webacl:acl:late'])
  })

  test('a geographic match labels what it looks at, matching or not', () => {
    const geo = (parts = {}): Statement => ({
      GeoMatchStatement: { CountryCodes: ['FR'], ...parts },
    })
    const config = { HeaderName: 'X-Real', FallbackBehavior: 'NO_MATCH' as const }
    const acl = compile(
      webAcl([
        rule('geo', geo()),
        rule('fwd', geo({ ForwardedIPConfig: config }), { Priority: 1 }),
      ]),
    )
    const country = (ip: string) =>
      ip === '192.0.2.1' ? { country: 'US', region: 'US-CA' } : { country: 'DE' }
    const { labels } = acl.decide(
      request({ headers: [['X-Real', '192.0.2.2']] }),
      surroundings({ country }),
    )
    assert.deepEqual(labels, [
      'awswaf:clientip:geo:country:US',
      'awswaf:clientip:geo:region:US-CA',
      'awswaf:forwardedip:geo:country:DE',
      'awswaf:forwardedip:geo:region:DE-XX',
    ])
  })
})
