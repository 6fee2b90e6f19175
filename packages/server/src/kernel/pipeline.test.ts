import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { signedFetch, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer()
})
after(() => bartizan.close())

const iamBody = (action: string, more = ''): string => `Action=${action}&Version=2010-05-08${more}`

async function callIam(
  body: string,
  options: { service?: string; secret?: string; keyId?: string } = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const { accessKeyId, secretAccessKey } = bartizan.credentials
  const response = await signedFetch(bartizan.endpoint, {
    service: options.service ?? 'iam',
    credentials: {
      accessKeyId: options.keyId ?? accessKeyId,
      secretAccessKey: options.secret ?? secretAccessKey,
    },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

test('an unsigned call is refused as missing its token, with a request id', async () => {
  const response = await fetch(bartizan.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: iamBody('ListUsers'),
  })
  const text = await response.text()
  assert.equal(response.status, 403)
  assert.match(text, /<Code>MissingAuthenticationToken<\/Code>/)
  assert.match(text, /Request is missing Authentication Token/)
  assert.match(response.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/)
})

test('a wrong secret is SignatureDoesNotMatch and an unknown key InvalidClientTokenId', async () => {
  const wrong = await callIam(iamBody('ListUsers'), { secret: 'wrong' })
  assert.equal(wrong.status, 403)
  assert.match(wrong.text, /<Code>SignatureDoesNotMatch<\/Code>/)
  const unknown = await callIam(iamBody('ListUsers'), { keyId: 'AKIANOBODYATALL00000' })
  assert.equal(unknown.status, 403)
  assert.match(unknown.text, /<Code>InvalidClientTokenId<\/Code>/)
})

test('a signature for one service does not open another', async () => {
  const { status, text } = await callIam(iamBody('ListUsers'), { service: 'sts' })
  assert.equal(status, 400)
  assert.match(text, /<Code>InvalidAction<\/Code>/)
})

test('an operation that AWS does not have is InvalidAction', async () => {
  const { status, text } = await callIam(iamBody('MakeCoffee'))
  assert.equal(status, 400)
  assert.match(text, /<Code>InvalidAction<\/Code>/)
})

test('a form that names no operation of a service of two protocols is answered as forms are', async () => {
  const { status, text } = await callIam('Action=MakeCoffee&Version=2012-11-05', { service: 'sqs' })
  assert.equal(status, 400)
  assert.match(text, /^<ErrorResponse.*<Code>InvalidAction<\/Code>/)
})

test('an operation that Bartizan does not have says so and is no success', async () => {
  const { status, text } = await callIam(iamBody('GenerateOrganizationsAccessReport'))
  assert.equal(status, 501)
  assert.match(text, /<Code>NotImplemented<\/Code>/)
  assert.match(text, /iam:GenerateOrganizationsAccessReport is not implemented by Bartizan/)
})

test('a service that Bartizan does not have says so', async () => {
  const { status, text } = await callIam(iamBody('ListUsers'), { service: 'polly' })
  assert.equal(status, 501)
  assert.match(text, /polly/)
})

test('a body beyond the limit is refused with 413 and the server goes on', async () => {
  const response = await fetch(bartizan.endpoint, {
    method: 'POST',
    body: Buffer.alloc(9 * 1024 * 1024),
  }).catch((error: unknown) => error)
  if (response instanceof Response) assert.equal(response.status, 413)
  assert.equal((await callIam(iamBody('ListUsers'))).status, 200)
})

test('every call is on record, the refused ones too, without any secret', async () => {
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'recorded' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'recorded' })
  const accessKeyId = AccessKey?.AccessKeyId ?? ''
  const secretAccessKey = AccessKey?.SecretAccessKey ?? ''
  const weak = bartizan.client(IAM, { credentials: { accessKeyId, secretAccessKey } })
  await assert.rejects(weak.listUsers({}), { name: 'AccessDenied' })
  const { store } = bartizan.server.kernel
  const log = await store.lookupAudit({ account: bartizan.accountId, limit: 100 })
  const records = log.map(({ record }) => record)
  const denied = records.find(({ errorCode }) => errorCode === 'AccessDenied')
  assert.equal(denied?.eventName, 'ListUsers')
  assert.equal(denied.userIdentity.userName, 'recorded')
  const created = records.find(({ eventName }) => eventName === 'CreateAccessKey')
  assert.match(JSON.stringify(created?.responseElements), new RegExp(accessKeyId))
  assert.doesNotMatch(JSON.stringify(records), new RegExp(secretAccessKey.replaceAll('+', '\\+')))
})

test('a signed call whose body cannot be read is refused and on record', async () => {
  const response = await signedFetch(bartizan.endpoint, {
    service: 'kms',
    credentials: bartizan.credentials,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.CreateKey',
    },
    body: '[]',
  })
  assert.equal(response.status, 400)
  const { store } = bartizan.server.kernel
  const [latest] = await store.lookupAudit({ account: bartizan.accountId, limit: 1 })
  assert.equal(latest?.record.eventName, 'CreateKey')
  assert.equal(latest.record.errorCode, 'SerializationException')
})

test('a user loses access the moment the access key is deactivated', async () => {
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'leaver' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'leaver' })
  const accessKeyId = AccessKey?.AccessKeyId ?? ''
  const credentials = { accessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const leaver = bartizan.client(IAM, { credentials })
  await assert.rejects(leaver.getUser({}), { name: 'AccessDenied' })
  await iam.updateAccessKey({ UserName: 'leaver', AccessKeyId: accessKeyId, Status: 'Inactive' })
  await assert.rejects(leaver.getUser({}), { name: 'InvalidClientTokenId' })
})

test('concurrent writers of one row all succeed or are told, and none is lost', async () => {
  const iam = bartizan.client(IAM)
  await iam.createUser({ UserName: 'busy' })
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
  await Promise.all(
    keys.map((Key) => iam.tagUser({ UserName: 'busy', Tags: [{ Key, Value: 'v' }] })),
  )
  const { Tags } = await iam.listUserTags({ UserName: 'busy' })
  assert.deepEqual(Tags?.map(({ Key }) => Key).sort(), [...keys].sort())
})
