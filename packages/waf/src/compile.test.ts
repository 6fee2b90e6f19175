import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compile } from './compile.ts'
import { allow, block, count, rule, request, surroundings, webAcl } from './testing/builders.ts'

describe('a compiled web ACL', () => {
  test('an ACL without rules takes its default action', () => {
    assert.equal(compile(webAcl([])).decide(request(), surroundings()).action, 'ALLOW')
    const blocking = compile({ ...webAcl([]), DefaultAction: block })
    const verdict = blocking.decide(request(), surroundings())
    assert.equal(verdict.action, 'BLOCK')
    assert.equal(verdict.terminatingRuleId, 'Default_Action')
  })

  test('the first terminating rule by priority decides', () => {
    const path = { FieldToMatch: { UriPath: {} }, TextTransformations: none }
    const admin = (PositionalConstraint: 'STARTS_WITH' | 'CONTAINS') => ({
      ByteMatchStatement: { ...path, SearchString: Buffer.from('/admin'), PositionalConstraint },
    })
    const acl = compile(
      webAcl([
        rule('second', admin('CONTAINS'), { Priority: 2, Action: block }),
        rule('first', admin('STARTS_WITH'), { Priority: 1, Action: allow }),
        rule('counted', admin('CONTAINS'), { Priority: 0, Action: count }),
      ]),
    )
    const decided = (target: string) => acl.decide(request({ target }), surroundings())
    assert.equal(decided('/admin/x').terminatingRuleId, 'first')
    assert.equal(decided('/x/admin').terminatingRuleId, 'second')
    assert.equal(decided('/x').terminatingRuleId, 'Default_Action')
    assert.deepEqual(
      decided('/x/admin').nonTerminatingMatchingRules.map(({ ruleId }) => ruleId),
      ['counted'],
    )
  })

  test('an IP set is matched within and, or and not', () => {
    const ARN = 'arn:aws:wafv2:us-east-1:111122223333:regional/ipset/office/1'
    const office = { IPSetReferenceStatement: { ARN } }
    const get = {
      ByteMatchStatement: {
        FieldToMatch: { Method: {} },
        TextTransformations: none,
        SearchString: Buffer.from('GET'),
        PositionalConstraint: 'EXACTLY' as const,
      },
    }
    const away = { NotStatement: { Statement: office } }
    const acl = compile(
      webAcl([rule('away', { AndStatement: { Statements: [get, away] } }, { Action: block })]),
      {
        ipSets: [
          { Name: 'office', Id: '1', ARN, IPAddressVersion: 'IPV4', Addresses: ['192.0.2.0/24'] },
        ],
      },
    )
    const action = (clientIp: string, method = 'GET') =>
      acl.decide(request({ clientIp, method }), surroundings()).action
    assert.equal(action('192.0.2.7'), 'ALLOW')
    assert.equal(action('::ffff:192.0.2.7'), 'ALLOW')
    assert.equal(action('192.0.3.7'), 'BLOCK')
    assert.equal(action('2001:db8::1'), 'BLOCK')
    assert.equal(action('192.0.3.7', 'POST'), 'ALLOW')
  })
})

const none = [{ Priority: 0, Type: 'NONE' as const }]
