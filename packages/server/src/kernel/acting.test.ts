import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as iamSdk from '@aws-sdk/client-iam'
import * as kmsSdk from '@aws-sdk/client-kms'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LOG_LEVEL: 'silent' })
})
after(() => bartizan.close())

const events = 'events.amazonaws.com'
const ruleArn = 'arn:aws:events:us-east-1:111122223333:rule/nightly'

/** KMS as the service or role that an actor is. */
const encryptAs = (actor: object, KeyId: string) =>
  bartizan.server.kernel.callAs(
    { account: bartizan.accountId, region: 'us-east-1' },
    { service: events, ...actor },
    { service: 'kms', operation: 'Encrypt', input: { KeyId, Plaintext: Buffer.from('a') } },
  )

async function keyFor(statement?: object): Promise<string> {
  const own = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${bartizan.accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
  const Statement = statement ? [own, statement] : [own]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { KeyMetadata } = await bartizan
    .client(kmsSdk.KMSClient)
    .send(new kmsSdk.CreateKeyCommand({ Policy }))
  return KeyMetadata?.Arn ?? ''
}

test('a service may do only what a resource policy lets it, for the source it names', async () => {
  const key = await keyFor({
    Effect: 'Allow',
    Principal: { Service: events },
    Action: 'kms:Encrypt',
    Resource: '*',
    Condition: {
      ArnLike: { 'aws:SourceArn': ruleArn },
      StringEquals: { 'aws:SourceAccount': bartizan.accountId },
    },
  })
  assert.ok((await encryptAs({ sourceArn: ruleArn }, key))['CiphertextBlob'])
  await assert.rejects(encryptAs({ sourceArn: `${ruleArn}-other` }, key), {
    code: 'AccessDeniedException',
  })
  await assert.rejects(encryptAs({ sourceArn: ruleArn, service: 'sns.amazonaws.com' }, key), {
    code: 'AccessDeniedException',
  })
  await assert.rejects(encryptAs({ sourceArn: ruleArn, sourceAccount: '999999999999' }, key), {
    code: 'AccessDeniedException',
  })
})

test('a service may act as a role that trusts it, with what the role may do', async () => {
  const iam = bartizan.client(iamSdk.IAM)
  const key = await keyFor()
  const trust = (Service: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' },
    })
  const roleArn = async (RoleName: string, service: string) =>
    (await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust(service) })).Role?.Arn ?? ''
  const ours = await roleArn('ours', events)
  const others = await roleArn('others', 'ecs.amazonaws.com')
  const act = (role: string) => encryptAs({ roleArn: role, sessionName: 'nightly' }, key)
  await assert.rejects(act(others), { code: 'AccessDenied' })
  await assert.rejects(act(ours), /assumed-role\/ours\/nightly is not authorized/)
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'kms:Encrypt', Resource: key },
  })
  await iam.putRolePolicy({ RoleName: 'ours', PolicyName: 'use', PolicyDocument })
  assert.ok((await act(ours))['CiphertextBlob'])
  await iam.deleteRolePolicy({ RoleName: 'ours', PolicyName: 'use' })
  await iam.deleteRole({ RoleName: 'ours' })
  await assert.rejects(act(ours), { code: 'AccessDenied' })
})

test('a role that trusts a service for one account is not lent to it for another', async () => {
  const iam = bartizan.client(iamSdk.IAM)
  const key = await keyFor()
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: events },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': bartizan.accountId } },
    },
  })
  const { Role } = await iam.createRole({ RoleName: 'for-one', AssumeRolePolicyDocument })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'kms:Encrypt', Resource: key },
  })
  await iam.putRolePolicy({ RoleName: 'for-one', PolicyName: 'use', PolicyDocument })
  const actor = { roleArn: Role?.Arn, sessionName: 'nightly' }
  assert.ok((await encryptAs(actor, key))['CiphertextBlob'])
  await assert.rejects(encryptAs({ ...actor, sourceAccount: '999999999999' }, key), {
    code: 'AccessDenied',
  })
})
