import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type {
  FieldToMatch,
  JsonBody,
  PositionalConstraint,
  PreParseTextTransformationType,
  Statement,
  TextTransformationType,
} from '@aws-sdk/client-wafv2'
import { compile } from '../compile.ts'
import { request, rule, surroundings, webAcl } from '../testing/builders.ts'
import type { RequestParts } from '../testing/builders.ts'

type Case = readonly [what: string, statement: Statement, parts: RequestParts, matched: boolean]

const ipSet = 'arn:aws:wafv2:us-east-1:111122223333:regional/ipset/s/1'
const regexSet = 'arn:aws:wafv2:us-east-1:111122223333:regional/regexpatternset/s/1'
const Addresses = ['198.51.100.0/24', '203.0.113.9/32', '2001:db8::/32']
const references = {
  ipSets: [{ Name: 's', Id: '1', ARN: ipSet, IPAddressVersion: 'IPV4' as const, Addresses }],
  regexPatternSets: [
    { ARN: regexSet, RegularExpressionList: [{ RegexString: '^/a' }, { RegexString: 'z$' }] },
  ],
}

function chain(types: readonly TextTransformationType[]) {
  return types.map((Type, Priority) => ({ Priority, Type }))
}

function has(
  field: FieldToMatch,
  text: string,
  PositionalConstraint: PositionalConstraint = 'CONTAINS',
  types: readonly TextTransformationType[] = ['NONE'],
): Statement {
  return {
    ByteMatchStatement: {
      FieldToMatch: field,
      TextTransformations: chain(types),
      SearchString: Buffer.from(text),
      PositionalConstraint,
    },
  }
}

function prepared(field: FieldToMatch, text: string, ...types: PreParseTextTransformationType[]) {
  const statement = has(field, text)
  const steps = types.map((Type, Priority) => ({ Priority, Type }))
  const { ByteMatchStatement } = statement
  if (ByteMatchStatement) ByteMatchStatement.PreParseTextTransformations = steps
  return statement
}

const path = { UriPath: {} }
const query = { QueryString: {} }
const args = { AllQueryArguments: {} }
const arg = { SingleQueryArgument: { Name: 'Id' } }
const body = { Body: {} }
const at = (target: string): RequestParts => ({ target })
const sent = (text: string, bodyTruncated = false): RequestParts => ({ body: text, bodyTruncated })

function header(name: string, ...values: string[]): RequestParts {
  return { headers: values.map((value) => [name, value] as const) }
}

function headers(
  pattern: { Included?: string[]; Excluded?: string[] },
  scope: 'ALL' | 'KEY' | 'VALUE',
) {
  const { Included, Excluded } = pattern
  const MatchPattern = Included
    ? { IncludedHeaders: Included }
    : Excluded
      ? { ExcludedHeaders: Excluded }
      : { All: {} }
  return { Headers: { MatchPattern, MatchScope: scope, OversizeHandling: 'CONTINUE' as const } }
}

function cookies(IncludedCookies: string[], scope: 'ALL' | 'KEY' | 'VALUE'): FieldToMatch {
  const MatchPattern = { IncludedCookies }
  return { Cookies: { MatchPattern, MatchScope: scope, OversizeHandling: 'CONTINUE' } }
}

function json(parts: Partial<JsonBody> & { paths?: string[] } = {}): FieldToMatch {
  const { paths, ...others } = parts
  const MatchPattern = paths ? { IncludedPaths: paths } : { All: {} }
  return { JsonBody: { MatchPattern, MatchScope: 'ALL', ...others } }
}

