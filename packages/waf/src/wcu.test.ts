import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldToMatch, Statement, TextTransformationType } from '@aws-sdk/client-wafv2'
import { rule } from './testing/builders.ts'
import { wcuOfRules, wcuOfStatement } from './wcu.ts'

function chain(...types: TextTransformationType[]) {
  return types.map((Type, Priority) => ({ Priority, Type }))
}

function look(FieldToMatch: FieldToMatch, ...types: TextTransformationType[]) {
  return { FieldToMatch, TextTransformations: chain(...types) }
}

function bytes(
  PositionalConstraint: 'EXACTLY' | 'STARTS_WITH' | 'ENDS_WITH' | 'CONTAINS' | 'CONTAINS_WORD',
  field: FieldToMatch = { UriPath: {} },
  ...types: TextTransformationType[]
): Statement {
  const SearchString = Buffer.from('a')
  return { ByteMatchStatement: { ...look(field, ...types), SearchString, PositionalConstraint } }
}

const path = { UriPath: {} }
const json = { JsonBody: { MatchPattern: { All: {} }, MatchScope: 'ALL' as const } }
const forwarded = {
  HeaderName: 'X-Forwarded-For',
  FallbackBehavior: 'MATCH' as const,
  Position: 'ANY' as const,
}

const costs: readonly (readonly [statement: Statement, units: number])[] = [
  [bytes('EXACTLY'), 2],
  [bytes('STARTS_WITH'), 2],
  [bytes('ENDS_WITH'), 2],
  [bytes('CONTAINS'), 10],
  [bytes('CONTAINS_WORD'), 10],
  [bytes('CONTAINS', path, 'LOWERCASE'), 20],
  [bytes('CONTAINS', path, 'URL_DECODE', 'LOWERCASE'), 30],
  [bytes('CONTAINS', path, 'NONE'), 10],
  [bytes('CONTAINS', { AllQueryArguments: {} }), 20],
  [bytes('CONTAINS', json), 20],
  [{ GeoMatchStatement: { CountryCodes: ['DE'] } }, 1],
  [{ AsnMatchStatement: { AsnList: [1] } }, 1],
  [{ LabelMatchStatement: { Scope: 'LABEL', Key: 'a' } }, 1],
  [{ IPSetReferenceStatement: { ARN: 'a' } }, 1],
  [{ IPSetReferenceStatement: { ARN: 'a', IPSetForwardedIPConfig: forwarded } }, 5],
  [{ SizeConstraintStatement: { ...look(path), ComparisonOperator: 'GT', Size: 1 } }, 1],
  [{ RegexMatchStatement: { ...look(path), RegexString: 'a' } }, 3],
  [{ RegexPatternSetReferenceStatement: { ...look(path), ARN: 'a' } }, 25],
  [{ SqliMatchStatement: look(path) }, 20],
  [{ SqliMatchStatement: { ...look(path), SensitivityLevel: 'HIGH' } }, 30],
  [{ XssMatchStatement: look(path, 'HTML_ENTITY_DECODE') }, 50],
  [{ NotStatement: { Statement: bytes('EXACTLY') } }, 2],
  [{ AndStatement: { Statements: [bytes('EXACTLY'), bytes('CONTAINS')] } }, 12],
  [{ RateBasedStatement: { Limit: 100, AggregateKeyType: 'IP' } }, 2],
  [
    {
      RateBasedStatement: {
        Limit: 100,
        AggregateKeyType: 'CUSTOM_KEYS',
        CustomKeys: [{ IP: {} }, { UriPath: { TextTransformations: chain('LOWERCASE') } }],
        ScopeDownStatement: bytes('EXACTLY'),
      },
    },
    74,
  ],
]

describe('web ACL capacity units', () => {
  test('each statement costs what AWS documents', () => {
    for (const [statement, units] of costs) {
      assert.equal(wcuOfStatement(statement), units, JSON.stringify(statement))
    }
    assert.equal(costs.length, 25)
  })

  test('a transformation of one component is paid once in a web ACL', () => {
    const lower = rule('a', bytes('CONTAINS', path, 'LOWERCASE'))
    assert.equal(wcuOfRules([lower, lower]), 30)
    const query = rule('b', bytes('CONTAINS', { QueryString: {} }, 'LOWERCASE'))
    assert.equal(wcuOfRules([lower, query]), 40)
    const body = (OversizeHandling: 'MATCH' | 'NO_MATCH') =>
      rule('c', bytes('CONTAINS', { Body: { OversizeHandling } }, 'LOWERCASE'))
    assert.equal(wcuOfRules([body('MATCH'), body('NO_MATCH')]), 30)
  })

  test('a group costs its declared capacity, and what narrows its scope', () => {
    const groups = {
      ruleGroups: [{ ARN: 'arn:own', Capacity: 77 }],
      managedRuleGroups: [{ vendorName: 'AWS' as const, name: 'Common', capacity: 700 }],
    }
    const own = rule('own', { RuleGroupReferenceStatement: { ARN: 'arn:own' } })
    const managed = rule('managed', {
      ManagedRuleGroupStatement: {
        VendorName: 'AWS',
        Name: 'Common',
        ScopeDownStatement: bytes('EXACTLY'),
      },
    })
    assert.equal(wcuOfRules([own, managed], groups), 779)
  })
})
