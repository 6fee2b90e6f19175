import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let secrets: SecretsManager
before(async () => {
  bartizan = await startTestServer()
  secrets = bartizan.client(SecretsManager)
})
after(() => bartizan.close())

interface Rule {
  readonly Action: string | readonly string[]
  readonly Resource?: string
  readonly Condition?: object
}

let users = 0
/** A client of a new user that is allowed this. */
async function allowed(...rules: readonly Rule[]): Promise<SecretsManager> {
  const statements = rules.map((rule) => ({ Effect: 'Allow', Resource: '*', ...rule }))
  const { credentials } = await newUser(bartizan, `user-${++users}`, statements)
  return bartizan.client(SecretsManager, { credentials })
}

const denied = { name: 'AccessDeniedException' }

test('a secret under the AWS managed key needs no KMS permission; a key of one’s own needs both', async () => {
  const reader = await allowed({ Action: 'secretsmanager:GetSecretValue' })
  await secrets.createSecret({ Name: 'plain', SecretString: 'x' })
  assert.equal((await reader.getSecretValue({ SecretId: 'plain' })).SecretString, 'x')
  const kms = bartizan.client(KMS)
  const { KeyMetadata } = await kms.createKey({})
  const KmsKeyId = KeyMetadata?.Arn ?? ''
  const own = await secrets.createSecret({ Name: 'own-key', SecretString: 'x', KmsKeyId })
  await assert.rejects(reader.getSecretValue({ SecretId: 'own-key' }), {
    name: 'AccessDeniedException',
    message: 'Access to KMS is not allowed',
  })
  const both = await allowed(
    { Action: 'secretsmanager:GetSecretValue' },
    {
      Action: 'kms:Decrypt',
      Resource: KmsKeyId,
      Condition: {
        StringEquals: {
          'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
          'kms:EncryptionContext:SecretARN': own.ARN,
        },
      },
    },
  )
  assert.equal((await both.getSecretValue({ SecretId: 'own-key' })).SecretString, 'x')
  await kms.disableKey({ KeyId: KmsKeyId })
  await assert.rejects(secrets.getSecretValue({ SecretId: 'own-key' }), {
    name: 'DecryptionFailure',
  })
  await assert.rejects(secrets.putSecretValue({ SecretId: 'own-key', SecretString: 'y' }), {
    name: 'EncryptionFailure',
  })
})

test('a change of key encrypts the labelled versions anew', async () => {
  const kms = bartizan.client(KMS)
  const one = (await kms.createKey({})).KeyMetadata?.KeyId ?? ''
  const SecretId = 'rekeyed'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', KmsKeyId: one })
  await secrets.putSecretValue({ SecretId, SecretString: '2' })
  await secrets.updateSecret({ SecretId, KmsKeyId: 'alias/aws/secretsmanager' })
  await kms.disableKey({ KeyId: one })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '2')
  const before = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })
  assert.equal(before.SecretString, '1')
  assert.equal((await secrets.describeSecret({ SecretId })).KmsKeyId, undefined)
})

test('each read is a Decrypt of KMS’s in the audit log, and no value is', async () => {
  const { ARN } = await secrets.createSecret({ Name: 'audited', SecretString: 'planted-in-audit' })
  await secrets.getSecretValue({ SecretId: 'audited' })
  const { Events = [] } = await bartizan.client(CloudTrail).lookupEvents({ MaxResults: 20 })
  const texts = Events.map(({ CloudTrailEvent = '' }) => CloudTrailEvent)
  assert.ok(!texts.some((text) => text.includes('planted-in-audit')))
  const decrypt = texts.map((text) => JSON.parse(text)).find((each) => each.eventName === 'Decrypt')
  assert.equal(decrypt.requestParameters.encryptionContext.SecretARN, ARN)
  const created = texts
    .map((text) => JSON.parse(text))
    .find((each) => each.eventName === 'CreateSecret')
  assert.equal(created.responseElements.arn, ARN)
})

test('policies decide by tags, stages, names and the rest of AWS’s condition keys', async () => {
  const Tags = [{ Key: 'team', Value: 'red' }]
  await secrets.createSecret({ Name: 'red', SecretString: 'x', Tags })
  const byTag = (value: string) =>
    allowed({
      Action: 'secretsmanager:GetSecretValue',
      Condition: { StringEquals: { 'secretsmanager:ResourceTag/team': value } },
    })
  assert.ok(await (await byTag('red')).getSecretValue({ SecretId: 'red' }))
  await assert.rejects((await byTag('blue')).getSecretValue({ SecretId: 'red' }), denied)
  await secrets.putSecretValue({ SecretId: 'red', SecretString: 'y' })
  const current = await allowed({
    Action: 'secretsmanager:GetSecretValue',
    Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' } },
  })
  assert.ok(await current.getSecretValue({ SecretId: 'red' }))
  await assert.rejects(
    current.getSecretValue({ SecretId: 'red', VersionStage: 'AWSPREVIOUS' }),
    denied,
  )
  const maker = await allowed({
    Action: ['secretsmanager:CreateSecret', 'secretsmanager:DeleteSecret'],
    Condition: {
      StringLikeIfExists: { 'secretsmanager:Name': 'dev/*' },
      BoolIfExists: { 'secretsmanager:ForceDeleteWithoutRecovery': 'false' },
    },
  })
  await assert.rejects(maker.createSecret({ Name: 'prod/a', SecretString: 'x' }), denied)
  await assert.rejects(maker.createSecret({ Name: 'dev/a', SecretString: 'x', Tags }), denied)
  await maker.createSecret({ Name: 'dev/a', SecretString: 'x' })
  const force = { SecretId: 'dev/a', ForceDeleteWithoutRecovery: true }
  await assert.rejects(maker.deleteSecret(force), denied)
  await maker.deleteSecret({ SecretId: 'dev/a' })
})