const constraints: readonly Case[] = [
  ['exactly', has(path, '/a', 'EXACTLY'), at('/a?x'), true],
  ['not exactly', has(path, '/a', 'EXACTLY'), at('/ab'), false],
  ['starts with', has(path, '/a', 'STARTS_WITH'), at('/ab'), true],
  ['ends with', has(path, 'b', 'ENDS_WITH'), at('/ab'), true],
  ['does not end with', has(path, 'a', 'ENDS_WITH'), at('/ab'), false],
  ['contains', has(path, 'b', 'CONTAINS'), at('/abc'), true],
  ['case matters', has(path, 'B', 'CONTAINS'), at('/abc'), false],
  ['a word', has(path, 'bad', 'CONTAINS_WORD'), at('/x-bad;y'), true],
  ['a word at both ends', has({ Method: {} }, 'GET', 'CONTAINS_WORD'), {}, true],
  ['part of a word', has(path, 'bad', 'CONTAINS_WORD'), at('/badly_bad'), false],
  ['part of a word, then a word', has(path, 'bad', 'CONTAINS_WORD'), at('/badly/bad'), true],
  ['letters beyond ASCII as bytes', has(query, 'é'), at('/?caf\xc3\xa9'), true],
]

const components: readonly Case[] = [
  ['method', has({ Method: {} }, 'POST', 'EXACTLY'), { method: 'POST' }, true],
  ['query string', has(query, 'a=1&b', 'STARTS_WITH'), at('/?a=1&b=2'), true],
  ['an empty query string', has(query, '', 'EXACTLY'), at('/'), true],
  ['the path is as sent', has(path, '%61'), at('/%61'), true],
  [
    'a path with transformations',
    has(path, '/a', 'EXACTLY', ['URL_DECODE', 'LOWERCASE']),
    at('/%41'),
    true,
  ],
  ['an absolute target', has(path, '/p', 'EXACTLY'), at('http://example.com/p?q'), true],
  ['fragment', has({ UriFragment: {} }, 'top', 'EXACTLY'), at('/p?q#top'), true],
  ['no fragment', has({ UriFragment: {} }, ''), at('/p'), false],
  [
    'no fragment, fallback',
    has({ UriFragment: { FallbackBehavior: 'MATCH' } }, 'x'),
    at('/p'),
    true,
  ],
  ['one argument', has(arg, '7', 'EXACTLY'), at('/?x=1&id=7'), true],
  ['one argument, encoded name', has(arg, '7', 'EXACTLY'), at('/?%49d=7'), true],
  ['one argument that comes twice', has(arg, '8', 'EXACTLY'), at('/?id=7&id=8'), true],
  ['another argument', has(arg, '7'), at('/?x=7'), false],
  ['all arguments', has(args, '7', 'EXACTLY'), at('/?x=1&y=7'), true],
  ['all arguments are values', has(args, 'x'), at('/?x=1&y=7'), false],
  [
    'semicolons before parsing',
    prepared(arg, '7', 'REPLACE_SEMICOLONS_WITH_AMPERSANDS'),
    at('/?a=1;id=7'),
    true,
  ],
  [
    'duplicates before parsing',
    prepared(arg, '7,8', 'COMBINE_DUPLICATE_QUERY_ARGS_BY_COMMA'),
    at('/?id=7&id=8'),
    true,
  ],
  ['decoding before parsing', prepared(arg, '7', 'URL_DECODE'), at('/?a=1%26id=7'), true],
  ['decoding before parsing, undone', has(arg, '7'), at('/?a=1%26id=7'), false],
  [
    'one header',
    has({ SingleHeader: { Name: 'user-agent' } }, 'x', 'EXACTLY'),
    header('User-Agent', 'x'),
    true,
  ],
  [
    'a header that comes twice',
    has({ SingleHeader: { Name: 'A' } }, 'y', 'EXACTLY'),
    header('a', 'x', 'y'),
    true,
  ],
  ['an absent header', has({ SingleHeader: { Name: 'A' } }, ''), header('b', 'x'), false],
  ['names of headers', has(headers({}, 'KEY'), 'X-Y', 'EXACTLY'), header('X-Y', 'v'), true],
  ['values of headers', has(headers({}, 'VALUE'), 'X-Y'), header('X-Y', 'v'), false],
  ['included headers', has(headers({ Included: ['x-y'] }, 'ALL'), 'v'), header('X-Y', 'v'), true],
  ['excluded headers', has(headers({ Excluded: ['x-y'] }, 'ALL'), 'v'), header('X-Y', 'v'), false],
  ['a cookie', has(cookies(['s'], 'VALUE'), '7', 'EXACTLY'), header('Cookie', 'a=1; s=7'), true],
  [
    "a cookie's name",
    has(cookies(['s'], 'KEY'), 's', 'EXACTLY'),
    header('Cookie', 'a=1; s=7'),
    true,
  ],
  ['another cookie', has(cookies(['S'], 'ALL'), '7'), header('Cookie', 'a=1; s=7'), false],
  [
    'order of headers',
    has({ HeaderOrder: { OversizeHandling: 'CONTINUE' } }, 'host:accept', 'EXACTLY'),
    {
      headers: [
        ['Host', 'h'],
        ['Accept', '*'],
      ],
    },
    true,
  ],
  [
    'JA3',
    has({ JA3Fingerprint: { FallbackBehavior: 'NO_MATCH' } }, 'abc', 'EXACTLY'),
    { ja3: 'abc' },
    true,
  ],
  [
    'no JA3',
    has({ JA3Fingerprint: { FallbackBehavior: 'NO_MATCH' } }, 'abc', 'EXACTLY'),
    {},
    false,
  ],
  [
    'no JA4, fallback',
    has({ JA4Fingerprint: { FallbackBehavior: 'MATCH' } }, 'abc', 'EXACTLY'),
    {},
    true,
  ],
]

