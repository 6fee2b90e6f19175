import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  isBelow,
  keyOf,
  newName,
  parameterArn,
  parentOf,
  parsePath,
  parseReference,
  prefixOf,
} from './names.ts'

const place = { region: 'us-east-1', account: '111122223333' }
const word = fc.stringMatching(/^[b-rt-zB-RT-Z0-9_.-]{1,8}$/)
const path = fc.array(word, { minLength: 1, maxLength: 15 })
const nameOf = (words: readonly string[]): string => `/${words.join('/')}`

test('a name with any selector is read back from name and ARN', () => {
  let runs = 0
  const selector = fc.option(fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/), { nil: undefined })
  fc.assert(
    fc.property(path, selector, fc.boolean(), (words, wanted, isSpaced) => {
      runs += 1
      const key = nameOf(words)
      const end = wanted === undefined ? '' : `:${wanted}`
      const spaced = (text: string): string => (isSpaced ? ` ${text}  ` : text)
      assert.equal(newName(spaced(key), place), key)
      const expected = { name: key, key, ...(wanted !== undefined && { selector: wanted }) }
      assert.deepEqual(parseReference(spaced(`${key}${end}`)), expected)
      const arn = parameterArn(place.region, place.account, key)
      assert.deepEqual(parseReference(`${arn}${end}`), { ...expected, arn: place })
    }),
  )
  assert.equal(runs, 100)
})

test('what is below a path is what a tree of names says, and lies in one run of sorted keys', () => {
  let runs = 0
  const short = fc.array(fc.constantFrom('a', 'b', 'a.b', 'a-b', 'a_b', 'ab', 'B', '0'), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(fc.array(short, { maxLength: 30 }), short, (all, under) => {
      runs += 1
      const keys = [...new Set(all.map(nameOf))].sort()
      const root = nameOf(under)
      const isIn = (words: readonly string[], depth: number): boolean =>
        words.length === depth && under.every((each, at) => words[at] === each)
      const split = (key: string): readonly string[] => key.slice(1).split('/')
      const below = keys.filter((key) => isBelow(key, root, true))
      assert.deepEqual(
        below,
        keys.filter(
          (key) =>
            split(key).length > under.length &&
            isIn(split(key).slice(0, under.length), under.length),
        ),
      )
      assert.deepEqual(
        keys.filter((key) => isBelow(key, root, false)),
        below.filter((key) => parentOf(key) === root),
      )
      assert.deepEqual(
        below,
        keys.filter((key) => key.startsWith(prefixOf(root))),
      )
      const first = below[0]
      const start = first === undefined ? 0 : keys.indexOf(first)
      assert.deepEqual(keys.slice(start, start + below.length), below)
      assert.deepEqual(
        keys.filter((key) => isBelow(key, '/', true)),
        keys,
      )
    }),
  )
  assert.equal(runs, 100)
})

const malformed = /sub-paths divided by slash symbol/
const refusals: readonly (readonly [name: string, error: string, message: RegExp])[] = [
  ['/a//b', 'ValidationException', malformed],
  ['/a/', 'ValidationException', malformed],
  ['/', 'ValidationException', malformed],
  ['a b', 'ValidationException', malformed],
  ['/a/b:3', 'ValidationException', malformed],
  ['/a/é', 'ValidationException', malformed],
  ['a/b', 'ValidationException', /must be a fully qualified name/],
  ['awsome', 'ValidationException', /can't be prefixed with "aws" or "ssm"/],
  ['SSM-x', 'ValidationException', /can't be prefixed with "aws" or "ssm"/],
  ['/Aws', 'ValidationException', /can't be prefixed with "aws" or "ssm"/],
  ['/ssm/a', 'ValidationException', /can't be prefixed with "ssm"/],
  ['/aws/a', 'AccessDeniedException', /^No access to reserved parameter name: \/aws\/a\.$/],
  [`/${'l/'.repeat(15)}l`, 'HierarchyLevelLimitExceededException', /maximum of 15 levels/],
  [`/${'x'.repeat(1000)}`, 'ValidationException', /maximum of 1011 characters/],
]

test('names that AWS does not take are refused', () => {
  for (const [name, error, message] of refusals) {
    assert.throws(() => newName(name, place), { name: error, message }, name)
  }
  assert.equal(refusals.length, 14)
  assert.equal(newName(`/${'l/'.repeat(14)}l`, place).length, 30)
})

test('one name with and without a slash is one parameter, at the top', () => {
  assert.equal(keyOf('flat'), keyOf('/flat'))
  assert.equal(parentOf(keyOf('flat')), '/')
  assert.equal(parsePath('/a/b/'), '/a/b')
  assert.equal(parsePath('/'), '/')
  for (const odd of ['a', '//', '/a//b', '/a b', '']) {
    assert.throws(() => parsePath(odd), { name: 'ValidationException' }, odd)
  }
})

test('a reference to a secret keeps what Secrets Manager is asked for', () => {
  const { name, secret, selector } = parseReference(
    '/aws/reference/secretsmanager/db/main+1@x:AWSPENDING',
  )
  assert.deepEqual([secret, selector], ['db/main+1@x', 'AWSPENDING'])
  assert.equal(name, '/aws/reference/secretsmanager/db/main+1@x')
})
