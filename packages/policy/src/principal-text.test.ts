import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { replacePrincipals } from './index.ts'

const USER = 'arn:aws:iam::111122223333:user/alice'
const ID = 'AIDAALICE00000000001'
const renamed = (json: string): string =>
  replacePrincipals(json, ({ type, value }) => (type === 'AWS' && value === USER ? ID : value))

test('principals are replaced where they stand, and the layout stays', () => {
  const rest = '"Effect" : "Allow",\n  "Action":"kms:*" , "Resource" : "*"'
  const cases: readonly (readonly [before: string, after: string])[] = [
    [
      `{"Statement": [ {"Principal" : {\t"AWS": "${USER}"}, ${rest}} ]}`,
      `{"Statement": [ {"Principal" : {\t"AWS": "${ID}"}, ${rest}} ]}`,
    ],
    [
      `{"Statement":{"NotPrincipal":{"AWS":["*", "${USER}"],"Service":"${USER}"},${rest}}}`,
      `{"Statement":{"NotPrincipal":{"AWS":["*", "${ID}"],"Service":"${USER}"},${rest}}}`,
    ],
    [
      `{"Statement":{"Princip\\u0061l":{"AWS":"${USER.replace('/', '\\/')}"}}}`,
      `{"Statement":{"Princip\\u0061l":{"AWS":"${ID}"}}}`,
    ],
  ]
  for (const [before, after] of cases) assert.equal(renamed(before), after)
  assert.equal(cases.length, 3)
})

test('nothing but a principal is replaced', () => {
  const untouched = [
    { Statement: { Principal: '*', Resource: USER, Sid: USER } },
    { Id: USER, Statement: [{ Principal: { Federated: USER }, Action: ['AWS', USER] }] },
    { Statement: [{ Condition: { StringEquals: { 'aws:PrincipalArn': USER, AWS: [USER] } } }] },
    { Statement: [{ Condition: { Principal: { AWS: USER } } }] },
    { Principal: { AWS: USER }, Statement: [] },
  ]
  for (const policy of untouched) {
    const json = JSON.stringify(policy)
    assert.equal(renamed(json), json)
  }
  assert.equal(untouched.length, 5)
})

test('replacing agrees with replacing in the parsed policy', () => {
  let ran = 0
  const text = fc.oneof(
    fc.constantFrom(USER, 'AWS', 'Principal', 'Statement', '"', '\\'),
    fc.string(),
  )
  const list = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }))
  const principal = fc.oneof(
    fc.constant('*'),
    fc.record({ AWS: list, Service: list }, { requiredKeys: [] }),
  )
  const statement = fc.record(
    {
      Sid: text,
      Principal: principal,
      Action: list,
      Condition: fc.record({ StringLike: fc.record({ AWS: list }) }),
    },
    { requiredKeys: ['Principal'] },
  )
  const parsedRename = (names: string | string[]): string | string[] =>
    typeof names === 'string'
      ? names === USER
        ? ID
        : names
      : names.map((n) => (n === USER ? ID : n))
  fc.assert(
    fc.property(fc.array(statement), fc.constantFrom(0, 1, 2), (statements, indent) => {
      ran++
      const wanted = statements.map((each) =>
        typeof each.Principal === 'object' && each.Principal.AWS !== undefined
          ? { ...each, Principal: { ...each.Principal, AWS: parsedRename(each.Principal.AWS) } }
          : each,
      )
      const write = (value: object): string => JSON.stringify({ Statement: value }, null, indent)
      assert.equal(renamed(write(statements)), write(wanted))
    }),
    { numRuns: 500 },
  )
  assert.equal(ran, 500)
})
