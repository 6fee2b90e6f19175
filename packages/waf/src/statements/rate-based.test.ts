import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type {
  RateBasedStatement,
  RateBasedStatementCustomKey,
  Statement,
} from '@aws-sdk/client-wafv2'
import { compile } from '../compile.ts'
import { block, request, rule, surroundings, webAcl } from '../testing/builders.ts'
import type { RequestParts } from '../testing/builders.ts'

const none = [{ Priority: 0, Type: 'NONE' as const }]
const lower = [{ Priority: 0, Type: 'LOWERCASE' as const }]
const ForwardedIPConfig = { HeaderName: 'X-Real', FallbackBehavior: 'NO_MATCH' as const }
const labelling = rule('labels', { GeoMatchStatement: { CountryCodes: ['FR'] } }, { Priority: 0 })

function rate(parts: Partial<RateBasedStatement> = {}): RateBasedStatement {
  return { Limit: 10, AggregateKeyType: 'IP', ...parts }
}

function custom(...CustomKeys: RateBasedStatementCustomKey[]): RateBasedStatement {
  return rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys, ForwardedIPConfig })
}

/** Counts requests of several kinds, and which of them the rule would have stopped at its limit of ten. */
function counter(statement: RateBasedStatement) {
  const counts = new Map<string, number>()
  const windows: number[] = []
  const names = new Set<string>()
  const around = surroundings({
    asn: (ip) => (ip.startsWith('192.') ? 1 : undefined),
    country: () => ({ country: 'DE' }),
    rates: {
      count(name, key, windowSec) {
        names.add(name)
        windows.push(windowSec)
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts.get(key) ?? 0
      },
    },
  })
  const limits = rule('limits', { RateBasedStatement: statement }, { Priority: 1, Action: block })
  const acl = compile(webAcl([labelling, limits]))
  const send = (parts: RequestParts = {}, times = 1) => {
    let verdict = acl.decide(request(parts), around)
    for (let sent = 1; sent < times; sent += 1) verdict = acl.decide(request(parts), around)
    return verdict
  }
  return { send, counts, windows, names }
}

const header = (name: string, value: string): RequestParts => ({ headers: [[name, value]] })
const at = (target: string): RequestParts => ({ target })

/** Requests that share an aggregation instance with the first, that have another, and that are left out. */
const keys: readonly (readonly [
  what: string,
  statement: RateBasedStatement,
  requests: { one: RequestParts; same: RequestParts; other: RequestParts; lacking?: RequestParts },
])[] = [
  ['address', rate(), { one: {}, same: at('/x'), other: { clientIp: '192.0.2.9' } }],
  [
    'forwarded address',
    rate({ AggregateKeyType: 'FORWARDED_IP', ForwardedIPConfig }),
    {
      one: header('X-Real', '192.0.2.7, 10.0.0.1'),
      same: header('x-real', '192.0.2.7'),
      other: header('X-Real', '192.0.2.8'),
      lacking: {},
    },
  ],
  [
    'header',
    custom({ Header: { Name: 'Api-Key', TextTransformations: lower } }),
    {
      one: header('api-key', 'A'),
      same: header('Api-Key', 'a'),
      other: header('Api-Key', 'b'),
      lacking: {},
    },
  ],
  [
    'cookie',
    custom({ Cookie: { Name: 's', TextTransformations: none } }),
    {
      one: header('Cookie', 's=1'),
      same: header('Cookie', 'a=2; s=1'),
      other: header('Cookie', 's=2'),
      lacking: header('Cookie', 'S=1'),
    },
  ],
  [
    'argument',
    custom({ QueryArgument: { Name: 'id', TextTransformations: none } }),
    { one: at('/?id=1'), same: at('/x?a&ID=1'), other: at('/?id=2'), lacking: at('/?a=1') },
  ],
  [
    'query string',
    custom({ QueryString: { TextTransformations: none } }),
    { one: at('/?a=1'), same: at('/x?a=1'), other: at('/?a=2'), lacking: at('/') },
  ],
  [
    'path',
    custom({ UriPath: { TextTransformations: lower } }),
    { one: at('/A'), same: at('/a?x'), other: at('/b') },
  ],
  [
    'method',
    custom({ HTTPMethod: {} }, { IP: {} }),
    { one: {}, same: at('/x'), other: { method: 'POST' } },
  ],
  [
    'forwarded address and path',
    custom({ ForwardedIP: {} }, { UriPath: { TextTransformations: none } }),
    {
      one: header('X-Real', '192.0.2.7'),
      same: header('X-Real', '192.0.2.7'),
      other: { ...header('X-Real', '192.0.2.7'), target: '/x' },
      lacking: {},
    },
  ],
  [
    'ASN',
    { ...custom({ ASN: {} }), ForwardedIPConfig: undefined },
    { one: {}, same: { clientIp: '192.0.2.9' }, other: { clientIp: '198.51.100.1' } },
  ],
  [
    'JA3',
    custom({ JA3Fingerprint: { FallbackBehavior: 'NO_MATCH' } }),
    { one: { ja3: 'a' }, same: { ja3: 'a' }, other: { ja3: 'b' }, lacking: {} },
  ],
  [
    'JA4',
    custom({ JA4Fingerprint: { FallbackBehavior: 'NO_MATCH' } }),
    { one: { ja4: 'a' }, same: { ja4: 'a' }, other: { ja4: 'b' }, lacking: {} },
  ],
  [
    'label namespace and path',
    custom(
      { LabelNamespace: { Namespace: 'awswaf:clientip:geo:country:' } },
      { UriPath: { TextTransformations: none } },
    ),
    { one: {}, same: {}, other: at('/x') },
  ],
  [
    'two arguments are not one',
    custom(
      { QueryArgument: { Name: 'a', TextTransformations: none } },
      { QueryArgument: { Name: 'b', TextTransformations: none } },
    ),
    {
      one: at('/?a=1,2&b=3'),
      same: at('/?b=3&a=1,2'),
      other: at('/?a=1&b=2,3'),
      lacking: at('/?a=1'),
    },
  ],
]

