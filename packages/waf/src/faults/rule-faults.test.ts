import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RateBasedStatement, Rule, Statement } from '@aws-sdk/client-wafv2'
import { allow, block, rule } from '../testing/builders.ts'
import { ruleFaults } from './rule-faults.ts'
import type { RulePlace } from './rule-faults.ts'

const none = [{ Priority: 0, Type: 'NONE' as const }]
const geo: Statement = { GeoMatchStatement: { CountryCodes: ['DE'] } }
const managed: Statement = {
  ManagedRuleGroupStatement: { VendorName: 'AWS', Name: 'AWSManagedRulesCommonRuleSet' },
}
const ownGroup: Statement = { RuleGroupReferenceStatement: { ARN: 'arn:group' } }

function rate(parts: Partial<RateBasedStatement> = {}): Statement {
  return { RateBasedStatement: { Limit: 100, AggregateKeyType: 'IP', ...parts } }
}

function bytes(parts: Partial<NonNullable<Statement['ByteMatchStatement']>>): Statement {
  return {
    ByteMatchStatement: {
      FieldToMatch: { UriPath: {} },
      TextTransformations: none,
      SearchString: Buffer.from('a'),
      PositionalConstraint: 'CONTAINS',
      ...parts,
    },
  }
}

function withAction(statement: Statement, settings: Partial<Rule> = {}): Rule {
  return rule('r', statement, settings)
}

const inGroup: Partial<RulePlace> = { home: 'rule group' }
const ruleNames: Partial<RulePlace> = {
  ruleGroups: [
    { Name: 'g', Id: '1', ARN: 'arn:group', Capacity: 1, VisibilityConfig: undefined, Rules: [] },
  ],
}
const eleven = Array.from({ length: 11 }, (_, Priority) => ({
  Priority,
  Type: 'LOWERCASE' as const,
}))
const twice = [
  { Priority: 0, Type: 'LOWERCASE' as const },
  { Priority: 0, Type: 'NONE' as const },
]
const overridden = {
  RuleGroupReferenceStatement: {
    ARN: 'arn:group',
    RuleActionOverrides: [{ Name: 'absent', ActionToUse: block }],
  },
}

