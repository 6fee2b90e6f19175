import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rule, RuleAction, Statement, WebACL } from '@aws-sdk/client-wafv2'
import { compile } from '../compile.ts'
import type { TokenVerdict } from '../surroundings.ts'
import { allow, block, count, request, rule, surroundings, webAcl } from '../testing/builders.ts'
import type { RequestParts } from '../testing/builders.ts'

const everything: Statement = {
  SizeConstraintStatement: {
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: 'NONE' }],
    ComparisonOperator: 'GE',
    Size: 0,
  },
}
const nowMs = 1_700_000_000_000
const withToken: RequestParts = { headers: [['Cookie', 'a=b; aws-waf-token=value']] }

function inserting(...headers: (readonly [string, string])[]) {
  const InsertHeaders = headers.map(([Name, Value]) => ({ Name, Value }))
  return { CustomRequestHandling: { InsertHeaders } }
}

function acting(action: RuleAction, settings: Partial<Rule> = {}): Rule {
  return rule('acts', everything, { Action: action, ...settings })
}

function judged(
  rules: Rule[],
  token: TokenVerdict,
  settings: Partial<WebACL> = {},
  parts: RequestParts = withToken,
) {
  const around = surroundings({ nowMs, token: () => token })
  return compile(webAcl(rules, settings)).decide(request(parts), around)
}

function solved(agoSec: number): TokenVerdict {
  const at = nowMs - agoSec * 1000
  return { state: 'accepted', id: 'id', captchaSolvedAtMs: at, challengeSolvedAtMs: at }
}

