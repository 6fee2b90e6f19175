import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accessDeniedMessage,
  authorize,
  compilePolicy,
  conditionKeysUsed,
  contextOf,
  explain,
  parseArn,
  policyAllowsPublic,
} from './index.ts'
import type { AuthorizationRequest, PolicyKind, PolicySource, RequestPrincipal } from './index.ts'

const HOME = '111122223333'
const AWAY = '444455556666'
const KEY = `arn:aws:kms:us-east-1:${HOME}:key/1234abcd`
const ROLE = `arn:aws:iam::${HOME}:role/app`
const SESSION = `arn:aws:sts::${HOME}:assumed-role/app/one`
const USER = `arn:aws:iam::${HOME}:user/alice`

const alice: RequestPrincipal = { kind: 'user', accountId: HOME, arn: USER }
const mallory: RequestPrincipal = {
  kind: 'user',
  accountId: AWAY,
  arn: `arn:aws:iam::${AWAY}:user/mallory`,
}
const root: RequestPrincipal = { kind: 'root', accountId: HOME, arn: `arn:aws:iam::${HOME}:root` }
const session: RequestPrincipal = {
  kind: 'assumed-role',
  accountId: HOME,
  arn: SESSION,
  roleArn: ROLE,
}
const federated: RequestPrincipal = {
  kind: 'federated-user',
  accountId: HOME,
  arn: `arn:aws:sts::${HOME}:federated-user/bob`,
}
const ssm: RequestPrincipal = {
  kind: 'service',
  accountId: '',
  arn: '',
  service: 'ssm.amazonaws.com',
}
const anonymous: RequestPrincipal = { kind: 'anonymous', accountId: '', arn: '' }
const PROVIDER = `arn:aws:iam::${HOME}:oidc-provider/token.actions.githubusercontent.com`
const webIdentity: RequestPrincipal = {
  kind: 'web-identity',
  accountId: '',
  arn: '',
  federatedProvider: PROVIDER,
}

const source = (kind: PolicyKind, ...statements: readonly object[]): PolicySource => ({
  id: kind,
  policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind),
})
const statement = (change: object = {}): object => ({
  Effect: 'Allow',
  Action: 'kms:Encrypt',
  Resource: '*',
  ...change,
})
const identity = (change: object = {}): PolicySource => source('identity', statement(change))
const toward = (Principal: unknown, change: object = {}): PolicySource =>
  source('resource', statement({ Principal, ...change }))
const SCP = 'arn:aws:organizations::111122223333:policy/o-example/service_control_policy/p-example'
const DENY = { Effect: 'Deny' }
const OTHER = { Action: 'kms:Decrypt' }

function request(change: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    principal: alice,
    action: 'kms:Encrypt',
    resource: KEY,
    resourceAccountId: HOME,
    context: contextOf({}),
    identityPolicies: [],
    ...change,
  }
}

type Row = readonly [name: string, change: Partial<AuthorizationRequest>, outcome: string]

const anchored = { resourcePolicyIsTrustAnchor: true }
const allowing = { identityPolicies: [identity()] }
const limited = { sessionPolicies: [source('session', statement(OTHER))] }
const bounded = { permissionsBoundary: identity(OTHER) }
const delegating = toward({ AWS: HOME })