/** What is refused, with the field and parameter that it is refused for. */
const refused: readonly (readonly [
  what: string,
  rules: Rule[],
  fault: string,
  place?: Partial<RulePlace>,
])[] = [
  ['no action', [{ ...withAction(geo), Action: undefined }], 'RULE Rule'],
  [
    'two kinds of action',
    [withAction(geo, { Action: block, OverrideAction: { None: {} } })],
    'RULE Rule',
  ],
  ['an action on a managed group', [withAction(managed)], 'RULE Statement'],
  [
    'an override action on a statement',
    [withAction(geo, { OverrideAction: { None: {} } })],
    'RULE Statement',
  ],
  ['two actions', [withAction(geo, { Action: { ...block, ...allow } })], 'RULE_ACTION RuleAction'],
  [
    'no override action',
    [withAction(managed, { OverrideAction: {} })],
    'OVERRIDE_ACTION OverrideAction',
  ],
  ['a price', [withAction(geo, { Action: { Monetize: {} } })], 'RULE_ACTION Monetize'],
  ['a rate that allows', [withAction(rate(), { Action: allow })], 'RULE_ACTION Allow'],
  [
    'an unknown response body',
    [
      withAction(geo, {
        Action: { Block: { CustomResponse: { ResponseCode: 403, CustomResponseBodyKey: 'x' } } },
      }),
    ],
    'CUSTOM_RESPONSE x',
  ],
  ['equal names', [withAction(geo), withAction(geo, { Priority: 1 })], 'RULE r'],
  ['equal priorities', [withAction(geo), rule('s', geo)], 'RULE 0'],
  ['a reserved label', [withAction(geo, { RuleLabels: [{ Name: 'a:aws:b' }] })], 'RULE a:aws:b'],
  [
    'a deep label',
    [withAction(geo, { RuleLabels: [{ Name: 'a:b:c:d:e:f:g' }] })],
    'RULE a:b:c:d:e:f:g',
  ],
  ['no statement', [withAction({})], 'STATEMENT Statement'],
  ['two statements', [withAction({ ...geo, ...bytes({}) })], 'STATEMENT Statement'],
  [
    'an and of one',
    [withAction({ AndStatement: { Statements: [geo] } })],
    'AND_STATEMENT AndStatement',
  ],
  ['an or of none', [withAction({ OrStatement: { Statements: [] } })], 'OR_STATEMENT OrStatement'],
  [
    'a rate within not',
    [withAction({ NotStatement: { Statement: rate() } })],
    'RATE_BASED_STATEMENT RateBasedStatement',
  ],
  [
    'a rate within a rate',
    [withAction(rate({ ScopeDownStatement: rate() }))],
    'RATE_BASED_STATEMENT RateBasedStatement',
  ],
  [
    'a managed group within not',
    [withAction({ NotStatement: { Statement: managed } })],
    'MANAGED_RULE_SET_STATEMENT ManagedRuleGroupStatement',
  ],
  [
    'a managed group in a group',
    [withAction(managed, { OverrideAction: { None: {} } })],
    'MANAGED_RULE_SET_STATEMENT ManagedRuleGroupStatement',
    inGroup,
  ],
  [
    'a group in a group',
    [withAction(ownGroup, { OverrideAction: { None: {} } })],
    'RULE_GROUP_REFERENCE_STATEMENT RuleGroupReferenceStatement',
    inGroup,
  ],
  [
    'a rule that the group has not',
    [withAction(overridden, { OverrideAction: { None: {} } })],
    'RULE_ACTION absent',
    ruleNames,
  ],
  [
    'a window of 90 seconds',
    [withAction(rate({ EvaluationWindowSec: 90 }))],
    'RATE_BASED_STATEMENT EvaluationWindowSec',
  ],
  [
    'a constant without scope',
    [withAction(rate({ AggregateKeyType: 'CONSTANT' }))],
    'SCOPE_DOWN ScopeDownStatement',
  ],
  [
    'a forwarded address without header',
    [withAction(rate({ AggregateKeyType: 'FORWARDED_IP' }))],
    'FORWARDED_IP_CONFIG ForwardedIPConfig',
  ],
  [
    'no custom keys',
    [withAction(rate({ AggregateKeyType: 'CUSTOM_KEYS' }))],
    'CUSTOM_KEYS CustomKeys',
  ],
  [
    'the address as only custom key',
    [withAction(rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys: [{ IP: {} }] }))],
    'CUSTOM_KEYS CustomKeys',
  ],
  [
    'custom keys unasked',
    [withAction(rate({ CustomKeys: [{ HTTPMethod: {} }] }))],
    'RATE_BASED_STATEMENT CustomKeys',
  ],
  ['no component', [withAction(bytes({ FieldToMatch: {} }))], 'FIELD_TO_MATCH FieldToMatch'],
  [
    'two components',
    [withAction(bytes({ FieldToMatch: { UriPath: {}, Method: {} } }))],
    'FIELD_TO_MATCH FieldToMatch',
  ],
  [
    'part of a fingerprint',
    [withAction(bytes({ FieldToMatch: { JA3Fingerprint: { FallbackBehavior: 'MATCH' } } }))],
    'FIELD_TO_MATCH FieldToMatch',
  ],
  [
    'eleven transformations',
    [withAction(bytes({ TextTransformations: eleven }))],
    'TEXT_TRANSFORMATION TextTransformations',
  ],
  [
    'equal transformation priorities',
    [withAction(bytes({ TextTransformations: twice }))],
    'TEXT_TRANSFORMATION TextTransformations',
  ],
  [
    'a path prepared for parsing',
    [withAction(bytes({ PreParseTextTransformations: [{ Priority: 0, Type: 'URL_DECODE' }] }))],
    'PRE_PARSE_TEXT_TRANSFORMATION PreParseTextTransformations',
  ],
  [
    'a long search string',
    [withAction(bytes({ SearchString: Buffer.alloc(201) }))],
    'BYTE_MATCH_STATEMENT SearchString',
  ],
  [
    'a word with a space',
    [
      withAction(
        bytes({ SearchString: Buffer.from('a b'), PositionalConstraint: 'CONTAINS_WORD' }),
      ),
    ],
    'BYTE_MATCH_STATEMENT SearchString',
  ],
  [
    'a back reference',
    [
      withAction({
        RegexMatchStatement: {
          RegexString: '(a)\\1',
          FieldToMatch: { UriPath: {} },
          TextTransformations: none,
        },
      }),
    ],
    'STATEMENT (a)\\1',
  ],
  [
    'headers without a pattern',
    [
      withAction(
        bytes({
          FieldToMatch: {
            Headers: { MatchPattern: {}, MatchScope: 'ALL', OversizeHandling: 'CONTINUE' },
          },
        }),
      ),
    ],
    'HEADER_MATCH_PATTERN MatchPattern',
  ],
]

const accepted: readonly (readonly [what: string, rules: Rule[], place?: Partial<RulePlace>])[] = [
  ['a plain rule', [withAction(geo)]],
  [
    'nested statements',
    [withAction({ AndStatement: { Statements: [geo, { NotStatement: { Statement: geo } }] } })],
  ],
  ['a managed group', [withAction(managed, { OverrideAction: { Count: {} } })]],
  ['a rate in a group', [withAction(rate(), { Action: block })], inGroup],
  [
    'a constant rate',
    [withAction(rate({ AggregateKeyType: 'CONSTANT', ScopeDownStatement: geo }))],
  ],
  [
    'custom keys',
    [
      withAction(
        rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys: [{ IP: {} }, { HTTPMethod: {} }] }),
      ),
    ],
  ],
  ['labels of five namespaces', [withAction(geo, { RuleLabels: [{ Name: 'a:b:c:d:e:name' }] })]],
]

describe('faults of rules', () => {
  test('what AWS refuses is refused, for the right field', () => {
    for (const [what, rules, fault, place] of refused) {
      const found = ruleFaults(rules, { home: 'web ACL', ...place })
      const told = found.map(({ field, parameter }) => `${field} ${parameter}`)
      assert.ok(told.includes(fault), `${what}: ${told.join('; ') || 'nothing refused'}`)
    }
    assert.equal(refused.length, 39)
  })

  test('what AWS takes is taken', () => {
    for (const [what, rules, place] of accepted) {
      assert.deepEqual(ruleFaults(rules, { home: 'web ACL', ...place }), [], what)
    }
    assert.equal(accepted.length, 7)
  })

  test('a fault says where it is', () => {
    const deep = { NotStatement: { Statement: { AndStatement: { Statements: [geo] } } } }
    const [fault] = ruleFaults([withAction(deep)], { home: 'web ACL' })
    assert.equal(fault?.path, 'r / Statement / NotStatement')
  })
})
