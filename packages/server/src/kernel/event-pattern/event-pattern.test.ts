import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compileEventPattern, PatternError } from './index.ts'

const base = {
  id: '1',
  source: 'order',
  'detail-type': 'Test',
  account: '123456789012',
  region: 'us-east-2',
  time: '2022-07-13T13:48:01Z',
  resources: [] as string[],
}

/** Name, pattern, detail of the event, whether it matches. */
type Case = readonly [name: string, pattern: object, detail: unknown, matches: boolean]

const but = (value: unknown) => ({ detail: { a: [{ 'anything-but': value }] } })
const a = (...list: unknown[]) => ({ detail: { a: list } })

const cases: readonly Case[] = [
  ['a string is equal', a('x', 'y'), { a: 'y' }, true],
  ['a string differs in case', a('x'), { a: 'X' }, false],
  ['the empty string', a(''), { a: '' }, true],
  ['a number is no string', a('5'), { a: 5 }, false],
  ['a number in another notation', a(3.018e2), { a: 301.8 }, true],
  ['true', a(true), { a: true }, true],
  ['false is not true', a(true), { a: false }, false],
  ['null', a(null), { a: null }, true],
  ['null is not missing', a(null), {}, false],
  ['null is no empty list', a(null), { a: [] }, false],
  ['an element of a list', a('x'), { a: ['y', 'x'] }, true],
  ['no element of a list', a('x'), { a: ['y', 'z'] }, false],
  ['a list in a list', a('x'), { a: [['x']] }, true],
  ['a leaf is not an object', a('x'), { a: { x: 'x' } }, false],
  ['both in one element', { detail: { l: { b: [1], c: [2] } } }, { l: [{ b: 1, c: 2 }] }, true],
  ['each in another', { detail: { l: { b: [1], c: [2] } } }, { l: [{ b: 1 }, { c: 2 }] }, false],
  ['a name with a dot in the event', { detail: { s: { t: ['r'] } } }, { 's.t': 'r' }, true],
  ['a name with a dot in the pattern', { detail: { 's.t': ['r'] } }, { s: { t: 'r' } }, true],
  ['a longer path', { detail: { s: { t: ['r'] } } }, { 's.t': { t: 'r' } }, false],
  ['prefix', a({ prefix: 'ab' }), { a: 'abc' }, true],
  ['prefix of a number', a({ prefix: '1' }), { a: 12 }, false],
  ['the empty prefix', a({ prefix: '' }), { a: 'anything' }, true],
  ['prefix without case', a({ prefix: { 'equals-ignore-case': 'AB' } }), { a: 'aBc' }, true],
  ['suffix', a({ suffix: '.png' }), { a: 'x.png' }, true],
  ['another suffix', a({ suffix: '.png' }), { a: 'x.jpg' }, false],
  ['suffix without case', a({ suffix: { 'equals-ignore-case': '.PNG' } }), { a: 'x.png' }, true],
  ['equals-ignore-case', a({ 'equals-ignore-case': 'AbC' }), { a: 'aBc' }, true],
  ['equals-ignore-case is whole', a({ 'equals-ignore-case': 'AbC' }), { a: 'aBcd' }, false],
  ['wildcard', a({ wildcard: 'dir/*.png' }), { a: 'dir/a/b.png' }, true],
  ['wildcard in the middle', a({ wildcard: '*a*b*' }), { a: 'xxaxbx' }, true],
  ['wildcard out of order', a({ wildcard: '*a*b*' }), { a: 'xxbxax' }, false],
  ['wildcard that overlaps', a({ wildcard: 'ab*ba' }), { a: 'aba' }, false],
  ['an escaped star', a({ wildcard: 'a\\*b' }), { a: 'a*b' }, true],
  ['an escaped star is no wildcard', a({ wildcard: 'a\\*b' }), { a: 'axb' }, false],
  ['numeric =', a({ numeric: ['=', 5] }), { a: 5.0 }, true],
  ['numeric range', a({ numeric: ['>', 0, '<=', 5] }), { a: 5 }, true],
  ['numeric range is open', a({ numeric: ['>', 0, '<=', 5] }), { a: 0 }, false],
  ['numeric of a string', a({ numeric: ['>', 0] }), { a: '1' }, false],
  ['numeric of null', a({ numeric: ['<', 10] }), { a: null }, false],
  ['cidr', a({ cidr: '10.0.0.0/24' }), { a: '10.0.0.255' }, true],
  ['cidr of another block', a({ cidr: '10.0.0.0/24' }), { a: '10.0.1.0' }, false],
  ['cidr of no address', a({ cidr: '10.0.0.0/24' }), { a: 'ten' }, false],
  ['cidr of version 6', a({ cidr: '2001:db8::/32' }), { a: '2001:db8:1::1' }, true],
  ['another of version 6', a({ cidr: '2001:db8::/32' }), { a: '2001:db9::1' }, false],
  ['an address written otherwise', a('::1'), { a: '0:0:0:0:0:0:0:1' }, true],
  ['exists', a({ exists: true }), { a: null }, true],
  ['exists: an object is no leaf', a({ exists: true }), { a: { b: 1 } }, false],
  ['exists: an empty list does not', a({ exists: true }), { a: [] }, false],
  ['does not exist', a({ exists: false }), { b: 1 }, true],
  ['does not exist: empty list', a({ exists: false }), { a: [] }, true],
  ['does exist', a({ exists: false }), { a: 0 }, false],
  ['a missing parent', { detail: { p: { q: [{ exists: false }] } } }, {}, true],
  ['a value or nothing', a('x', { exists: false }), {}, true],
  ['neither value nor nothing', a('x', { exists: false }), { a: 'y' }, false],
  ['anything but a string', but('x'), { a: 'y' }, true],
  ['anything but: null is something', but('x'), { a: null }, true],
  ['anything but: missing is nothing', but('x'), {}, false],
  ['anything but itself', but('x'), { a: 'x' }, false],
  ['anything but a number', but(5), { a: 5 }, false],
  ['anything but a list', but(['x', 'y']), { a: 'y' }, false],
  ['anything but numbers', but([1, 2]), { a: 3 }, true],
  ['anything but a prefix', but({ prefix: 'in' }), { a: 'init' }, false],
  ['anything but prefixes', but({ prefix: ['in', 'st'] }), { a: 'stop' }, false],
  ['anything but a prefix: a number', but({ prefix: '1' }), { a: 123 }, true],
  ['anything but a suffix', but({ suffix: '.txt' }), { a: 'a.txt' }, false],
  ['anything but suffixes', but({ suffix: ['.txt', '.rtf'] }), { a: 'a.pdf' }, true],
  ['anything but without case', but({ 'equals-ignore-case': 'INIT' }), { a: 'init' }, false],
  ['anything but some', but({ 'equals-ignore-case': ['A', 'B'] }), { a: 'c' }, true],
  ['anything but a wildcard', but({ wildcard: '*/dir/*' }), { a: 'a/dir/b' }, false],
  ['anything but wildcards', but({ wildcard: ['*x*', '*y*'] }), { a: 'abc' }, true],
  ['$or: one of them', { detail: { $or: [{ a: [1] }, { b: [2] }] } }, { b: 2 }, true],
  ['$or: none of them', { detail: { $or: [{ a: [1] }, { b: [2] }] } }, { a: 2, b: 1 }, false],
  ['$or beside a field', { detail: { c: [3], $or: [{ a: [1] }, { b: [2] }] } }, { a: 1 }, false],
  [
    '$or within $or',
    { detail: { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] } },
    { c: 3 },
    true,
  ],
  ['$or at the top', { $or: [{ source: ['x'] }, { detail: { a: [1] } }] }, { a: 1 }, true],
  ['own members only', a('x', { exists: false }), JSON.parse('{"__proto__": {"a": "y"}}'), true],
]

