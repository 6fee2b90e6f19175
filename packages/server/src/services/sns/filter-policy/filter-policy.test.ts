import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FilterPolicyError } from './filter-policy-error.ts'
import { parseFilterPolicy } from './filter-policy.ts'
import type { FilterableAttribute } from './filter-policy.ts'

type Attributes = Readonly<Record<string, FilterableAttribute>>

const text = (string: string): FilterableAttribute => ({ type: 'String', string })
const number = (value: number): FilterableAttribute => ({ type: 'Number', string: String(value) })
const list = (...values: unknown[]): FilterableAttribute => ({
  type: 'String.Array',
  string: JSON.stringify(values),
})

const attributeCases: readonly [policy: object, attributes: Attributes, expected: boolean][] = [
  [{}, {}, true],
  [{ a: ['x'] }, { a: text('x') }, true],
  [{ a: ['x'] }, { a: text('X') }, false],
  [{ a: ['x'] }, {}, false],
  [{ a: ['x', 'y'] }, { a: text('y') }, true],
  [{ a: ['x'], b: ['y'] }, { a: text('x') }, false],
  [{ a: ['x'] }, { a: list('w', 'x') }, true],
  [{ a: [1] }, { a: number(1) }, true],
  [{ a: [1] }, { a: text('1') }, false],
  [{ a: [true] }, { a: list(true) }, true],
  [{ a: [null] }, { a: list(null) }, true],
  [{ a: [{ prefix: 'ab' }] }, { a: text('abc') }, true],
  [{ a: [{ prefix: 'ab' }] }, { a: text('bab') }, false],
  [{ a: [{ suffix: 'bc' }] }, { a: text('abc') }, true],
  [{ a: [{ suffix: 'bc' }] }, { a: text('bcd') }, false],
  [{ a: [{ 'equals-ignore-case': 'Ab' }] }, { a: text('aB') }, true],
  [{ a: [{ 'anything-but': 'x' }] }, { a: text('y') }, true],
  [{ a: [{ 'anything-but': ['x', 'y'] }] }, { a: text('y') }, false],
  [{ a: [{ 'anything-but': ['x'] }] }, { a: list('x', 'z') }, true],
  [{ a: [{ 'anything-but': [1] }] }, { a: number(2) }, true],
  [{ a: [{ 'anything-but': ['x'] }] }, {}, false],
  [{ a: [{ 'anything-but': { prefix: 'ab' } }] }, { a: text('abc') }, false],
  [{ a: [{ 'anything-but': { suffix: 'bc' } }] }, { a: text('cab') }, true],
  [{ a: [{ numeric: ['=', 3.015e2] }] }, { a: number(301.5) }, true],
  [{ a: [{ numeric: ['<', 0] }] }, { a: number(-1) }, true],
  [{ a: [{ numeric: ['>=', 0, '<', 10] }] }, { a: number(10) }, false],
  [{ a: [{ numeric: ['>=', 0, '<', 10] }] }, { a: number(0) }, true],
  [{ a: [{ numeric: ['>', 0] }] }, { a: text('5') }, false],
  [{ a: [{ exists: true }] }, { a: text('anything') }, true],
  [{ a: [{ exists: true }] }, {}, false],
  [{ a: [{ exists: false }] }, {}, true],
  [{ a: [{ exists: false }, 'x'] }, { a: text('x') }, true],
  [{ a: [{ cidr: '10.0.0.0/24' }] }, { a: text('10.0.0.255') }, true],
  [{ a: [{ cidr: '10.0.0.0/24' }] }, { a: text('10.0.1.0') }, false],
  [{ a: [{ cidr: '2001:db8::/32' }] }, { a: text('2001:db8::1') }, true],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: text('y') }, true],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }], c: ['z'] }, { b: text('y') }, false],
  [{ a: ['x'] }, { a: { type: 'Binary' } }, false],
]

test('attributes match by every operator', () => {
  let cases = 0
  for (const [policy, attributes, expected] of attributeCases) {
    const filter = parseFilterPolicy(JSON.stringify(policy), 'MessageAttributes')
    const label = `${JSON.stringify(policy)} on ${JSON.stringify(attributes)}`
    assert.equal(filter.matchesAttributes(attributes), expected, label)
    cases++
  }
  assert.equal(cases, 38)
})

