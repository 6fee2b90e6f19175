import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { STS, type Credentials } from '@aws-sdk/client-sts'
import {
  signedFetch,
  startTestServer,
  type TestCredentials,
  type TestServer,
} from '@bartizan/testkit'
import { users } from './kernel/identity/tables.ts'
import { beginWork } from './kernel/unit-of-work.ts'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LOG_LEVEL: 'silent' })
})
after(() => bartizan.close())

const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

async function powerfulUser(UserName: string): Promise<TestCredentials> {
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName })
  await iam.putUserPolicy({ UserName, PolicyName: 'all', PolicyDocument: everything })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

function sessionOf(credentials: Credentials | undefined): TestCredentials {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

test('sessions of a deleted user do not come back with a new user of the same name', async () => {
  const iam = bartizan.client(IAM)
  const UserName = 'again'
  const credentials = await powerfulUser(UserName)
  const sts = bartizan.client(STS, { credentials })
  const answers = [
    await sts.getSessionToken({}),
    await sts.getFederationToken({ Name: 'again', Policy: everything }),
  ]
  const sessions = answers.map((answer) => sessionOf(answer.Credentials))
  const calls = sessions.map((each) => bartizan.client(KMS, { credentials: each }))
  for (const kms of calls) await kms.listKeys({})
  await iam.deleteAccessKey({ UserName, AccessKeyId: credentials.accessKeyId })
  await iam.deleteUserPolicy({ UserName, PolicyName: 'all' })
  await iam.deleteUser({ UserName })
  await bartizan.advance('1s')
  await powerfulUser(UserName)
  for (const kms of calls) {
    await assert.rejects(kms.listKeys({}), { name: 'UnrecognizedClientException' })
  }
  assert.equal(calls.length, 2)
})

test('a permissions boundary that is not there any more allows nothing', async () => {
  const credentials = await powerfulUser('bounded')
  const kms = bartizan.client(KMS, { credentials })
  await kms.listKeys({})
  const { store } = bartizan.server.kernel
  const work = beginWork(store, bartizan.accountId, 'us-east-1')
  const row = await work.store.table(users).get('bounded')
  assert.ok(row)
  const boundary = `arn:aws:iam::${bartizan.accountId}:policy/lost`
  work.store.table(users).put('bounded', { ...row, boundary })
  await store.commit({ ...(await work.batch()), audit: [] })
  await assert.rejects(kms.listKeys({}), /no permissions boundary allows/)
})

test('another account is told the same of a key that exists and of one that does not', async () => {
  const other = await bartizan.createAccount()
  const stranger = bartizan.client(KMS, { credentials: other.credentials })
  const { KeyMetadata } = await bartizan.client(KMS).createKey({})
  const arn = KeyMetadata?.Arn ?? ''
  const missing = arn.replace(/.{4}$/, arn.endsWith('0000') ? '1111' : '0000')
  const messageFor = (KeyId: string): Promise<string> =>
    stranger.describeKey({ KeyId }).then(
      () => '',
      (error: Error) => error.message,
    )
  assert.match(await messageFor(arn), /on this resource because the resource does not exist/)
  assert.equal(await messageFor(arn), await messageFor(missing))
})

test('administration is recorded, allowed and refused alike', async () => {
  const other = await bartizan.createAccount()
  const act = (credentials: TestCredentials): Promise<Response> =>
    signedFetch(bartizan.endpoint, {
      service: 'bartizan',
      credentials,
      path: '/_bartizan/clock',
      body: '{"advance":"1s"}',
    })
  assert.equal((await act(bartizan.credentials)).status, 200)
  assert.equal((await act(other.credentials)).status, 403)
  const LookupAttributes = [{ AttributeKey: 'EventName', AttributeValue: 'AdvanceClock' } as const]
  for (const [credentials, errorCode] of [
    [bartizan.credentials, undefined],
    [other.credentials, 'AccessDeniedException'],
  ] as const) {
    const trail = bartizan.client(CloudTrail, { credentials })
    const { Events = [] } = await trail.lookupEvents({ LookupAttributes })
    const record = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}') as Record<string, unknown>
    assert.equal(Events.length, 1)
    assert.equal(record['errorCode'], errorCode)
    assert.deepEqual(record['requestParameters'], { advance: '1s' })
  }
})

test('a call whose record cannot be written fails and changes nothing', async () => {
  const { store } = bartizan.server.kernel
  const commit = store.commit.bind(store)
  store.commit = (batch) =>
    batch.audit.length > 0 ? Promise.reject(new Error('no space left on device')) : commit(batch)
  const kms = bartizan.client(KMS)
  const { Keys: before } = await kms.listKeys({}).catch(() => ({ Keys: undefined }))
  await assert.rejects(kms.createKey({}), { name: /Internal/ })
  await assert.rejects(kms.listKeys({}), { name: /Internal/ })
  store.commit = commit
  assert.equal(before, undefined)
  const { Keys = [] } = await kms.listKeys({})
  assert.equal(Keys.length, 1)
})