test('values match as EventBridge matches them', () => {
  for (const [name, pattern, detail, expected] of cases) {
    const compiled = compileEventPattern(JSON.stringify(pattern))
    assert.equal(compiled.matches({ ...base, detail }), expected, name)
  }
  assert.equal(cases.length, 76)
})

/** Pattern, reason. `@ n` stands for the place in column n. */
const refusals: readonly (readonly [pattern: string, reason: string])[] = [
  ['{"int": 42}', '"int" must be an object or an array@11'],
  ['{"string": "my-value"}', '"string" must be an object or an array@13'],
  ['{"resources": []}', 'Empty arrays are not allowed@17'],
  ['{}', 'Empty objects are not allowed@3'],
  ['["not", "a", "dict"]', 'Filter is not an object@2'],
  ['{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', 'Unrecognized match type NUMERIC@36'],
  ['{"my_key": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS@28'],
  ['{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', 'Bad numeric range operator: >@49'],
  ['{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', 'Value of < must be numeric@50'],
  ['{"a": [{"numeric": [">", 5, "<", 5]}]}', 'Bottom must be less than top@36'],
  ['{"a": [{"numeric": ["<", 5, "<", 6]}]}', 'Too many elements in numeric expression@30'],
  ['{"a": [{"numeric": "<"}]}', 'Value of numeric must be an array.@21'],
  ['{"time": [{"prefix": 123}]}', 'prefix match pattern must be a string@25'],
  ['{"time": [{"prefix": ["2022"]}]}', 'prefix match pattern must be a string@23'],
  ['{"FileName": [{"suffix": 123}]}', 'suffix match pattern must be a string@29'],
  [
    '{"detail-type": [{"equals-ignore-case": ["ec2"]}]}',
    'equals-ignore-case match pattern must be a string@42',
  ],
  ['{"EventBusArn": [{"wildcard": 123}]}', 'wildcard match pattern must be a string@34'],
  [
    '{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}',
    'Consecutive wildcard characters at pos 26@72',
  ],
  [
    '{"EventBusArn": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}',
    'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
  ],
  [
    '{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.@66',
  ],
  [
    '{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.@67@67',
  ],
  [
    '{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}',
    'Value of anything-but must be an array or single string/number value.@55',
  ],
  [
    '{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}',
    'prefix/suffix match pattern must be a string@54',
  ],
  ['{"a": [{"anything-but": {"prefix": ""}}]}', 'Null prefix/suffix not allowed@38'],
  ['{"a": [{"anything-but": {"cidr": "x"}}]}', 'Unsupported anything-but pattern: cidr@35'],
  ['{"a": [{"cidr": "bad"}]}', "Malformed CIDR, one '/' required"],
  ['{"a": [{"cidr": "10.0.0.0/x"}]}', 'Malformed CIDR, mask bits must be an integer'],
  ['{"a": [{"cidr": "10.0.0.0/32"}]}', 'IPv4 mask bits must be < 32'],
  ['{"a": [{"cidr": "xx.11.xx/8"}]}', 'Nonstandard IP address: xx.11.xx'],
  ['{"a": [{"cidr": "xxxx:db8:1234:1a00::/56"}]}', 'Nonstandard IP address: xxxx:db8:1234:1a00::'],
  ['{"a": [{"cidr": ["x"]}]}', 'prefix match pattern must be a string@18'],
  ['{"a": [["x"]]}', 'Match value must be String, number, true, false, or null@9'],
  ['{"a": [{"exists": "yes"}]}', 'exists match pattern must be either true or false.@20'],
  ['{"$or": [{"a": [1]}]}', 'There must have at least 2 Objects in $or relationship.@21'],
  ['{"$or": {"a": [1]}}', 'It must be an Array followed with $or.@10'],
  [
    'this is valid json but not a dict',
    "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')@5",
  ],
  [
    "{'bad': 'quotation'}",
    "Unexpected character (''' (code 39)): was expecting double-quote to start field name@2",
  ],
  [
    '{"not": closed mark"',
    "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')@15",
  ],
]

