import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkManagementPolicy, effectivePolicy, InheritanceSyntaxError } from './inheritance.ts'

const values = (setting: object) => JSON.stringify({ tags: { color: { tag_value: setting } } })

/** From https://docs.aws.amazon.com/organizations/latest/userguide/inheritance-examples.html. */
const cases: readonly (readonly [what: string, levels: object[], expected: unknown])[] = [
  ['a child overwrites', [{ '@@assign': ['red'] }, { '@@assign': ['blue'] }], ['blue']],
  ['a child appends', [{ '@@assign': ['red'] }, { '@@append': ['blue'] }], ['red', 'blue']],
  ['a child removes', [{ '@@assign': ['red', 'blue'] }, { '@@remove': ['red'] }], ['blue']],
  ['removing what is not there', [{ '@@assign': ['red'] }, { '@@remove': ['blue'] }], ['red']],
  ['appending alone', [{ '@@append': ['red'] }], ['red']],
  ['a single value', [{ '@@assign': 'red' }], 'red'],
  [
    'a parent allows nothing',
    [
      { '@@assign': ['red'], '@@operators_allowed_for_child_policies': ['@@none'] },
      { '@@assign': ['blue'] },
    ],
    ['red'],
  ],
  [
    'a parent allows appending alone',
    [
      { '@@assign': ['red'], '@@operators_allowed_for_child_policies': ['@@append'] },
      { '@@append': ['blue'], '@@remove': ['red'] },
    ],
    ['red', 'blue'],
  ],
  [
    'a child cannot lift a limit',
    [
      { '@@assign': ['red'], '@@operators_allowed_for_child_policies': ['@@none'] },
      { '@@operators_allowed_for_child_policies': ['@@all'] },
      { '@@assign': ['blue'] },
    ],
    ['red'],
  ],
]

test('the documented examples merge as AWS says', () => {
  let ran = 0
  for (const [what, levels, expected] of cases) {
    const merged = effectivePolicy(levels.map((level) => [values(level)]))
    assert.deepEqual(JSON.parse(merged ?? ''), { tags: { color: { tag_value: expected } } }, what)
    ran++
  }
  assert.equal(ran, 9)
})

test('a limit higher up binds everything below it, and keys are one key in any case', () => {
  const root = JSON.stringify({
    tags: { '@@operators_allowed_for_child_policies': ['@@none'], A: { k: { '@@assign': 'x' } } },
  })
  const child = JSON.stringify({ tags: { a: { k: { '@@assign': 'y' } } } })
  assert.equal(effectivePolicy([[root], [child]]), '{"tags":{"A":{"k":"x"}}}')
})

test('without policies there is no effective policy', () => {
  assert.equal(effectivePolicy([[], [], []]), undefined)
})

test('appending never loses a value, whatever the levels', () => {
  const list = fc.array(fc.string(), { maxLength: 4 })
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), (levels) => {
      const merged = effectivePolicy(levels.map((each) => [values({ '@@append': each })]))
      const found = JSON.parse(merged ?? '') as { tags: { color: { tag_value: string[] } } }
      const got = new Set(found.tags.color.tag_value)
      for (const value of levels.flat()) assert.ok(got.has(value))
      assert.equal(got.size, found.tags.color.tag_value.length)
    }),
  )
})

test('malformed documents are refused', () => {
  const refused = [
    'no json',
    '[]',
    '{}',
    '{"plans":{}}',
    '{"tags":{"a":"b"}}',
    '{"tags":{"a":{"@@assign":{"b":1}}}}',
    '{"tags":{"a":{"@@replace":"b"}}}',
    '{"tags":{"a":{"@@assign":"b","c":{}}}}',
    '{"tags":{"@@operators_allowed_for_child_policies":["@@some"]}}',
  ]
  let ran = 0
  for (const text of refused) {
    assert.throws(() => checkManagementPolicy(text, 'tags'), InheritanceSyntaxError, text)
    ran++
  }
  assert.equal(ran, 9)
})