const big = 'x'.repeat(9000)
const many: RequestParts = {
  headers: Array.from({ length: 201 }, (_, index) => ['h', index === 200 ? 'last' : ''] as const),
}
const oversize = (handling: 'CONTINUE' | 'MATCH' | 'NO_MATCH'): FieldToMatch => ({
  Headers: { MatchPattern: { All: {} }, MatchScope: 'ALL', OversizeHandling: handling },
})

const bodies: readonly Case[] = [
  ['body', has(body, 'b', 'ENDS_WITH'), sent('ab'), true],
  ['a body cut off', has(body, 'b', 'ENDS_WITH'), sent('ab', true), true],
  [
    'a body too large, match',
    has({ Body: { OversizeHandling: 'MATCH' } }, 'z'),
    sent('ab', true),
    true,
  ],
  [
    'a body too large, no match',
    has({ Body: { OversizeHandling: 'NO_MATCH' } }, 'b'),
    sent('ab', true),
    false,
  ],
  ['headers too many', has(oversize('CONTINUE'), 'last'), many, false],
  ['headers too many, match', has(oversize('MATCH'), 'zz'), many, true],
  ['headers too large', has(oversize('CONTINUE'), 'end'), header('h', `${big}end`), false],
  [
    'headers too large, their beginning',
    has(oversize('CONTINUE'), 'start'),
    header('h', `start${big}`),
    true,
  ],
  ['headers too large, no match', has(oversize('NO_MATCH'), 'x'), header('h', big), false],
  ['JSON value', has(json(), 'v', 'EXACTLY'), sent('{"a":["v"]}'), true],
  ['JSON escape', has(json(), '<é', 'EXACTLY'), sent('{"a":"\\u003c\\u00e9"}'), true],
  ['JSON key', has(json({ MatchScope: 'KEY' }), 'a', 'EXACTLY'), sent('{"a":"v"}'), true],
  [
    'JSON key, of values',
    has(json({ MatchScope: 'VALUE' }), 'a', 'EXACTLY'),
    sent('{"a":"v"}'),
    false,
  ],
  ['JSON number', has(json(), '1.5', 'EXACTLY'), sent('[1.5]'), true],
  ['JSON path', has(json({ paths: ['/a/0/b'] }), 'v'), sent('{"a":[{"b":"v"}]}'), true],
  ['JSON below a path', has(json({ paths: ['/a'] }), 'v'), sent('{"a":[{"b":"v"}]}'), true],
  ['JSON beside a path', has(json({ paths: ['/b'] }), 'v'), sent('{"a":[{"b":"v"}]}'), false],
  ['JSON path with a slash', has(json({ paths: ['/a~1b'] }), 'v'), sent('{"a/b":"v"}'), true],
  ['up to the first error', has(json(), 'v', 'EXACTLY'), sent('{"a":"v", !'), true],
  ['after the first error', has(json(), 'w', 'EXACTLY'), sent('{"a":"v", ! "b":"w"}'), false],
  ['missing comma', has(json(), 'w', 'EXACTLY'), sent('{"a":"v""b":"w"}'), true],
  ['missing colon', has(json(), 'w', 'EXACTLY'), sent('{"a":"v","b""w"}'), true],
  ['extra colon', has(json(), 'v', 'EXACTLY'), sent('{"a"::"v"}'), true],
  ['not JSON, match', has(json({ InvalidFallbackBehavior: 'MATCH' }), 'z'), sent('v'), true],
  ['not JSON, no match', has(json({ InvalidFallbackBehavior: 'NO_MATCH' }), 'v'), sent('v'), false],
  [
    'not JSON, as text',
    has(json({ InvalidFallbackBehavior: 'EVALUATE_AS_STRING' }), 'v'),
    sent('v'),
    true,
  ],
  [
    'a key that comes twice',
    has(json({ InvalidFallbackBehavior: 'MATCH' }), 'z'),
    sent('{"a":1,"a":2}'),
    true,
  ],
  [
    'no body is not malformed',
    has(json({ InvalidFallbackBehavior: 'MATCH' }), 'z'),
    sent(''),
    false,
  ],
]

