import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, PolicySyntaxError, principalsNamed } from './index.ts'
import type { PolicyKind } from './index.ts'

const OK = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bucket' }
const SYNTAX = 'Syntax errors in policy.'
const LEGACY = 'The policy failed legacy parsing'
const VERSION = 'Policy document must be version 2012-10-17 or greater.'
const VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const NO_ACTIONS = 'Policy statement must contain actions.'
const NO_RESOURCES = 'Policy statement must contain resources.'

const policy = (...statements: readonly unknown[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })
const changed = (change: object): string => policy({ ...OK, ...change })
const without = (name: string): string =>
  policy(Object.fromEntries(Object.entries(OK).filter(([key]) => key !== name)))
const when = (Condition: unknown): string => changed({ Condition })

const REFUSED: readonly (readonly [document: string, message: string])[] = [
  ['not json', SYNTAX],
  ['[]', SYNTAX],
  ['{}', SYNTAX],
  [changed({}).replace('"Effect"', '"Effect":"Deny","Effect"'), SYNTAX],
  [changed({}).replace('"Effect"', '"\\u0045ffect":"Deny","Effect"'), SYNTAX],
  ['{"Version":"2012-10-17"}', SYNTAX],
  [policy(), SYNTAX],
  [policy('x'), SYNTAX],
  [JSON.stringify({ Version: '2013-10-17', Statement: OK }), SYNTAX],
  [JSON.stringify({ Version: '2008-10-17', Statement: OK }), VERSION],
  [JSON.stringify({ Statement: { ...OK, Effect: 'denY' } }), VERSION],
  [JSON.stringify({ Version: '2012-10-17', Id: {}, Statement: OK }), SYNTAX],
  [JSON.stringify({ Version: '2012-10-17', Extra: 1, Statement: OK }), SYNTAX],
  [changed({ Extra: 1 }), SYNTAX],
  [without('Effect'), SYNTAX],
  [changed({ Effect: 'Maybe' }), SYNTAX],
  [changed({ Effect: 'allow' }), LEGACY],
  [changed({ Sid: [] }), SYNTAX],
  [changed({ Action: 5 }), SYNTAX],
  [changed({ Action: [[]] }), SYNTAX],
  [changed({ NotAction: [] }), SYNTAX],
  [changed({ NotResource: '*' }), SYNTAX],
  [without('Action'), NO_ACTIONS],
  [changed({ Action: [] }), NO_ACTIONS],
  [policy({ Effect: 'Allow' }), NO_ACTIONS],
  [without('Resource'), NO_RESOURCES],
  [changed({ Resource: [] }), NO_RESOURCES],
  [policy({ Effect: 'Allow', Action: 'invalid' }), NO_RESOURCES],
  [changed({ Action: 'ListBucket' }), VENDOR],
  [changed({ Action: '' }), VENDOR],
  [changed({ Action: ':ListBucket' }), 'Vendor  is not valid'],
  [changed({ Action: 'a a:ListBucket' }), 'Vendor a a is not valid'],
  [changed({ Action: 's3:List:Bucket' }), 'Actions/Condition can contain only one colon.'],
  [changed({ Resource: 'x' }), 'Resource x must be in ARN format or "*".'],
  [changed({ Resource: '' }), 'Resource  must be in ARN format or "*".'],
  [changed({ Resource: 'a:b:c' }), 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'],
  [changed({ Resource: 'aws:s3:::b' }), 'Partition "s3" is not valid for resource "arn:s3:::b:*".'],
  [
    changed({ Resource: ['arn:error:s3:::b', 'arn:error:s3::b'] }),
    'Partition "error" is not valid for resource "arn:error:s3:::b".',
  ],
  [
    changed({ Resource: 'arn:aws' }),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  [changed({ Resource: 'arn:aws:s3::b' }), LEGACY],
  [changed({ Resource: 'arn:aws::::b' }), LEGACY],
  [changed({ Resource: 'arn:aws:iam::${aws:PrincipalAccount}:role/x' }), LEGACY],
  [
    changed({ Resource: 'arn:aws:s3:us-east-1::b' }),
    'Resource arn:aws:s3:us-east-1::b can not contain region information.',
  ],
  [
    changed({ Resource: 'arn:aws:iam:us-east-1::role/b' }),
    'IAM resource arn:aws:iam:us-east-1::role/b cannot contain region information.',
  ],
  [when([]), SYNTAX],
  [when({ a: 'b' }), SYNTAX],
  [when({ x: { a: '1' } }), SYNTAX],
  [when({ DateGreaterThan: { a: {} } }), SYNTAX],
  [when({ DateGreaterThan: { a: 'soon' } }), LEGACY],
  [when({ DateLessThan: { a: '9223372036854775808' } }), LEGACY],
  [changed({ Principal: '*' }), 'Policy document should not specify a principal.'],
  [
    policy({ ...OK, Sid: 'a' }, { ...OK, Sid: 'a' }),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
]

test('malformed identity policies are refused with the message that IAM gives', () => {
  let ran = 0
  for (const [document, message] of REFUSED) {
    assert.throws(
      () => compilePolicy(document, 'identity'),
      (error) => error instanceof PolicySyntaxError && error.message === message,
      `${document} should be refused: ${message}`,
    )
    ran++
  }
  assert.equal(ran, 52)
})

test('unusual documents that IAM takes are taken', () => {
  const taken = [
    JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement: OK }),
    changed({ Action: 'iam: odd but taken ' }),
    changed({ Action: '*', Resource: ['*', 'arn:aws:s3:::b'] }),
    changed({ Action: 's3.s-x:Y', Resource: 'arn:aws:fdsasf' }),
    changed({ Resource: 'arn:aws:iam::*:user/${aws:username}' }),
    changed({ Resource: 'arn:*:kms:*:111122223333:key/*' }),
    changed({ Sid: '' }),
    when({}),
    when({ anything: {} }),
    when({ DateGreaterThan: { a: [] } }),
    when({ DateGreaterThan: { a: '01T' } }),
    when({ DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+23' } }),
    when({ DateLessThan: { a: '-292275054' } }),
    when({ Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 's3:max-keys': 10 } }),
  ]
  for (const document of taken) assert.ok(compilePolicy(document, 'identity'), document)
  assert.equal(taken.length, 14)
})

test('each kind of policy takes its own elements and no others', () => {
  const assume = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }
  const cases: readonly (readonly [PolicyKind, object, string | undefined])[] = [
    ['trust', assume, undefined],
    ['trust', { ...assume, Resource: '*' }, 'Has prohibited field Resource'],
    [
      'trust',
      { ...assume, Action: 's3:*' },
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    ['trust', { Effect: 'Allow', Action: 'sts:AssumeRole' }, 'Missing required field Principal'],
    ['resource', { ...assume, Resource: '*', Sid: 'Enable IAM User Permissions' }, undefined],
    ['resource', assume, NO_RESOURCES],
    ['resource', OK, 'Missing required field Principal'],
    [
      'resource',
      { ...OK, Principal: { AWS: '1234' } },
      'Invalid principal in policy: "AWS":"1234"',
    ],
    ['resource', { ...OK, Principal: { CanonicalUser: 'abc' } }, undefined],
    ['resource', { ...OK, Principal: { Aws: '*' } }, SYNTAX],
    ['resource', { ...OK, Principal: '*', NotPrincipal: '*' }, SYNTAX],
    ['scp', OK, undefined],
    ['session', { ...OK, Principal: '*' }, 'Policy document should not specify a principal.'],
    ['rcp', { ...OK, Principal: '*' }, undefined],
  ]
  for (const [kind, statement, message] of cases) {
    const compile = () => compilePolicy(policy(statement), kind)
    if (message === undefined) assert.doesNotThrow(compile)
    else assert.throws(compile, { message })
  }
  assert.equal(cases.length, 14)
})

test('the principals that a policy names are listed as written', () => {
  const named = policy({
    ...OK,
    Principal: { AWS: ['*', '111122223333'], Service: 'ssm.amazonaws.com' },
  })
  assert.deepEqual(principalsNamed(compilePolicy(named, 'resource')), [
    { type: 'AWS', value: '*' },
    { type: 'AWS', value: '111122223333' },
    { type: 'Service', value: 'ssm.amazonaws.com' },
  ])
})
