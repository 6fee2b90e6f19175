import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { boundedExpression } from './bounded.ts'

const bounded = [
  '/admin',
  '(?i)union.{1,50}select',
  '^/api/v[0-9]{1,2}/(?:users|items)$',
  '\\bwget\\b\\s?https?:',
  'a[^\\s\\d]{0,3}b+',
  '(a|b)?c{2}.*',
  'x(?:y|z{0,2}){0,2}w',
]

const unbounded = [
  'a+b', '(a|b)*c', 'a{1,}', '(?:a{0,30}){9}', '.{0,99}.{0,99}x', '(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)',
  '\\x41', '[[:alpha:]]', '(?<n>a)', '(?s).', 'a??', '\\pL', 'é', '[a-\\d]', '(', ')', '[]a]', 'a{2}{3}', '{', '\\Qa\\E',
] // prettier-ignore

const atoms = fc.constantFrom(
  'a', 'b', '.', '\\d', '\\s', '\\w', '\\W', '\\.', '\\b', '[ab]', '[^a]', '[\\s-]', '[a\\d]', '(?:a|b)', '(ab|b)', '^', '$', '/', '-',
) // prettier-ignore
const patterns = fc
  .tuple(
    fc.constantFrom('', '(?i)'),
    fc.array(fc.tuple(atoms, fc.constantFrom('', '', '', '?', '{2}', '{0,2}', '|')), {
      maxLength: 6,
    }),
    fc.constantFrom('', '', 'a*', 'b+'),
  )
  .map(([flags, parts, end]) => flags + parts.flat().join('') + end)
const texts = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'A',
      'B',
      '.',
      '1',
      ' ',
      '\n',
      '\r',
      '\v',
      '-',
      '/',
      '\xa0',
      '\xe9',
      '_',
    ),
  )
  .map((parts) => parts.join(''))

describe('patterns that cannot backtrack for long', () => {
  test('are told from those that can', () => {
    for (const pattern of bounded) assert.ok(boundedExpression(pattern), pattern)
    for (const pattern of unbounded) assert.equal(boundedExpression(pattern), undefined, pattern)
    assert.deepEqual([bounded.length, unbounded.length], [7, 20])
  })

  test('match what the linear engine matches', () => {
    let native = 0
    fc.assert(
      fc.property(patterns, fc.array(texts, { minLength: 3 }), (pattern, each) => {
        const expression = boundedExpression(pattern)
        if (expression === undefined) return
        native += 1
        const linear = RE2JS.compile(pattern)
        for (const text of each) {
          assert.equal(
            expression.test(text),
            linear.test(text),
            `${pattern} on ${JSON.stringify(text)}`,
          )
        }
      }),
      { numRuns: 1500 },
    )
    assert.ok(native > 500, `only ${native} were bounded`)
  })

  test('64 KB that fit them badly take some milliseconds', () => {
    for (const pattern of ['(?i)(foo|bar|a.{0,100}z9)', 'a[ab]{0,100}c', '(?:a?a?){3}b']) {
      const expression = boundedExpression(pattern)
      assert.ok(expression, pattern)
      const text = 'a'.repeat(65_536)
      const before = process.cpuUsage()
      expression.test(text)
      const { user, system } = process.cpuUsage(before)
      assert.ok(user + system < 1_000_000, `${pattern}: ${user + system} us`)
    }
  })
})
