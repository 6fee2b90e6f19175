import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCondition } from './condition.ts'
import { CONDITION_OPERATORS } from './condition-operators.ts'
import { contextOf } from './context.ts'
import { PolicySyntaxError } from './syntax-error.ts'

type Given = string | readonly string[] | undefined
type Case = readonly [
  operator: string,
  wanted: string | readonly string[],
  given: Given,
  holds: boolean,
]

const CASES: readonly Case[] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', ['x', 'a'], 'a', true],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', 'a', undefined, false],
  ['StringEquals', [], 'a', false],
  ['StringEquals', '${*}', '*', true],
  ['StringEquals', '${$}{x}', '${x}', true],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', 'a', undefined, true],
  ['StringNotEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIgnoreCase', 'AbC', 'aBc', true],
  ['StringEqualsIgnoreCase', 'AbC', 'abd', false],
  ['StringNotEqualsIgnoreCase', 'AbC', 'aBc', false],
  ['StringNotEqualsIgnoreCase', 'AbC', undefined, true],
  ['StringLike', 'home/*', 'home/a/b', true],
  ['StringLike', 'h?me', 'home', true],
  ['StringLike', 'h?me', 'hme', false],
  ['StringLike', '*a*b*', 'xxaxxbxx', true],
  ['StringLike', '*a*b', 'xxaxxbxx', false],
  ['StringLike', 'a${*}', 'ab', false],
  ['StringLike', 'a${*}', 'a*', true],
  ['StringLike', 'a${?}c', 'abc', false],
  ['StringLike', 'Home/*', 'home/a', false],
  ['StringNotLike', 'home/*', 'home/a', false],
  ['StringNotLike', 'home/*', 'away', true],
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', '10', 'ten', false],
  ['NumericNotEquals', '10', '11', true],
  ['NumericNotEquals', '10', '10', false],
  ['NumericNotEquals', '10', undefined, true],
  ['NumericLessThan', '10', '9', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericLessThanEquals', '10', '11', false],
  ['NumericGreaterThan', '10', '11', true],
  ['NumericGreaterThan', '10', '9', false],
  ['NumericGreaterThan', '-1.5', '-1', true],
  ['NumericGreaterThanEquals', '10', '10', true],
  ['NumericGreaterThanEquals', '10', undefined, false],
  ['NumericGreaterThanEqualsIfExists', '10', undefined, true],
  ['DateEquals', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', true],
  ['DateEquals', '2020-01-01', '2020-01-01T00:00:00.000Z', true],
  ['DateEquals', '1577836800', '2020-01-01T00:00:00Z', true],
  ['DateEquals', '2020-01-01T01:00:00+01:00', '1577836800', true],
  ['DateEquals', '2020', '2020-01-01T00:00:00Z', true],
  ['DateNotEquals', '2020-01-01', '2020-01-02', true],
  ['DateNotEquals', '2020-01-01', '2020-01-01', false],
  ['DateLessThan', '2020-06-30T23:59:59Z', '2020-06-30T23:59:58Z', true],
  ['DateLessThan', '2020-06-30T23:59:59Z', '2020-06-30T23:59:59Z', false],
  ['DateLessThanEquals', '2020-06-30', '2020-06-30', true],
  ['DateGreaterThan', '2020-04-01T00:00:00Z', '2020-05-01T00:00:00Z', true],
  ['DateGreaterThan', '2020-04-01T00:00:00Z', '2020-03-01T00:00:00Z', false],
  ['DateGreaterThanEquals', '2020-04-01', '2020-04-01', true],
  ['DateGreaterThan', '2020-04-01', undefined, false],
  ['Bool', 'true', 'true', true],
  ['Bool', 'True', 'true', true],
  ['Bool', 'false', 'true', false],
  ['Bool', 'false', undefined, false],
  ['BoolIfExists', 'false', undefined, true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ6', false],
  ['IpAddress', '203.0.113.0/24', '203.0.113.7', true],
  ['IpAddress', '203.0.113.0/24', '203.0.114.7', false],
  ['IpAddress', '203.0.113.7', '203.0.113.7', true],
  ['IpAddress', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '2001:db8:1234:5678::1', true],
  ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
  ['IpAddress', '0.0.0.0/0', 'kms.amazonaws.com', false],
  ['IpAddress', '203.0.113.0/24', undefined, false],
  ['NotIpAddress', '203.0.113.0/24', '203.0.113.7', false],
  ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
  ['NotIpAddress', '203.0.113.0/24', undefined, true],
  ['ArnEquals', 'arn:aws:sns:*:111122223333:t*', 'arn:aws:sns:eu-west-1:111122223333:topic', true],
  ['ArnLike', 'arn:aws:s3:::bucket', 'arn:aws:s3:::bucket', true],
  ['ArnLike', 'arn:aws:sns:*:topic', 'arn:aws:sns:eu-west-1:111122223333:topic', false],
  ['ArnLike', 'arn:aws:iam::*:role/*', 'arn:aws:iam::111122223333:role/a/b:c', true],
  ['ArnLike', 'arn:aws:*:111122223333:x', 'arn:aws:sns:eu-west-1:111122223333:x', false],
  ['ArnLike', '*', 'arn:aws:s3:::bucket', true],
  ['ArnNotEquals', 'arn:aws:s3:::bucket', 'arn:aws:s3:::other', true],
  ['ArnNotLike', 'arn:aws:s3:::b*', 'arn:aws:s3:::bucket', false],
  ['ArnNotLike', 'arn:aws:s3:::b*', undefined, true],
  ['Null', 'true', undefined, true],
  ['Null', 'true', 'a', false],
  ['Null', 'false', 'a', true],
  ['Null', 'false', undefined, false],
  ['Null', 'true', [], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', 'a', undefined, true],
  ['ForAllValues:StringEquals', 'a', [], true],
  ['ForAllValues:StringEquals', 'a', '', true],
  ['ForAllValues:StringNotEquals', 'a', ['b', 'c'], true],
  ['ForAllValues:StringNotEquals', 'a', ['b', 'a'], false],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], false],
  ['ForAnyValue:StringEquals', 'a', undefined, false],
  ['ForAnyValue:StringEquals', 'a', [], false],
  ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
  ['ForAnyValue:StringLike', 'team-*', ['x', 'team-b'], true],
  ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', 'a', ['a'], false],
]

function holds([operator, wanted, given]: Case): boolean {
  const values = typeof wanted === 'string' ? [wanted] : wanted
  return compileCondition(operator, 'Test:Key', values, true).holds(
    contextOf({ 'test:KEY': given }),
  )
}

test('every condition operator compares as AWS documents it', () => {
  let ran = 0
  for (const each of CASES) {
    assert.equal(holds(each), each[3], JSON.stringify(each))
    ran++
  }
  assert.equal(ran, 102)
  const tried = new Set(CASES.map(([operator]) => operator.replace(/^.*:|IfExists$/g, '')))
  assert.deepEqual(
    [...tried].filter((name) => name !== 'Null').toSorted(),
    Object.keys(CONDITION_OPERATORS).toSorted(),
  )
})

test('unknown operators and values that cannot be read are refused', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['StringMatches', 'a'],
    ['NullIfExists', 'true'],
    ['ForAnyValue::StringEquals', 'a'],
    ['ForSomeValues:StringEquals', 'a'],
    ['toString', 'a'],
    ['NumericEquals', 'ten'],
    ['DateEquals', 'tomorrow'],
    ['DateLessThan', '2016-12-13t2:00:00.593194+1'],
    ['IpAddress', '203.0.113.0/33'],
    ['IpAddress', 'localhost'],
  ]
  for (const [operator, value] of refused) {
    assert.throws(() => compileCondition(operator, 'k', [value], true), PolicySyntaxError, operator)
  }
  assert.equal(refused.length, 10)
})

test('policy variables take single values, fall back to defaults and are never wildcards', () => {
  const context = { 'aws:username': 'jo*', 'aws:TagKeys': ['a', 'b'], k: 'jo*', team: 'jo-hanna' }
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ['StringEquals', 'k', '${aws:username}', true],
    ['StringEquals', 'k', '${AWS:UserName}', true],
    ['StringLike', 'team', '${aws:username}', false],
    ['StringLike', 'team', "jo${aws:missing, '-'}*", true],
    ['StringEquals', 'k', '${aws:missing}', false],
    ['StringNotEquals', 'k', '${aws:missing}', true],
    ['StringEquals', 'k', '${aws:TagKeys}', false],
  ]
  for (const [operator, key, value, expected] of cases) {
    const condition = compileCondition(operator, key, [value], true)
    assert.equal(condition.holds(contextOf(context)), expected, `${operator} ${value}`)
  }
  const literal = compileCondition('StringEquals', 'k', ['${aws:username}'], false)
  assert.equal(literal.holds(contextOf({ k: '${aws:username}', 'aws:username': 'x' })), true)
})
