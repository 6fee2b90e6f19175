import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { KMS } from '@aws-sdk/client-kms'
import { SSM } from '@aws-sdk/client-ssm'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let ssm: SSM
let kms: KMS

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
  kms = bartizan.client(KMS)
})
after(() => bartizan.close())

const reading = {
  Effect: 'Allow',
  Action: ['ssm:GetParameter*', 'ssm:PutParameter'],
  Resource: 'arn:aws:ssm:*:*:parameter/secret/*',
}

test('the AWS managed key comes into being with the first SecureString', async () => {
  const { Aliases = [] } = await kms.listAliases({})
  assert.ok(!Aliases.some(({ AliasName }) => AliasName === 'alias/aws/ssm'))
  await ssm.putParameter({ Name: '/secret/first', Value: 'hidden', Type: 'SecureString' })
  const { Aliases: after_ = [] } = await kms.listAliases({})
  assert.ok(after_.some(({ AliasName }) => AliasName === 'alias/aws/ssm'))
  const { KeyMetadata } = await kms.describeKey({ KeyId: 'alias/aws/ssm' })
  assert.equal(KeyMetadata?.KeyManager, 'AWS')
})

test('SecureStrings of both tiers are ciphertext until they are decrypted', async () => {
  for (const Tier of ['Standard', 'Advanced'] as const) {
    const Name = `/secret/${Tier}`
    const Value = 'é'.repeat(Tier === 'Standard' ? 2048 : 4096)
    await ssm.putParameter({ Name, Value, Type: 'SecureString', Tier })
    const sealed = (await ssm.getParameter({ Name })).Parameter?.Value ?? ''
    assert.match(sealed, /^[A-Za-z0-9+/]{4000,}=*$/)
    assert.ok(!Buffer.from(sealed, 'base64').toString('utf8').includes('éé'))
    const open = await ssm.getParameter({ Name, WithDecryption: true })
    assert.equal(open.Parameter?.Value, Value)
    const [listed] =
      (await ssm.getParameters({ Names: [Name], WithDecryption: true })).Parameters ?? []
    assert.equal(listed?.Value, Value)
  }
  const { Parameters } = await ssm.getParametersByPath({ Path: '/secret', WithDecryption: true })
  assert.deepEqual(
    Parameters?.map(({ Value }) => Value?.length),
    [4096, 2048, 6],
  )
})

test('a standard value is what KMS made under the parameter’s ARN; an advanced one has a data key', async () => {
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Name = '/secret/direct'
  await ssm.putParameter({ Name, Value: 'hidden', Type: 'SecureString', KeyId })
  const { Parameter } = await ssm.getParameter({ Name })
  const CiphertextBlob = Buffer.from(Parameter?.Value ?? '', 'base64')
  const EncryptionContext = { PARAMETER_ARN: Parameter?.ARN ?? '' }
  const { Plaintext } = await kms.decrypt({ CiphertextBlob, EncryptionContext })
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'hidden')
  await assert.rejects(kms.decrypt({ CiphertextBlob }), { name: 'InvalidCiphertextException' })
  await ssm.putParameter({
    Name: '/secret/enveloped',
    Value: 'x',
    Type: 'SecureString',
    KeyId,
    Tier: 'Advanced',
  })
  const trail = bartizan.client(CloudTrail)
  const { Events = [] } = await trail.lookupEvents({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GenerateDataKey' }],
  })
  const records = Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent))
  const [record] = records.filter(({ requestParameters }) => requestParameters?.keyId === KeyId)
  assert.deepEqual(record.requestParameters.encryptionContext, {
    PARAMETER_ARN: EncryptionContext.PARAMETER_ARN.replace('direct', 'enveloped'),
  })
})

test('one value cannot be passed off as another parameter’s', async () => {
  const blobs = new Set<string>()
  for (const Name of ['/secret/same-1', '/secret/same-2']) {
    await ssm.putParameter({ Name, Value: 'same', Type: 'SecureString' })
    blobs.add((await ssm.getParameter({ Name })).Parameter?.Value ?? '')
  }
  assert.equal(blobs.size, 2)
})

