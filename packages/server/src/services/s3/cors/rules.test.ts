import assert from 'node:assert/strict'
import { test } from 'node:test'
import { corsHeaders, matchingRule } from './rules.ts'

const rules = [
  {
    AllowedOrigins: ['https://*.example.com', 'https://example.org'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedHeaders: ['x-amz-*', 'Content-Type'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 5,
  },
  { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] },
]

test('a rule lets in an origin, a method and every header that it names, with one wildcard each', () => {
  const cases: readonly (readonly [string, string, readonly string[], number | undefined])[] = [
    ['https://a.example.com', 'GET', [], 0],
    ['https://a.b.example.com', 'PUT', ['X-AMZ-Date', 'content-type'], 0],
    ['https://example.org', 'GET', [], 0],
    ['https://example.com', 'GET', [], undefined],
    ['http://a.example.com', 'GET', [], undefined],
    ['https://a.example.com', 'DELETE', [], undefined],
    ['https://a.example.com', 'GET', ['authorization'], undefined],
    ['https://anyone.net', 'HEAD', [], 1],
    ['https://anyone.net', 'HEAD', ['x-amz-date'], undefined],
  ]
  for (const [origin, method, headers, expected] of cases) {
    const rule = matchingRule(rules, { origin, method, headers })
    assert.equal(rule, expected === undefined ? undefined : rules[expected], `${origin} ${method}`)
  }
  assert.equal(cases.length, 9)
})

test('an origin is told by name with credentials, and everyone without', () => {
  const asked = { origin: 'https://a.example.com', method: 'GET', headers: ['X-Amz-Date'] }
  const [named, anyone] = rules
  assert.ok(named && anyone)
  assert.deepEqual(corsHeaders(named, asked, true), {
    'access-control-allow-origin': 'https://a.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-expose-headers': 'ETag',
    'access-control-max-age': '5',
    'access-control-allow-headers': 'x-amz-date',
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  })
  const open = corsHeaders(anyone, asked, false)
  assert.equal(open['access-control-allow-origin'], '*')
  assert.equal(open['access-control-allow-credentials'], undefined)
})
