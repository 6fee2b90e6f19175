import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Component } from './inspected-value.ts'
import { parseRequest } from './parse-request.ts'
import { request } from './testing/builders.ts'
import type { RequestParts } from './testing/builders.ts'

/** The last reading of every value of a component, with names where they differ from the value. */
const cases: readonly (readonly [
  what: string,
  component: Component,
  parts: RequestParts,
  values: readonly string[],
])[] = [
  ['a path', 'uriPath', { target: '/a%2Fb/..%252f?x' }, ['/a/b/../']],
  ['a path in absolute form', 'uriPath', { target: 'http://h/a?x' }, ['/a']],
  ['arguments', 'queryArguments', { target: '/?a=1+2&b=%3Cb%3E' }, ['a', '1 2', 'b', '<b>']],
  ['an argument without a value', 'queryArguments', { target: '/?%3Cscript%3E' }, ['<script>']],
  [
    'JSON in an argument',
    'queryArguments',
    { target: '/?q=%7B%22a%22:%22<b>%22%7D' },
    ['q', 'a', '<b>'],
  ],
  [
    'a payload split over arguments',
    'queryArguments',
    { target: '/?id=1/*&id=*/union' },
    ['id', '1/*', '*/union', '1/*,*/union'],
  ],
  ['layers', 'queryArguments', { target: '/?a=%25253Cb%25253E' }, ['a', '<b>']],
  [
    'cookies',
    'cookies',
    {
      headers: [
        ['Cookie', 'a=%27x; b="y"'],
        ['cookie', 'c=z'],
      ],
    },
    ['a', "'x", 'b', '"y"', 'c', 'z'],
  ],
  [
    'headers but cookies',
    'headers',
    {
      headers: [
        ['Host', 'h'],
        ['Cookie', 'a=b'],
        ['X-A', 'caf\xc3\xa9'],
      ],
    },
    ['h', 'café'],
  ],
  [
    'a JSON body',
    'body',
    { headers: [['Content-Type', 'application/json']], body: '{"a":["x"]}' },
    ['a', 'x'],
  ],
  ['no body', 'body', {}, []],
]

describe('a request taken apart', () => {
  test('has the values that were sent, each in its last reading', () => {
    for (const [what, component, parts, values] of cases) {
      const found = parseRequest(request(parts)).values(component)
      assert.deepEqual(
        found.map(({ forms }) => forms.at(-1)),
        values,
        what,
      )
      assert.ok(found.every((value) => value.component === component))
    }
    assert.equal(cases.length, 11)
  })

  test('a part is taken apart once', () => {
    const parsed = parseRequest(request({ target: '/?a=1' }))
    assert.equal(parsed.values('queryArguments'), parsed.values('queryArguments'))
    assert.equal(parsed.queryArguments, parsed.queryArguments)
  })

  test('names of headers know no case, and each has its values in order', () => {
    const parsed = parseRequest(
      request({
        headers: [
          ['A', '1'],
          ['a', '2'],
        ],
      }),
    )
    assert.equal(parsed.header('a'), '1')
    assert.deepEqual(parsed.headerValues('a'), ['1', '2'])
    assert.deepEqual(parsed.headerValues('b'), [])
  })

  test('a fragment is no part of path or query', () => {
    const parsed = parseRequest(request({ target: '/p?q#f?g' }))
    assert.deepEqual([parsed.uriPath, parsed.queryString, parsed.uriFragment], ['/p', 'q', 'f?g'])
    const bare = parseRequest(request({ target: '/p#f?g' }))
    assert.deepEqual([bare.uriPath, bare.queryString, bare.uriFragment], ['/p', '', 'f?g'])
  })
})