function size(
  field: FieldToMatch,
  ComparisonOperator: 'GT' | 'LE' | 'EQ',
  Size: number,
): Statement {
  return {
    SizeConstraintStatement: {
      FieldToMatch: field,
      TextTransformations: chain(['NONE']),
      ComparisonOperator,
      Size,
    },
  }
}

const regex = (RegexString: string): Statement => ({
  RegexMatchStatement: { RegexString, FieldToMatch: path, TextTransformations: chain(['NONE']) },
})
const look = (FieldToMatch: FieldToMatch, ...types: TextTransformationType[]) => ({
  FieldToMatch,
  TextTransformations: chain(types),
})

const criteria: readonly Case[] = [
  ['size', size(query, 'EQ', 3), at('/?a=1'), true],
  ['size over', size(query, 'GT', 3), at('/?a=1'), false],
  ['size up to', size(query, 'LE', 3), at('/?a=1'), true],
  ['size of a body cut off', size(body, 'GT', 2), sent('ab', true), true],
  [
    'size of a body by its length',
    size(body, 'GT', 100_000),
    { ...sent('ab', true), ...header('Content-Length', '7000000') },
    true,
  ],
  ['regex', regex('^/a.c$'), at('/abc'), true],
  ['regex in the middle', regex('b.'), at('/abc'), true],
  ['regex case', regex('(?i)ABC'), at('/abc'), true],
  ['regex that is not followed', regex('^/(?!admin)'), at('/admin'), false],
  ['regex that is not followed by another', regex('^/(?!admin)'), at('/public'), true],
  ['assertions one after another', regex('^(?=.*b)(?!.*x)/a'), at('/abc'), true],
  ['assertions one after another, one failing', regex('^(?=.*b)(?!.*x)/a'), at('/abx'), false],
  ['what is behind', regex('(?<!x)y'), at('/xy'), false],
  [
    'regex set',
    { RegexPatternSetReferenceStatement: { ...look(path), ARN: regexSet } },
    at('/bz'),
    true,
  ],
  [
    'regex set, none',
    { RegexPatternSetReferenceStatement: { ...look(path), ARN: regexSet } },
    at('/b'),
    false,
  ],
  [
    'SQL injection',
    { SqliMatchStatement: look(args, 'URL_DECODE') },
    at('/?id=1%27%20OR%201=1--'),
    true,
  ],
  [
    'no SQL injection',
    { SqliMatchStatement: look(args, 'URL_DECODE') },
    at("/?name=O'Neil"),
    false,
  ],
  [
    'cross-site scripting',
    { XssMatchStatement: look(query, 'URL_DECODE') },
    at('/?q=%3Cscript%3Ealert(1)%3C/script%3E'),
    true,
  ],
  [
    'no cross-site scripting',
    { XssMatchStatement: look(query, 'URL_DECODE') },
    at('/?q=a%20%3C%20b'),
    false,
  ],
]