test('a resource policy lets another account in, under a customer managed key only', async () => {
  const other = await bartizan.createAccount()
  const { credentials } = other
  const stranger = bartizan.client(SecretsManager, { credentials })
  const kms = bartizan.client(KMS)
  const Principal = { AWS: `arn:aws:iam::${other.accountId}:root` }
  const keyStatements = [bartizan.accountId, other.accountId].map((account) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  }))
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: keyStatements })
  const KmsKeyId = (await kms.createKey({ Policy })).KeyMetadata?.KeyId ?? ''
  const made = await secrets.createSecret({ Name: 'lent', SecretString: 'lent', KmsKeyId })
  const SecretId = made.ARN ?? ''
  await assert.rejects(stranger.getSecretValue({ SecretId }), denied)
  await assert.rejects(stranger.getSecretValue({ SecretId: SecretId.slice(0, -7) }), denied)
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal,
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        Resource: '*',
      },
    ],
  })
  await secrets.putResourcePolicy({ SecretId, ResourcePolicy, BlockPublicPolicy: true })
  assert.equal((await stranger.getSecretValue({ SecretId })).SecretString, 'lent')
  await stranger.putSecretValue({ SecretId, SecretString: 'changed' })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'changed')
  const plain = await secrets.createSecret({ Name: 'lent-plain', SecretString: 'x' })
  await secrets.putResourcePolicy({ SecretId: plain.ARN, ResourcePolicy })
  await assert.rejects(stranger.getSecretValue({ SecretId: plain.ARN }), {
    name: 'InvalidRequestException',
    message:
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  })
})

test('a resource policy’s Deny wins, and a public one is blocked or told', async () => {
  await secrets.createSecret({ Name: 'policed', SecretString: 'x' })
  const SecretId = 'policed'
  const statement = { Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' }
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement })
  const open = document({ Effect: 'Allow', ...statement })
  await assert.rejects(
    secrets.putResourcePolicy({ SecretId, ResourcePolicy: open, BlockPublicPolicy: true }),
    { name: 'PublicPolicyException' },
  )
  const told = await secrets.validateResourcePolicy({ SecretId, ResourcePolicy: open })
  assert.equal(told.PolicyValidationPassed, false)
  assert.equal(told.ValidationErrors?.length, 1)
  const fixed = document({
    Effect: 'Allow',
    ...statement,
    Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abc' } },
  })
  const passed = await secrets.validateResourcePolicy({ ResourcePolicy: fixed })
  assert.equal(passed.PolicyValidationPassed, true)
  await assert.rejects(secrets.putResourcePolicy({ SecretId, ResourcePolicy: '{"Version":1}' }), {
    name: 'MalformedPolicyDocumentException',
    message: 'This resource policy contains a syntax error.',
  })
  const closed = document({ Effect: 'Deny', ...statement })
  await secrets.putResourcePolicy({ SecretId, ResourcePolicy: closed })
  assert.equal((await secrets.getResourcePolicy({ SecretId })).ResourcePolicy, closed)
  const refused = secrets.getSecretValue({ SecretId })
  await assert.rejects(refused, /with an explicit deny in a resource-based policy/)
  await secrets.deleteResourcePolicy({ SecretId })
  assert.ok(await secrets.getSecretValue({ SecretId }))
})

test('a batch lists what it may not read among its errors', async () => {
  for (const Name of ['batch/a', 'batch/b'])
    await secrets.createSecret({ Name, SecretString: Name })
  const arn = `arn:aws:secretsmanager:us-east-1:${bartizan.accountId}:secret:batch/a-*`
  const half = await allowed(
    { Action: ['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'] },
    { Action: 'secretsmanager:GetSecretValue', Resource: arn },
  )
  const SecretIdList = ['batch/a', 'batch/b', 'batch/c']
  const { SecretValues = [], Errors = [] } = await half.batchGetSecretValue({ SecretIdList })
  assert.deepEqual(
    SecretValues.map(({ SecretString }) => SecretString),
    ['batch/a'],
  )
  assert.deepEqual(
    Errors.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]),
    [
      ['batch/b', 'AccessDeniedException'],
      ['batch/c', 'AccessDeniedException'],
    ],
  )
  const whole = await secrets.batchGetSecretValue({ SecretIdList })
  assert.deepEqual(
    whole.Errors?.map(({ ErrorCode }) => ErrorCode),
    ['ResourceNotFoundException'],
  )
  const Filters = [{ Key: 'name' as const, Values: ['batch/'] }]
  const first = await secrets.batchGetSecretValue({ Filters, MaxResults: 1 })
  const { NextToken } = first
  const second = await secrets.batchGetSecretValue({ Filters, MaxResults: 1, NextToken })
  assert.deepEqual(
    [...(first.SecretValues ?? []), ...(second.SecretValues ?? [])].map(({ Name }) => Name),
    ['batch/a', 'batch/b'],
  )
})