test('the managed key needs no permission of its own; a customer’s key needs kms:Decrypt', async () => {
  const { credentials } = await newUser(bartizan, 'reader', [reading])
  const reader = bartizan.client(SSM, { credentials })
  const first = { Name: '/secret/first', WithDecryption: true }
  assert.equal((await reader.getParameter(first)).Parameter?.Value, 'hidden')
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.Arn ?? ''
  const Name = '/secret/of-customer'
  await ssm.putParameter({ Name, Value: 'hidden', Type: 'SecureString', KeyId })
  assert.ok((await reader.getParameter({ Name })).Parameter?.Value)
  const denied = { name: 'AccessDeniedException', message: /kms:Decrypt/ }
  await assert.rejects(reader.getParameter({ Name, WithDecryption: true }), denied)
  await assert.rejects(reader.getParameters({ Names: [Name], WithDecryption: true }), denied)
  const path = { Path: '/secret/', Recursive: true, WithDecryption: true }
  await assert.rejects(reader.getParametersByPath(path), denied)
  const next = { Name, Value: 'next', Overwrite: true, KeyId }
  await assert.rejects(reader.putParameter(next), {
    name: 'AccessDeniedException',
    message: /kms:Encrypt/,
  })
  const throughStore = {
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:Encrypt'],
    Resource: KeyId,
    Condition: {
      StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' },
      StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': 'arn:aws:ssm:*:*:parameter/secret/*' },
    },
  }
  const other = await newUser(bartizan, 'key-user', [reading, throughStore])
  const allowed = bartizan.client(SSM, { credentials: other.credentials })
  const { Parameter } = await allowed.getParameter({ Name, WithDecryption: true })
  assert.equal(Parameter?.Value, 'hidden')
  const { Version } = await allowed.putParameter(next)
  assert.equal(Version, 2)
})

test('keys that are not there, disabled or of the wrong kind are told as InvalidKeyId', async () => {
  const put = (KeyId: string) =>
    ssm.putParameter({ Name: '/secret/odd', Value: 'x', Type: 'SecureString', KeyId })
  await assert.rejects(put('alias/none'), { name: 'InvalidKeyId', message: /alias\/none/ })
  const signing = await kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await assert.rejects(put(signing.KeyMetadata?.KeyId ?? ''), { name: 'InvalidKeyId' })
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  await put(KeyId)
  await kms.disableKey({ KeyId })
  const Name = '/secret/odd'
  const disabled = { name: 'InvalidKeyId', message: /is disabled/ }
  await assert.rejects(ssm.getParameter({ Name, WithDecryption: true }), disabled)
  await assert.rejects(ssm.getParameters({ Names: [Name], WithDecryption: true }), disabled)
  assert.ok((await ssm.getParameter({ Name })).Parameter?.Value)
  await kms.enableKey({ KeyId })
  assert.equal((await ssm.getParameter({ Name, WithDecryption: true })).Parameter?.Value, 'x')
})

test('old versions are readable after the key’s material has changed', async () => {
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Name = '/secret/rotated'
  await ssm.putParameter({ Name, Value: 'one', Type: 'SecureString', KeyId })
  await kms.rotateKeyOnDemand({ KeyId })
  await ssm.putParameter({ Name, Value: 'two', Overwrite: true, KeyId })
  const { Parameters } = await ssm.getParameterHistory({ Name, WithDecryption: true })
  assert.deepEqual(
    Parameters?.map(({ Value, KeyId: key }) => [Value, key]),
    [
      ['one', KeyId],
      ['two', KeyId],
    ],
  )
})

test('a version that is put without a key is under the default key, whatever the one before was under', async () => {
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Name = '/secret/rekeyed'
  await ssm.putParameter({ Name, Value: 'one', Type: 'SecureString', KeyId })
  await ssm.putParameter({ Name, Value: 'two', Overwrite: true })
  await kms.disableKey({ KeyId })
  const { Parameter } = await ssm.getParameter({ Name, WithDecryption: true })
  assert.equal(Parameter?.Value, 'two')
  const { Parameters } = await ssm.getParameterHistory({ Name })
  assert.deepEqual(
    Parameters?.map(({ KeyId: key }) => key),
    [KeyId, 'alias/aws/ssm'],
  )
})