const fromHeader = (
  Position: 'FIRST' | 'LAST' | 'ANY',
  FallbackBehavior: 'MATCH' | 'NO_MATCH',
) => ({
  IPSetReferenceStatement: {
    ARN: ipSet,
    IPSetForwardedIPConfig: { HeaderName: 'X-Forwarded-For', Position, FallbackBehavior },
  },
})
const through = (...lines: string[]): RequestParts => header('x-forwarded-for', ...lines)
const ForwardedIPConfig = { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH' } as const
const geo = { CountryCodes: ['DE' as const] }
const eleven = ['198.51.100.1', ...Array.from({ length: 10 }, () => '192.0.2.1')].join(',')

const addresses: readonly Case[] = [
  ['IP set', { IPSetReferenceStatement: { ARN: ipSet } }, { clientIp: '198.51.100.77' }, true],
  [
    'IP set, one address',
    { IPSetReferenceStatement: { ARN: ipSet } },
    { clientIp: '203.0.113.10' },
    false,
  ],
  ['IP set, IPv6', { IPSetReferenceStatement: { ARN: ipSet } }, { clientIp: '2001:DB8::7' }, true],
  ['first forwarded', fromHeader('FIRST', 'NO_MATCH'), through('198.51.100.1, 192.0.2.1'), true],
  ['last forwarded', fromHeader('LAST', 'NO_MATCH'), through('198.51.100.1, 192.0.2.1'), false],
  ['any forwarded', fromHeader('ANY', 'NO_MATCH'), through('192.0.2.1', '198.51.100.1'), true],
  ['any of the last ten', fromHeader('ANY', 'NO_MATCH'), through(eleven), false],
  ['a port behind the address', fromHeader('FIRST', 'NO_MATCH'), through('198.51.100.1:443'), true],
  ['a malformed address', fromHeader('FIRST', 'MATCH'), through('unknown'), true],
  ['a malformed address, no match', fromHeader('FIRST', 'NO_MATCH'), through('unknown'), false],
  ['no header', fromHeader('FIRST', 'MATCH'), {}, false],
  ['no header, negated', { NotStatement: { Statement: fromHeader('FIRST', 'MATCH') } }, {}, false],
  ['country', { GeoMatchStatement: geo }, { clientIp: '192.0.2.49' }, true],
  ['another country', { GeoMatchStatement: geo }, { clientIp: '192.0.2.33' }, false],
  [
    'country, forwarded',
    { GeoMatchStatement: { ...geo, ForwardedIPConfig } },
    through('192.0.2.49'),
    true,
  ],
  ['country, malformed', { GeoMatchStatement: { ...geo, ForwardedIPConfig } }, through('x'), true],
  ['country, no header', { GeoMatchStatement: { ...geo, ForwardedIPConfig } }, {}, false],
  ['ASN', { AsnMatchStatement: { AsnList: [64500] } }, { clientIp: '192.0.2.49' }, true],
  ['another ASN', { AsnMatchStatement: { AsnList: [64501] } }, { clientIp: '192.0.2.49' }, false],
  ['no ASN is 0', { AsnMatchStatement: { AsnList: [0] } }, { clientIp: '192.0.2.1' }, true],
]

const around = surroundings({
  country: (ip) =>
    ip === '192.0.2.49' ? { country: 'DE' } : ip === '192.0.2.33' ? { country: 'FR' } : undefined,
  asn: (ip) => (ip === '192.0.2.49' ? 64500 : undefined),
})

function check(cases: readonly Case[], count: number): void {
  for (const [what, statement, parts, matched] of cases) {
    const acl = compile(webAcl([rule('r', statement, { Action: { Block: {} } })]), references)
    const { action } = acl.decide(request(parts), around)
    assert.equal(action === 'BLOCK', matched, what)
  }
  assert.equal(cases.length, count)
}

describe('statements', () => {
  test('positional constraints', () => check(constraints, 12))
  test('components', () => check(components, 33))
  test('bodies and sizes', () => check(bodies, 28))
  test('criteria', () => check(criteria, 19))
  test('addresses', () => check(addresses, 20))
})