const bodyCases: readonly [policy: object, body: string, expected: boolean][] = [
  [{ a: { b: ['x'] } }, '{"a":{"b":"x"}}', true],
  [{ a: { b: ['x'] } }, '{"a":[{"b":"w"},{"b":"x"}]}', true],
  [{ a: { b: ['x'], c: ['y'] } }, '{"a":[{"b":"x"},{"c":"y"}]}', false],
  [{ a: ['x'] }, '{"a":["w",["x"]]}', true],
  [{ a: [{ exists: false }] }, '{"b":1}', true],
  [{ a: { b: [{ exists: false }] } }, '{"c":1}', true],
  [{ a: [null] }, '{"a":null}', true],
  [{ a: ['x'] }, 'not JSON', false],
  [{ a: [{ exists: false }] }, '[1]', false],
  [{ a: [{ numeric: ['>', 1] }] }, '{"a":2}', true],
  [{ a: { $or: [{ b: [1] }, { c: [1] }] } }, '{"a":{"c":1}}', true],
]

test('bodies match with nested properties and lists', () => {
  let cases = 0
  for (const [policy, body, expected] of bodyCases) {
    const filter = parseFilterPolicy(JSON.stringify(policy), 'MessageBody')
    assert.equal(filter.matchesBody(body), expected, `${JSON.stringify(policy)} on ${body}`)
    cases++
  }
  assert.equal(cases, 11)
})

const refused: readonly [policy: string, reason: string][] = [
  ['{', 'failed to parse JSON.'],
  ['[]', 'Filter is not an object'],
  ['{"a":"x"}', '"a" must be an object or an array'],
  ['{"a":{"b":["x"]}}', 'does not support nested filter policy'],
  ['{"a":[["x"]]}', 'Match value must be String, number, true, false, or null'],
  ['{"a":[{"wild":"x"}]}', 'Unrecognized match type wild'],
  ['{"a":[{"prefix":1}]}', 'prefix match pattern must be a string'],
  ['{"a":[{"exists":"yes"}]}', 'exists match pattern must be either true or false.'],
  ['{"a":[{"prefix":"x","suffix":"y"}]}', 'Only one key allowed in match expression'],
  ['{"a":[{"numeric":"5"}]}', 'Value of numeric must be an array.'],
  ['{"a":[{"numeric":["<","5"]}]}', 'Value of < must be numeric'],
  ['{"a":[{"numeric":["~",5]}]}', 'Unrecognized numeric range operator: ~'],
  ['{"a":[{"numeric":[">",5,"<",1]}]}', 'Bottom must be less than top'],
  ['{"a":[{"numeric":[">",1,"<",5,"=",2]}]}', 'Too many elements in numeric expression'],
  ['{"a":[{"anything-but":[{}]}]}', 'anything-but list'],
  ['{"a":[]}', 'Empty arrays are not allowed'],
  ['{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', 'can not have more than 5 keys'],
]

test('policies that AWS refuses are refused in its words', () => {
  let cases = 0
  for (const [policy, reason] of refused) {
    assert.throws(
      () => parseFilterPolicy(policy, 'MessageAttributes'),
      (error) => error instanceof FilterPolicyError && error.message.includes(reason),
      policy,
    )
    cases++
  }
  assert.equal(cases, 17)
  const many = JSON.stringify({ a: Array.from({ length: 151 }, (_, n) => n) })
  assert.throws(() => parseFilterPolicy(many, 'MessageBody'), /too complex/)
})

test('a list of strings matches exactly the strings that are in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1, maxLength: 20 }),
      fc.string(),
      (values, value) => {
        const filter = parseFilterPolicy(JSON.stringify({ a: values }), 'MessageAttributes')
        assert.equal(filter.matchesAttributes({ a: text(value) }), values.includes(value))
        const but = JSON.stringify({ a: [{ 'anything-but': values }] })
        const other = parseFilterPolicy(but, 'MessageAttributes')
        assert.equal(other.matchesAttributes({ a: text(value) }), !values.includes(value))
      },
    ),
  )
})