describe('rate-based statements', () => {
  test('requests are counted by their key, and those that lack a part of it are left out', () => {
    for (const [what, statement, { one, same, other, lacking }] of keys) {
      const { send, counts } = counter(statement)
      assert.equal(send(one, 10).action, 'ALLOW', what)
      assert.equal(send(same).action, 'BLOCK', what)
      assert.equal(send(other).action, 'ALLOW', what)
      assert.deepEqual([...counts.values()], [11, 1], what)
      if (lacking) assert.equal(send(lacking, 12).action, 'ALLOW', what)
      assert.equal(counts.size, 2, what)
    }
    assert.equal(keys.length, 14)
  })

  test('without a valid value the fallback decides, and nothing is counted', () => {
    const match = { HeaderName: 'X-Real', FallbackBehavior: 'MATCH' as const }
    const forwarded = rate({ AggregateKeyType: 'FORWARDED_IP', ForwardedIPConfig: match })
    const { send, counts } = counter(forwarded)
    assert.equal(send(header('X-Real', 'unknown')).action, 'BLOCK')
    assert.equal(send({}).action, 'ALLOW')
    assert.equal(counts.size, 0)
    const ja3 = counter(custom({ JA3Fingerprint: { FallbackBehavior: 'MATCH' } }, { IP: {} }))
    assert.equal(ja3.send({}).action, 'BLOCK')
  })

  test('a constant counts all that is in scope, and only that', () => {
    const scope: Statement = {
      ByteMatchStatement: {
        FieldToMatch: { UriPath: {} },
        TextTransformations: none,
        SearchString: Buffer.from('/login'),
        PositionalConstraint: 'EXACTLY',
      },
    }
    const { send, counts } = counter(
      rate({ AggregateKeyType: 'CONSTANT', ScopeDownStatement: scope }),
    )
    for (let host = 1; host <= 10; host += 1) {
      assert.equal(send({ target: '/login', clientIp: `192.0.2.${host}` }).action, 'ALLOW')
    }
    assert.equal(send(at('/login')).action, 'BLOCK')
    assert.equal(send(at('/')).action, 'ALLOW')
    assert.deepEqual([...counts], [['[]', 11]])
  })

  test('the window is the one set, else five minutes', () => {
    for (const EvaluationWindowSec of [60, 120, 300, 600, undefined]) {
      const { send, windows } = counter(rate({ EvaluationWindowSec }))
      send()
      assert.deepEqual(windows, [EvaluationWindowSec ?? 300])
    }
  })

  test('another limit, window or scope begins to count anew', () => {
    const nameOf = (parts: Partial<RateBasedStatement>) => {
      const { send, names } = counter(rate(parts))
      send()
      return [...names][0]
    }
    assert.equal(nameOf({}), nameOf({}))
    assert.notEqual(nameOf({}), nameOf({ Limit: 11 }))
    assert.notEqual(nameOf({}), nameOf({ EvaluationWindowSec: 60 }))
  })

  test('the verdict names the rule that limited the request, with the key', () => {
    const verdict = counter(rate()).send({}, 11)
    assert.equal(verdict.terminatingRuleType, 'RATE_BASED')
    const [limited] = verdict.rateBasedRuleList
    assert.equal(limited?.limitKey, 'IP')
    assert.equal(limited.limitValue, '192.0.2.1')
    assert.equal(limited.maxRateAllowed, 10)
    const keyed = counter(custom({ IP: {} }, { HTTPMethod: {} })).send({}, 11)
    assert.deepEqual(keyed.rateBasedRuleList[0]?.customValues, [
      { key: 'IP', value: '192.0.2.1' },
      { key: 'HTTPMETHOD', value: 'GET' },
    ])
  })
})