test('patterns are refused in the words and at the places of EventBridge', () => {
  for (const [pattern, reason] of refusals) {
    const expected = reason.replace(
      /@(\d+)/g,
      (_, column: string) => `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`,
    )
    assert.throws(
      () => compileEventPattern(pattern),
      (error) => error instanceof PatternError && error.message === expected,
      `${pattern}: ${messageOf(pattern)}`,
    )
  }
  assert.equal(refusals.length, 38)
})

function messageOf(pattern: string): string {
  try {
    compileEventPattern(pattern)
    return 'accepted'
  } catch (error) {
    return String(error)
  }
}

test('the documented wildcard patterns are simple enough', () => {
  const accepted = [
    'arn:aws:events:us-east-1:*:event-bus/*',
    '/Users/*/dir/dir/dir/dir/dir/doc.txt',
  ]
  for (const wildcard of accepted) {
    compileEventPattern(JSON.stringify({ a: [{ wildcard }] }))
  }
})

test('alternatives that multiply out to more than a thousand rules are refused', () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => index)
  const branches = (name: string, count: number) => [
    { [`${name}1`]: list(count) },
    { [`${name}2`]: list(count) },
  ]
  const pattern = (count: number) =>
    JSON.stringify({ x: { $or: branches('a', count) }, y: { $or: branches('b', count) } })
  compileEventPattern(pattern(15))
  assert.throws(() => compileEventPattern(pattern(16)), PatternError)
})

describe('properties', () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const name = fc.string({ minLength: 1 }).filter((text) => !/[.$]|__proto__/.test(text))

  test('a pattern made from an event matches it', () => {
    fc.assert(
      fc.property(fc.dictionary(name, scalar, { minKeys: 1 }), (detail) => {
        const pattern = Object.fromEntries(
          Object.entries(detail).map(([key, value]) => [key, [value]]),
        )
        return compileEventPattern(JSON.stringify({ detail: pattern })).matches({ detail })
      }),
    )
  })

  test('anything-but is the opposite of equality where there is a value', () => {
    fc.assert(
      fc.property(fc.string(), scalar, (text, value) => {
        const event = { detail: { a: value } }
        const same = compileEventPattern(JSON.stringify(a(text))).matches(event)
        return same !== compileEventPattern(JSON.stringify(but(text))).matches(event)
      }),
    )
  })

  /** Undefined for a pattern that is refused for what its wildcards would cost. */
  function simpleEnough(pattern: object): ReturnType<typeof compileEventPattern> | undefined {
    try {
      return compileEventPattern(JSON.stringify(pattern))
    } catch (error) {
      assert.match(String(error), /Rule is too complex/)
      return undefined
    }
  }

  test('wildcards match as the regular expression does', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 2 })
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('*')),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
        (wildcard, text) => {
          fc.pre(!wildcard.includes('**'))
          const expected = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`, 's').test(text)
          const pattern = simpleEnough(a({ wildcard }))
          fc.pre(pattern !== undefined)
          return pattern?.matches({ detail: { a: text } }) === expected
        },
      ),
    )
  })
})
