import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { naivelyAllowed } from './evaluator.naive.ts'
import type { NaiveRequest, NaiveStatement } from './evaluator.naive.ts'
import { authorize, compilePolicy, contextOf, explain } from './index.ts'
import type { AuthorizationRequest, PolicyKind, PolicySource, RequestPrincipal } from './index.ts'

const RUNS = 4000
const HOME = '111122223333'
const AWAY = '444455556666'

const some = (...options: string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...options), { minLength: 1, maxLength: 2 })

const actions = some('*', 'kms:*', 'KMS:enc*', 'kms:Encrypt', 'kms:?ecrypt', 's3:GetObject', 's3:*')
const resources = some(
  '*',
  'arn:aws:kms:*:*:key/*',
  `arn:aws:kms:us-east-1:${HOME}:key/a`,
  `arn:aws:kms:*:${AWAY}:key/?`,
  'arn:aws:s3:::*/home/${aws:username}',
  'arn:aws:s3:::bucket/*',
)
const principals = fc.oneof(
  fc.constant('*' as const),
  some(
    '*',
    HOME,
    `arn:aws:iam::${HOME}:root`,
    `arn:aws:iam::${AWAY}:root`,
    `arn:aws:iam::${HOME}:user/alice`,
    `arn:aws:iam::${HOME}:role/app`,
    `arn:aws:sts::${HOME}:assumed-role/app/one`,
    'AIDAALICE00000000001',
    'AIDAALICE00000000002',
    'AROAAPP0000000000001',
    'AROAAPP0000000000001:one',
    'AROAAPP0000000000001:two',
  ).map((AWS) => ({ AWS })),
  some('ssm.amazonaws.com', 'logs.amazonaws.com').map((Service) => ({ Service })),
)
const textOperators = fc.constantFrom(
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
)
const numberOperators = fc.constantFrom(
  'NumericEquals',
  'NumericNotEquals',
  'NumericLessThan',
  'NumericGreaterThanEquals',
)
const decorated = fc
  .record({
    quantifier: fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
    suffix: fc.constantFrom('', '', 'IfExists'),
    name: fc.oneof(textOperators, numberOperators, fc.constant('Bool')),
  })
  .map(({ quantifier, suffix, name }) => `${quantifier}${name}${suffix}`)
const keys = fc.constantFrom('aws:username', 'aws:tagkeys', 'kms:viaservice')
const conditions = fc.oneof(
  fc.record({ operator: fc.constant('Null'), key: keys, values: some('true', 'false') }),
  fc.record({ operator: decorated, key: keys, values: fc.constant(['']) }).chain((drawn) => {
    const values = drawn.operator.includes('Numeric')
      ? some('1', '2', '10.5')
      : some('alice', 'a*', '?', 'true', '1', '')
    return values.map((drawnValues) => ({ ...drawn, values: drawnValues }))
  }),
)
const condition = fc
  .option(conditions, { nil: undefined, freq: 2 })
  .map((drawn) => drawn && { [drawn.operator]: { [drawn.key]: drawn.values } })

function statements(hasPrincipal: boolean): fc.Arbitrary<NaiveStatement[]> {
  const statement = fc
    .record({
      Effect: fc.constantFrom(
        'Allow' as const,
        'Allow' as const,
        'Allow' as const,
        'Deny' as const,
      ),
      isNotAction: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
      isNotResource: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
      actions,
      resources,
      principals,
      condition,
    })
    .map((drawn): NaiveStatement => ({
      Effect: drawn.Effect,
      ...(hasPrincipal && { Principal: drawn.principals }),
      ...(drawn.isNotAction ? { NotAction: drawn.actions } : { Action: drawn.actions }),
      ...(drawn.isNotResource ? { NotResource: drawn.resources } : { Resource: drawn.resources }),
      ...(drawn.condition && { Condition: drawn.condition }),
    }))
  return fc.array(statement, { minLength: 1, maxLength: 3 })
}

const callers = fc.constantFrom<
  Pick<NaiveRequest, 'kind' | 'account' | 'arn' | 'id' | 'roleArn' | 'service'>