const ROWS: readonly Row[] = [
  ['nothing allows', {}, 'implicit-deny by identity'],
  ['an identity policy allows', allowing, 'allowed by identity'],
  [
    'an identity deny wins',
    { identityPolicies: [identity(), identity(DENY)] },
    'explicit-deny by identity',
  ],
  [
    'a resource deny wins',
    { ...allowing, resourcePolicy: toward('*', DENY) },
    'explicit-deny by resource',
  ],
  [
    'a boundary deny wins',
    { ...allowing, permissionsBoundary: identity(DENY) },
    'explicit-deny by boundary',
  ],
  [
    'a session deny wins',
    { ...allowing, sessionPolicies: [source('session', statement(DENY))] },
    'explicit-deny by session',
  ],
  [
    'an SCP deny wins',
    { ...allowing, scps: [[source('scp', statement(), statement(DENY))]] },
    'explicit-deny by scp',
  ],
  [
    'an RCP deny wins',
    { ...allowing, rcps: [[source('rcp', statement({ ...DENY, Principal: '*' }))]] },
    'explicit-deny by rcp',
  ],
  [
    'every SCP level must allow',
    { ...allowing, scps: [[source('scp', statement())], [source('scp', statement(OTHER))]] },
    'implicit-deny by scp',
  ],
  [
    'any SCP of a level is enough',
    { ...allowing, scps: [[source('scp', statement(OTHER)), source('scp', statement())]] },
    'allowed by identity',
  ],
  [
    'an RCP that does not allow',
    { ...allowing, rcps: [[source('rcp', statement({ ...OTHER, Principal: '*' }))]] },
    'implicit-deny by rcp',
  ],
  ['a boundary limits identity policies', { ...allowing, ...bounded }, 'implicit-deny by boundary'],
  [
    'a boundary alone gives nothing',
    { permissionsBoundary: identity() },
    'implicit-deny by identity',
  ],
  [
    'a session policy limits identity policies',
    { ...allowing, ...limited, principal: session },
    'implicit-deny by session',
  ],
  [
    'no session policy of several allows',
    { ...allowing, sessionPolicies: [] },
    'implicit-deny by session',
  ],
  [
    'a resource policy naming the user',
    { resourcePolicy: toward({ AWS: USER }) },
    'allowed by resource',
  ],
  [
    'a resource policy naming the user passes its boundary',
    { ...bounded, resourcePolicy: toward({ AWS: USER }) },
    'allowed by resource',
  ],
  [
    'a resource policy for everyone',
    { ...bounded, resourcePolicy: toward({ AWS: '*' }) },
    'allowed by resource',
  ],
  [
    'a resource policy for the account only delegates',
    { resourcePolicy: delegating },
    'implicit-deny by identity',
  ],
  [
    'naming the role',
    { principal: session, resourcePolicy: toward({ AWS: ROLE }) },
    'allowed by resource',
  ],
  [
    'naming the role is limited by the boundary',
    { principal: session, ...bounded, resourcePolicy: toward({ AWS: ROLE }) },
    'implicit-deny by boundary',
  ],
  [
    'naming the role is limited by session policies',
    { principal: session, ...limited, resourcePolicy: toward({ AWS: ROLE }) },
    'implicit-deny by session',
  ],
  [
    'naming the session passes boundary and session',
    { principal: session, ...bounded, ...limited, resourcePolicy: toward({ AWS: SESSION }) },
    'allowed by resource',
  ],
  [
    'naming the federated session',
    { principal: federated, sessionPolicies: [], resourcePolicy: toward({ AWS: federated.arn }) },
    'allowed by resource',
  ],
  [
    'another session of the role is not named',
    { principal: session, resourcePolicy: toward({ AWS: `${SESSION}2` }) },
    'implicit-deny by identity',
  ],
  [
    'NotPrincipal spares whom it names',
    {
      ...allowing,
      resourcePolicy: source('resource', statement({ ...DENY, NotPrincipal: { AWS: USER } })),
    },
    'allowed by identity',
  ],
  [
    'NotPrincipal denies another of a named account',
    {
      ...allowing,
      resourcePolicy: source(
        'resource',
        statement({ ...DENY, NotPrincipal: { AWS: [`${USER}2`, HOME] } }),
      ),
    },
    'explicit-deny by resource',
  ],
  [
    'a key policy without delegation',
    { ...allowing, ...anchored, resourcePolicy: toward({ AWS: ROLE }) },
    'implicit-deny by trust-anchor',
  ],
  ['a key without a policy', { ...allowing, ...anchored }, 'implicit-deny by trust-anchor'],
  [
    'a key policy that delegates',
    { ...allowing, ...anchored, resourcePolicy: delegating },
    'allowed by identity',
  ],
  [
    'delegation without an identity policy',
    { ...anchored, resourcePolicy: delegating },
    'implicit-deny by identity',
  ],
  [
    'delegation of another action',
    { ...allowing, ...anchored, resourcePolicy: toward({ AWS: HOME }, OTHER) },
    'implicit-deny by trust-anchor',
  ],
  [
    'delegation to another account',
    { ...allowing, ...anchored, resourcePolicy: toward({ AWS: AWAY }) },
    'implicit-deny by trust-anchor',
  ],
  [
    'a key policy naming the user',
    { ...anchored, resourcePolicy: toward({ AWS: USER }) },
    'allowed by resource',
  ],
  ['root in its account', { principal: root }, 'allowed by root'],
  ['root against an SCP', { principal: root, scps: [[]] }, 'implicit-deny by scp'],
  [
    'root against a resource deny',
    { principal: root, resourcePolicy: toward('*', DENY) },
    'explicit-deny by resource',
  ],
  [
    'root against a key policy that leaves it out',
    { principal: root, ...anchored, resourcePolicy: toward({ AWS: USER }) },
    'implicit-deny by trust-anchor',
  ],
  [
    'root under the default key policy',
    { principal: root, ...anchored, resourcePolicy: delegating },
    'allowed by resource',
  ],
  [
    'another account with both sides',
    { ...allowing, principal: mallory, resourcePolicy: toward({ AWS: AWAY }) },
    'allowed by resource',
  ],
  [
    'another account without its own side',
    { principal: mallory, resourcePolicy: toward({ AWS: mallory.arn }) },
    'implicit-deny by identity',
  ],
  [
    'another account without the resource side',
    { ...allowing, principal: mallory, resourcePolicy: delegating },
    'implicit-deny by resource',
  ],
  [
    'another account under its boundary',
    { ...allowing, ...bounded, principal: mallory, resourcePolicy: toward({ AWS: mallory.arn }) },
    'implicit-deny by boundary',
  ],
  [
    'a service with a resource policy',
    { principal: ssm, resourcePolicy: toward({ Service: 'ssm.amazonaws.com' }) },
    'allowed by resource',
  ],
  ['a service without one', { ...allowing, principal: ssm }, 'implicit-deny by resource'],
  [
    'a service under another name',
    { principal: ssm, resourcePolicy: toward({ Service: 'sns.amazonaws.com' }) },
    'implicit-deny by resource',
  ],
  [
    'anonymous callers and everyone',
    { principal: anonymous, resourcePolicy: toward('*') },
    'allowed by resource',
  ],
  [
    'anonymous callers otherwise',
    { principal: anonymous, resourcePolicy: delegating },
    'implicit-deny by resource',
  ],
  [
    'a web identity of the provider',
    { principal: webIdentity, ...anchored, resourcePolicy: toward({ Federated: PROVIDER }) },
    'allowed by resource',
  ],
  [
    'a web identity of another provider',
    { principal: webIdentity, ...anchored, resourcePolicy: toward({ Federated: `${PROVIDER}2` }) },
    'implicit-deny by resource',
  ],
  ['a grant', { ...anchored, grants: [{ id: 'g' }] }, 'allowed by grant'],
  [
    'a grant across accounts',
    { principal: mallory, ...anchored, grants: [{ id: 'g' }] },
    'allowed by grant',
  ],
  [
    'a grant to a service',
    { principal: ssm, ...anchored, grants: [{ id: 'g' }] },
    'allowed by grant',
  ],
  [
    'a grant against a deny',
    { ...anchored, grants: [{ id: 'g' }], identityPolicies: [identity(DENY)] },
    'explicit-deny by identity',
  ],
  [
    'a grant under session policies',
    { principal: session, ...limited, ...anchored, grants: [{ id: 'g' }] },
    'implicit-deny by session',
  ],
  [
    'a grant to a federated user without session policies',
    { principal: federated, ...anchored, sessionPolicies: [], grants: [{ id: 'g' }] },
    'allowed by grant',
  ],
  [
    'a grant against an SCP',
    { ...anchored, grants: [{ id: 'g' }], scps: [[]] },
    'implicit-deny by scp',
  ],
]

