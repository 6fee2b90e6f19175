import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM, type AccessKey } from '@aws-sdk/client-iam'
import {
  signedFetch,
  startTestServer,
  type TestCredentials,
  type TestServer,
} from '@bartizan/testkit'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer()
})
after(() => bartizan.close())

async function post(
  action: string,
  body: object,
  credentials: TestCredentials = bartizan.credentials,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await signedFetch(bartizan.endpoint, {
    service: 'bartizan',
    credentials,
    path: `/_bartizan/${action}`,
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('health answers without credentials and shows the moved time', async () => {
  const before = Date.now()
  const moved = await post('clock', { advance: '365d' })
  assert.equal(moved.status, 200)
  const response = await fetch(`${bartizan.endpoint}/_bartizan/health`)
  const health = (await response.json()) as { status: string; now: string }
  assert.equal(health.status, 'ok')
  assert.ok(Date.parse(health.now) - before >= 365 * 86_400_000)
})

test('calls signed by the machine’s clock are accepted after the server’s was moved', async () => {
  await post('clock', { advance: '12h' })
  const { Users } = await bartizan.client(IAM).listUsers({})
  assert.equal(Users?.length, 1)
})

test('a duration that is none is refused and the clock stays', async () => {
  const before = bartizan.now()
  const durations = ['', '5', '-1d', '1y', '99999999999d', 5, undefined]
  for (const advance of durations) {
    const { status } = await post('clock', { advance })
    assert.equal(status, 400)
  }
  assert.equal(durations.length, 7)
  assert.ok(bartizan.now().getTime() - before.getTime() < 60_000)
})

test('metrics are for loopback and count calls', async () => {
  await bartizan.client(IAM).listUsers({})
  const text = await (await fetch(`${bartizan.endpoint}/_bartizan/metrics`)).text()
  assert.match(text, /bartizan_calls_total\{service="iam",operation="ListUsers",code=""\} \d/)
})

test('administration needs a signature', async () => {
  const response = await fetch(`${bartizan.endpoint}/_bartizan/reset`, { method: 'POST' })
  assert.equal(response.status, 403)
})

test('a user of the first account without the permission may not reset', async () => {
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'weak' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'weak' })
  const { status, body } = await post('reset', {}, keyOf(AccessKey))
  assert.equal(status, 403)
  assert.match(String(body['message']), /not authorized to perform: bartizan:Reset/)
})

test('an administrator of another account may not administer the installation', async () => {
  const other = await bartizan.createAccount()
  const { status } = await post('reset', {}, other.credentials)
  assert.equal(status, 403)
})

test('a new account has an administrator of its own, and a taken id is refused', async () => {
  const body = { name: 'dev', email: 'dev@example.com', accountId: '222233334444' }
  const created = await post('accounts', body)
  assert.equal(created.status, 200)
  const credentials = created.body['admin'] as TestCredentials
  const { User } = await bartizan.client(IAM, { credentials }).getUser({})
  assert.equal(User?.Arn, 'arn:aws:iam::222233334444:user/admin')
  assert.equal((await post('accounts', body)).status, 409)
})

test('a new account needs neither a name nor an address', async () => {
  const { status, body } = await post('accounts', {})
  assert.equal(status, 200)
  assert.match(String(body['accountId']), /^\d{12}$/)
})

test('production mode refuses to move the clock and to reset', async () => {
  const production = await startTestServer({ BARTIZAN_MODE: 'production' })
  const act = (action: string): Promise<Response> =>
    signedFetch(production.endpoint, {
      service: 'bartizan',
      credentials: production.credentials,
      path: `/_bartizan/${action}`,
      body: '{"advance":"1d"}',
    })
  assert.equal((await act('clock')).status, 403)
  assert.equal((await act('reset')).status, 403)
  await production.close()
})

test('a reset brings back the first start with the same credentials', async () => {
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'gone' })
  const { status } = await post('reset', {})
  assert.equal(status, 200)
  const { Users } = await iam.listUsers({})
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['admin'],
  )
  assert.ok(Math.abs(bartizan.now().getTime() - Date.now()) < 60_000)
})

function keyOf(key: AccessKey | undefined): TestCredentials {
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
}
