import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compilePattern, patternFault } from './pattern.ts'

/** Patterns that mean the same to RE2 and to JavaScript, with assertions that only the latter knows natively. */
const assertions = [
  '^(?!admin)',
  '^/(?!admin)',
  '^/(?!admin|root)[a-z]+$',
  '^/a(?=b)(?!.*x)',
  '^(?!.*(?:b|x))',
  '^[/a](?!d)',
  '^\\/(?=a[^)]b)',
  '^(?![)]a)a',
]

/** Each takes exponential or at least quadratic time by backtracking. */
const hostile = [
  '(a+)+$',
  '^(a|a)*$',
  '(.*a){12}$',
  '(x+x+)+y',
  '([a-zA-Z]+)*!',
  '(a|aa)+!',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '.*.*=.*!',
]

describe('patterns', () => {
  test('assertions after a beginning of fixed length say what they say in JavaScript', () => {
    const texts = fc
      .array(fc.constantFrom('/', 'a', 'b', 'x', 'admin', 'root', ')', 'd'))
      .map((parts) => parts.join(''))
    for (const pattern of assertions) {
      const matches = compilePattern(pattern)
      const native = new RegExp(pattern)
      fc.assert(
        fc.property(texts, (text) => matches(text) === native.test(text)),
        { numRuns: 300 },
      )
    }
    assert.equal(assertions.length, 8)
  })

  test('hostile patterns take time in proportion to the text', () => {
    for (const pattern of hostile) {
      const matches = compilePattern(pattern)
      for (const unit of ['a', 'x', 'aA', 'ab=']) {
        const text = unit.repeat(20_000 / unit.length)
        matches(text.slice(0, 100))
        const before = process.cpuUsage()
        matches(text)
        const { user, system } = process.cpuUsage(before)
        assert.ok(user + system < 1_000_000, `${pattern} on ${unit}: ${user + system} us`)
      }
    }
    assert.equal(hostile.length, 8)
  })

  test('a pattern in ASCII means bytes, another one letters', () => {
    const bytes = Buffer.from('é', 'utf8').toString('latin1')
    assert.ok(compilePattern('^..$')(bytes))
    assert.ok(compilePattern('^\\xc3\\xa9$')(bytes))
    assert.ok(compilePattern('^[èéê]$')(bytes))
    assert.ok(compilePattern('^\\p{L}$')(bytes))
  })

  test('what has no linear time is refused with a reason', () => {
    for (const pattern of ['(a)\\1', 'a(?!b)', '(?>a)', 'a++', '(']) {
      assert.match(patternFault(pattern) ?? '', /error parsing regexp/, pattern)
    }
    assert.equal(patternFault('^/(?!x)y'), undefined)
  })
})