test('the layers combine as AWS documents its evaluation logic', () => {
  let ran = 0
  for (const [name, change, expected] of ROWS) {
    const { reason, by } = authorize(request(change))
    assert.equal(`${reason} by ${by}`, expected, name)
    ran++
  }
  assert.equal(ran, 57)
})

test('actions match in any case, resources exactly, wildcards within ARN fields', () => {
  const cases: readonly (readonly [change: object, resource: string, allowed: boolean])[] = [
    [{ Action: 'KMS:ENC*' }, KEY, true],
    [{ Action: '*' }, KEY, true],
    [{ Action: 'k?s:*' }, KEY, true],
    [{ Action: ['s3:*', 'kms:De*'] }, KEY, false],
    [{ Action: undefined, NotAction: 'kms:Decrypt' }, KEY, true],
    [{ Action: undefined, NotAction: 'kms:*' }, KEY, false],
    [{ Resource: KEY }, KEY, true],
    [{ Resource: KEY }, KEY.toUpperCase(), false],
    [{ Resource: `arn:aws:kms:*:${HOME}:key/*` }, KEY, true],
    [{ Resource: 'arn:aws:kms:*' }, KEY, true],
    [{ Resource: 'arn:aws:kms' }, KEY, true],
    [{ Resource: `arn:aws:kms:*:${AWAY}:key/*` }, KEY, false],
    [{ Resource: `arn:aws:kms:*:${AWAY}:key/*` }, `arn:aws:kms:x:${HOME}:y:${AWAY}:key/z`, false],
    [{ Resource: 'arn:aws:logs:*:*:log-group:*' }, `arn:aws:logs:r:${HOME}:log-group:a:b/c`, true],
    [{ Resource: 'arn:aws:s3:::b/${aws:username}/*' }, 'arn:aws:s3:::b/alice/x', true],
    [{ Resource: 'arn:aws:s3:::b/${aws:username}/*' }, 'arn:aws:s3:::b/bob/x', false],
    [{ Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}" }, 'arn:aws:s3:::b/none', true],
    [{ Resource: 'arn:aws:s3:::b/${*}' }, 'arn:aws:s3:::b/x', false],
    [{ Resource: '*' }, '*', true],
    [{ Resource: KEY }, '*', false],
    [{ Resource: undefined, NotResource: KEY }, KEY, false],
    [{ Resource: undefined, NotResource: KEY }, `${KEY}2`, true],
  ]
  const context = contextOf({ 'aws:username': 'alice' })
  for (const [change, resource, allowed] of cases) {
    const decision = authorize(request({ identityPolicies: [identity(change)], resource, context }))
    assert.equal(decision.allowed, allowed, `${JSON.stringify(change)} on ${resource}`)
  }
  assert.equal(cases.length, 22)
})

test('all operators and keys of a condition must hold', () => {
  const Condition = {
    StringEquals: {
      'kms:ViaService': ['ssm.us-east-1.amazonaws.com', 'x'],
      'kms:CallerAccount': HOME,
    },
    Bool: { 'aws:SecureTransport': 'true' },
  }
  const all = {
    'kms:viaservice': 'ssm.us-east-1.amazonaws.com',
    'kms:CallerAccount': HOME,
    'aws:SecureTransport': 'true',
  }
  const managedKey = toward({ AWS: '*' }, { Condition })
  const decide = (context: Record<string, string>): boolean =>
    authorize(request({ ...anchored, resourcePolicy: managedKey, context: contextOf(context) }))
      .allowed
  assert.equal(decide(all), true)
  for (const key of Object.keys(all)) assert.equal(decide({ ...all, [key]: 'other' }), false, key)
})

test('a denial reads as AWS words it', () => {
  const trust = source('trust', {
    Effect: 'Allow',
    Principal: { AWS: AWAY },
    Action: 'sts:AssumeRole',
  })
  const assume = { action: 'sts:AssumeRole', resource: ROLE, resourcePolicy: trust, ...anchored }
  const encrypt = `User: ${USER} is not authorized to perform: kms:Encrypt on resource: ${KEY}`
  const cases: readonly (readonly [Partial<AuthorizationRequest>, string])[] = [
    [{}, `${encrypt} because no identity-based policy allows the kms:Encrypt action`],
    [anchored, `${encrypt} because no resource-based policy allows the kms:Encrypt action`],
    [
      { ...allowing, ...bounded },
      `${encrypt} because no permissions boundary allows the kms:Encrypt action`,
    ],
    [
      { ...allowing, ...limited },
      `${encrypt} because no session policy allows the kms:Encrypt action`,
    ],
    [{ scps: [[]] }, `${encrypt} because no service control policy allows the kms:Encrypt action`],
    [
      { identityPolicies: [identity(DENY)] },
      `${encrypt} with an explicit deny in an identity-based policy`,
    ],
    [
      { resourcePolicy: toward('*', DENY) },
      `${encrypt} with an explicit deny in a resource-based policy`,
    ],
    [
      { scps: [[source('scp', statement(DENY))]] },
      `${encrypt} with an explicit deny in a service control policy`,
    ],
    [
      { scps: [[{ ...source('scp', statement(DENY)), id: SCP }]] },
      `${encrypt} with an explicit deny in a service control policy: ${SCP}`,
    ],
    [
      { rcps: [[{ ...source('rcp', statement({ ...DENY, Principal: '*' })), id: SCP }]] },
      `${encrypt} with an explicit deny in a resource control policy`,
    ],
    [
      assume,
      `User: ${USER} is not authorized to perform: sts:AssumeRole on resource: ${ROLE} because no role trust policy allows the sts:AssumeRole action`,
    ],
    [
      { resource: '*' },
      `User: ${USER} is not authorized to perform: kms:Encrypt on resource: * because no identity-based policy allows the kms:Encrypt action`,
    ],
  ]
  for (const [change, message] of cases) {
    const denied = request(change)
    assert.equal(accessDeniedMessage(denied, authorize(denied)), message)
  }
  assert.equal(cases.length, 12)
})

test('an explanation shows what applied, what did not fit, and which keys were missing', () => {
  const policies = source(
    'identity',
    statement({ Sid: 'One' }),
    statement({ Sid: 'Two', ...OTHER }),
    statement({
      Sid: 'Three',
      ...DENY,
      Condition: { StringEquals: { 'aws:RequestTag/Team': '${aws:username}' } },
    }),
  )
  const { decision, layers, matched, missingContextKeys } = explain(
    request({ identityPolicies: [policies] }),
  )
  assert.equal(decision.allowed, true)
  assert.deepEqual(
    matched.map(({ sid }) => sid),
    ['One'],
  )
  assert.deepEqual(
    layers.map(({ layer, verdict }) => [layer, verdict]),
    [['identity', 'allowed']],
  )
  assert.deepEqual(
    layers[0]?.statements.map(({ mismatch }) => mismatch),
    [undefined, 'action', 'condition'],
  )
  assert.deepEqual(missingContextKeys, ['aws:RequestTag/Team', 'aws:username'])
  assert.deepEqual(conditionKeysUsed(policies.policy), ['aws:RequestTag/Team', 'aws:username'])
})

test('a policy is public when an allow for everyone is not tied to fixed callers', () => {
  const when = (Condition: object): PolicySource => toward('*', { Condition })
  const cases: readonly (readonly [PolicySource, boolean])[] = [
    [toward('*'), true],
    [toward({ AWS: ['*'] }), true],
    [toward({ AWS: HOME }), false],
    [toward('*', DENY), false],
    [when({ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }), false],
    [when({ StringLike: { 'aws:PrincipalOrgID': 'o-*' } }), true],
    [when({ StringNotEquals: { 'aws:SourceAccount': HOME } }), true],
    [when({ StringEqualsIfExists: { 'aws:SourceAccount': HOME } }), true],
    [when({ ArnLike: { 'aws:SourceArn': `arn:aws:sns:*:${HOME}:*` } }), false],
    [when({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:*' } }), true],
    [when({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }), false],
    [when({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }), true],
    [when({ Bool: { 'aws:SecureTransport': 'true' } }), true],
  ]
  for (const [{ policy }, isPublic] of cases) assert.equal(policyAllowsPublic(policy), isPublic)
  assert.equal(cases.length, 13)
})

test('an ARN is read into its six fields', () => {
  assert.deepEqual(parseArn(`arn:aws:logs:us-east-1:${HOME}:log-group:a:*`), {
    partition: 'aws',
    service: 'logs',
    region: 'us-east-1',
    account: HOME,
    resource: 'log-group:a:*',
  })
  for (const text of ['', '*', 'arn:aws:s3', 'arn:aws:s3:::', 'urn:aws:s3:::b', 'arn::s3:::b']) {
    assert.equal(parseArn(text), undefined, text)
  }
})

test('of many policies those decide that speak of the action, asked for the first time and again', () => {
  const others = Array.from({ length: 40 }, () => identity(OTHER))
  const identityPolicies = [...others, identity(), identity({ ...DENY, Action: 'kms:Sign' })]
  const reasonOf = (action: string) => authorize(request({ identityPolicies, action })).reason
  for (let time = 0; time < 2; time++) {
    assert.equal(reasonOf('kms:Encrypt'), 'allowed')
    assert.equal(reasonOf('kms:Decrypt'), 'allowed')
    assert.equal(reasonOf('kms:Sign'), 'explicit-deny')
    assert.equal(reasonOf('kms:Verify'), 'implicit-deny')
  }
})
