import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { jsonTokens } from './json-tokens.ts'
import type { JsonToken } from './json-tokens.ts'

/** Rebuilds the value that tokens of a complete text describe, with scalars as text. */
function rebuilt(tokens: readonly JsonToken[]): unknown {
  const containers = new Map<number, Record<string, unknown>>()
  let root: unknown
  for (const [index, { parent, segment, text }] of tokens.entries()) {
    const value = text ?? {}
    if (text === undefined) containers.set(index, value as Record<string, unknown>)
    const above = containers.get(parent)
    if (above) Object.defineProperty(above, String(segment), { value, enumerable: true })
    else root = value
  }
  return root
}

/** The same of what JSON.parse reads: arrays as objects, scalars as the text that wrote them. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? bytes(value) : JSON.stringify(value)
  }
  const object = {}
  for (const [key, each] of Object.entries(value)) {
    Object.defineProperty(object, bytes(key), { value: plain(each), enumerable: true })
  }
  return object
}

function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

describe('tokens of JSON', () => {
  test('valid JSON is read as JSON.parse reads it', () => {
    const values = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
    fc.assert(
      fc.property(values, fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, undefined, spaced ? 2 : 0)
        const { tokens, complete } = jsonTokens(bytes(text))
        assert.ok(complete, text)
        assert.deepEqual(rebuilt(tokens), plain(JSON.parse(text)))
      }),
      { numRuns: 300 },
    )
  })

  test('no text makes it throw or run on', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '\\u',
      '1',
      'true',
      ' ',
      'x',
    )
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const text = parts.join('')
        assert.ok(jsonTokens(text).tokens.length <= text.length)
      }),
      { numRuns: 1000 },
    )
  })

  test('64 KB of anything nested or escaped is quick', () => {
    const texts = ['[', '{"a":', '"\\\\', '["\\u0041"', '{"a":1,', ' ', '[1,', '"'].map(
      (unit) => `[${unit.repeat(65_536 / unit.length)}`,
    )
    texts.push(`{${Array.from({ length: 9000 }, (_, n) => `"k${n}":1`).join(',')}}`)
    for (const text of texts) {
      const before = process.cpuUsage()
      jsonTokens(text)
      const { user, system } = process.cpuUsage(before)
      assert.ok(user + system < 200_000, `${text.slice(0, 20)}: ${user + system} us`)
    }
  })

  test('what AWS forgives is forgiven, and nothing else', () => {
    const forgiven = ['{"a":"b""c":"d"}', '{"a":"b","c""d"}', '{"a"::"b"}', '[1,,2]', '[1,]']
    for (const text of forgiven) assert.ok(jsonTokens(text).complete, text)
    const broken = [
      '',
      '1',
      '"a"',
      '{"a":1',
      '{"a":1}x',
      '{a:1}',
      '{"a":1,"a":2}',
      '[1}',
      '{1:2}',
      '{"a"}',
      '[nul]',
    ]
    for (const text of broken) assert.ok(!jsonTokens(text).complete, text)
    assert.equal(forgiven.length + broken.length, 16)
  })
})