>(
  {
    kind: 'user',
    account: HOME,
    arn: `arn:aws:iam::${HOME}:user/alice`,
    id: 'AIDAALICE00000000001',
  },
  { kind: 'root', account: HOME, arn: `arn:aws:iam::${HOME}:root` },
  {
    kind: 'assumed-role',
    account: HOME,
    arn: `arn:aws:sts::${HOME}:assumed-role/app/one`,
    id: 'AROAAPP0000000000001:one',
    roleArn: `arn:aws:iam::${HOME}:role/app`,
  },
  { kind: 'service', account: '', arn: '', service: 'ssm.amazonaws.com' },
  { kind: 'anonymous', account: '', arn: '' },
)
const contextValues = fc.uniqueArray(fc.constantFrom('alice', 'a', 'true', '1', '10.5', '', '*'), {
  maxLength: 2,
})
const maybe = <T>(drawn: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(drawn, { nil: undefined, freq: 1 })

function forEveryone(level: readonly NaiveStatement[]): NaiveStatement[] {
  return level.map((statement) => ({ ...statement, Principal: '*' }))
}

const requests: fc.Arbitrary<NaiveRequest> = fc
  .record({
    caller: callers,
    action: fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 's3:GetObject'),
    resource: fc.constantFrom(
      '*',
      `arn:aws:kms:us-east-1:${HOME}:key/a`,
      `arn:aws:kms:us-east-1:${AWAY}:key/b`,
      'arn:aws:s3:::bucket/home/alice',
      'arn:aws:s3:::bucket/a:b:home/*',
    ),
    owner: fc.constantFrom(HOME, HOME, AWAY),
    context: fc.dictionary(keys, contextValues, { maxKeys: 3 }),
    identity: statements(false),
    boundary: maybe(statements(false)),
    session: maybe(statements(false)),
    resourcePolicy: maybe(statements(true)),
    anchored: fc.boolean(),
    granted: fc.integer({ min: 0, max: 7 }).map((drawn) => drawn === 0),
    accountGranted: fc.integer({ min: 0, max: 7 }).map((drawn) => drawn === 0),
    scps: maybe(fc.array(statements(false), { minLength: 1, maxLength: 2 })),
    rcps: maybe(fc.array(statements(false).map(forEveryone), { minLength: 1, maxLength: 2 })),
  })
  .map(({ caller, boundary, session, resourcePolicy, scps, rcps, ...rest }) => ({
    ...caller,
    ...rest,
    ...(boundary && { boundary }),
    ...(session && { session }),
    ...(resourcePolicy && { resourcePolicy }),
    ...(scps && { scps }),
    ...(rcps && { rcps }),
  }))

function source(id: string, kind: PolicyKind, document: readonly NaiveStatement[]): PolicySource {
  const json = JSON.stringify({ Version: '2012-10-17', Statement: document })
  return { id, policy: compilePolicy(json, kind) }
}

function principalOf({ kind, account, ...named }: NaiveRequest): RequestPrincipal {
  const { arn, id, roleArn, service } = named
  return {
    kind,
    accountId: account,
    arn,
    ...(id && { principalId: id }),
    ...(roleArn && { roleArn }),
    ...(service && { service }),
  }
}

function hasAccount({ kind }: NaiveRequest): boolean {
  return kind !== 'service' && kind !== 'anonymous'
}

function compiled(request: NaiveRequest): AuthorizationRequest {
  const { boundary, session, resourcePolicy, scps, rcps } = request
  return {
    principal: principalOf(request),
    action: request.action,
    resource: request.resource,
    resourceAccountId: request.owner,
    context: contextOf(request.context),
    identityPolicies: [source('identity', 'identity', request.identity)],
    ...(boundary && { permissionsBoundary: source('boundary', 'identity', boundary) }),
    ...(session && { sessionPolicies: [source('session', 'session', session)] }),
    ...(resourcePolicy && { resourcePolicy: source('resource', 'resource', resourcePolicy) }),
    grants: [
      ...(request.accountGranted && hasAccount(request)
        ? [{ id: 'account', toAccount: true }]
        : []),
      ...(request.granted ? [{ id: 'grant' }] : []),
    ],
    ...(scps && { scps: scps.map((level, index) => [source(`scp${index}`, 'scp', level)]) }),
    ...(rcps && { rcps: rcps.map((level, index) => [source(`rcp${index}`, 'rcp', level)]) }),
    resourcePolicyIsTrustAnchor: request.anchored,
  }
}

test('random policies and requests are decided as the naive evaluator decides them', () => {
  let ran = 0
  let allowed = 0
  fc.assert(
    fc.property(requests, (request) => {
      const decision = authorize(compiled(request))
      ran++
      if (decision.allowed) allowed++
      assert.equal(decision.allowed, naivelyAllowed(request))
    }),
    { numRuns: RUNS },
  )
  assert.equal(ran, RUNS)
  assert.ok(allowed > RUNS / 20 && allowed < (RUNS * 19) / 20, `${allowed} were allowed`)
})

test('an explanation agrees with the decision and names an applying deny whenever one denied', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const prepared = compiled(request)
      const { decision, matched } = explain(prepared)
      assert.deepEqual(decision, authorize(prepared))
      const isDenied = matched.some(({ effect }) => effect === 'Deny')
      assert.equal(decision.reason === 'explicit-deny', isDenied)
    }),
    { numRuns: 500 },
  )
})