describe('actions', () => {
  test('headers of counting and allowing rules are inserted, the later one of a name', () => {
    const acl = compile(
      webAcl([
        rule('one', everything, { Action: { Count: inserting(['a', '1'], ['b', '1']) } }),
        rule('two', everything, { Priority: 1, Action: { Allow: inserting(['A', '2']) } }),
      ]),
    )
    assert.deepEqual(acl.decide(request(), surroundings()).insertedHeaders, [
      ['x-amzn-waf-A', '2'],
      ['x-amzn-waf-b', '1'],
    ])
  })

  test('the default action can insert headers and answer', () => {
    const allowing = compile(webAcl([], { DefaultAction: { Allow: inserting(['a', '1']) } }))
    const allowed = allowing.decide(request(), surroundings())
    assert.deepEqual(allowed.insertedHeaders, [['x-amzn-waf-a', '1']])
    const CustomResponse = {
      ResponseCode: 503,
      ResponseHeaders: [{ Name: 'Retry-After', Value: '10' }],
      CustomResponseBodyKey: 'busy',
    }
    const answering = compile(
      webAcl([], {
        DefaultAction: { Block: { CustomResponse } },
        CustomResponseBodies: { busy: { ContentType: 'APPLICATION_JSON', Content: '{}' } },
      }),
    )
    assert.deepEqual(answering.decide(request(), surroundings()).customResponse, {
      status: 503,
      headers: [['Retry-After', '10']],
      body: { contentType: 'application/json', content: '{}' },
    })
  })

  test('a captcha or challenge without a token ends the decision', () => {
    const acl = compile(webAcl([acting({ Captcha: {} })]))
    const verdict = acl.decide(request(), surroundings())
    assert.equal(verdict.action, 'CAPTCHA')
    assert.deepEqual(verdict.captchaResponse, {
      responseCode: 405,
      failureReason: 'TOKEN_MISSING',
    })
    assert.deepEqual(verdict.labels, [
      'awswaf:managed:token:absent',
      'awswaf:managed:captcha:absent',
    ])
    const challenge = compile(webAcl([acting({ Challenge: {} })]))
    assert.equal(challenge.decide(request(), surroundings()).action, 'CHALLENGE')
  })

  test('a token that nobody can judge is not accepted', () => {
    const acl = compile(webAcl([acting({ Challenge: {} })]))
    const verdict = acl.decide(request(withToken), surroundings())
    assert.equal(verdict.challengeResponse?.failureReason, 'TOKEN_INVALID')
  })

  test('a solved captcha lets the request go on as if counted', () => {
    const rules = [
      acting({ Captcha: inserting(['human', 'yes']) }),
      rule('blocks', everything, { Priority: 1, Action: block }),
    ]
    const verdict = judged(rules, solved(10))
    assert.equal(verdict.terminatingRuleId, 'blocks')
    assert.deepEqual(
      verdict.nonTerminatingMatchingRules.map(({ ruleId, action }) => [ruleId, action]),
      [['acts', 'CAPTCHA']],
    )
    assert.deepEqual(verdict.captchaResponse, { responseCode: 0, solveTimestamp: 1_699_999_990 })
    assert.deepEqual(verdict.labels, [
      'awswaf:managed:token:accepted',
      'awswaf:managed:token:id:id',
      'awswaf:managed:captcha:accepted',
    ])
  })

  test("immunity is the rule's, else the web ACL's, else five minutes", () => {
    const time = (ImmunityTime: number) => ({ ImmunityTimeProperty: { ImmunityTime } })
    const own = acting({ Challenge: {} }, { ChallengeConfig: time(600) })
    const plain = acting({ Challenge: {} })
    const ofAcl = { ChallengeConfig: time(1200) }
    assert.equal(judged([plain], solved(299)).action, 'ALLOW')
    assert.equal(judged([plain], solved(300)).action, 'CHALLENGE')
    assert.equal(judged([plain], solved(1199), ofAcl).action, 'ALLOW')
    assert.equal(judged([own], solved(599), ofAcl).action, 'ALLOW')
    const late = judged([own], solved(601), ofAcl)
    assert.equal(late.challengeResponse?.failureReason, 'TOKEN_EXPIRED')
  })

  test('a challenge that was solved is no captcha that was', () => {
    const token = { state: 'accepted', id: 'id', challengeSolvedAtMs: nowMs } as const
    assert.equal(judged([acting({ Captcha: {} })], token).action, 'CAPTCHA')
    assert.equal(judged([acting({ Challenge: {} })], token).action, 'ALLOW')
  })

  test('a rejected token is labelled with the reason', () => {
    const reasons = ['expired', 'invalid', 'domain_mismatch'] as const
    for (const reason of reasons) {
      const verdict = judged([acting({ Challenge: {} })], { state: 'rejected', reason })
      assert.deepEqual(verdict.labels, [
        'awswaf:managed:token:rejected',
        `awswaf:managed:token:rejected:${reason}`,
      ])
      assert.equal(verdict.challengeResponse?.failureReason, `TOKEN_${reason.toUpperCase()}`)
    }
  })

  test("the token is judged for the host and the web ACL's domains, from cookie or header", () => {
    const asked: unknown[] = []
    const token = (value: string, domains: readonly string[]): TokenVerdict => {
      asked.push([value, domains])
      return solved(1)
    }
    const acl = compile(webAcl([acting({ Challenge: {} })], { TokenDomains: ['example.com'] }))
    acl.decide(request(withToken), surroundings({ nowMs, token }))
    const headers = [
      ['Host', 'Shop.example.net:8443'],
      ['X-Aws-Waf-Token', 'h'],
    ] as const
    acl.decide(request({ headers }), surroundings({ nowMs, token }))
    assert.deepEqual(asked, [
      ['value', ['example.com']],
      ['h', ['shop.example.net', 'example.com']],
    ])
  })

  test('a trace says which rule saw which value after which transformations', () => {
    const statement: Statement = {
      ByteMatchStatement: {
        FieldToMatch: { SingleHeader: { Name: 'User-Agent' } },
        TextTransformations: [
          { Priority: 1, Type: 'LOWERCASE' },
          { Priority: 0, Type: 'URL_DECODE' },
        ],
        SearchString: Buffer.from('bad bot'),
        PositionalConstraint: 'CONTAINS',
      },
    }
    const acl = compile(webAcl([rule('bots', statement, { Action: block })]))
    const sent = request({ headers: [['user-agent', 'BAD%20Bot']] })
    assert.equal(acl.decide(sent, surroundings()).trace, undefined)
    assert.deepEqual(acl.decide(sent, surroundings(), { trace: true }).trace, [
      {
        rule: 'bots',
        statement: 'ByteMatchStatement',
        field: 'HEADER user-agent',
        transformations: ['URL_DECODE', 'LOWERCASE'],
        value: 'bad bot',
        matched: true,
      },
    ])
  })

  test('components larger than what is inspected are listed when a rule has read them', () => {
    const Headers = {
      MatchPattern: { All: {} },
      MatchScope: 'ALL',
      OversizeHandling: 'CONTINUE',
    } as const
    const statement: Statement = {
      SizeConstraintStatement: {
        FieldToMatch: { Headers },
        TextTransformations: [{ Priority: 0, Type: 'NONE' }],
        ComparisonOperator: 'GT',
        Size: 1_000_000,
      },
    }
    const large = request({ headers: [['a', 'x'.repeat(9000)]], bodyTruncated: true })
    const reads = compile(webAcl([rule('r', statement, { Action: count })]))
    assert.deepEqual(reads.decide(large, surroundings()).oversizeFields, [
      'REQUEST_HEADERS',
      'REQUEST_BODY',
    ])
    const other = compile(webAcl([rule('r', everything, { Action: allow })]))
    assert.deepEqual(other.decide(large, surroundings()).oversizeFields, ['REQUEST_BODY'])
  })
})
