import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { batches } from './store.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const logs = bartizan.client(sdk.CloudWatchLogsClient)
const kms = bartizan.client(KMSClient)
const { accountId } = bartizan

async function newKey(...statements: readonly object[]): Promise<{ id: string; arn: string }> {
  const root = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [root, ...statements] })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }))
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

const forLogs = {
  Effect: 'Allow',
  Principal: { Service: 'logs.us-east-1.amazonaws.com' },
  Action: [
    'kms:Encrypt*',
    'kms:Decrypt*',
    'kms:ReEncrypt*',
    'kms:GenerateDataKey*',
    'kms:Describe*',
  ],
  Resource: '*',
  Condition: {
    ArnLike: {
      'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:${accountId}:log-group:sec*`,
    },
  },
}

test('a key that does not let CloudWatch Logs in is refused, and so is one for another group', async () => {
  const closed = await newKey()
  const open = await newKey(forLogs)
  for (const [logGroupName, kmsKeyId] of [
    ['secret', closed.arn],
    ['other', open.arn],
    ['secret', `${open.arn.slice(0, -1)}x`],
  ] as const) {
    await assert.rejects(logs.send(new sdk.CreateLogGroupCommand({ logGroupName, kmsKeyId })), {
      name: 'InvalidParameterException',
      message: `The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:us-east-1:${accountId}:log-group:${logGroupName}'`,
    })
  }
})

test('events of a group with a key cannot be read once the key is disabled', async () => {
  const key = await newKey(forLogs)
  const group = { logGroupName: 'secrets' }
  await logs.send(new sdk.CreateLogGroupCommand({ ...group, kmsKeyId: key.arn }))
  await logs.send(new sdk.CreateLogStreamCommand({ ...group, logStreamName: 's' }))
  const timestamp = bartizan.now().getTime()
  const logEvents = [{ timestamp, message: 'the password is tiger' }]
  await logs.send(new sdk.PutLogEventsCommand({ ...group, logStreamName: 's', logEvents }))
  const read = () => logs.send(new sdk.FilterLogEventsCommand(group))
  assert.equal((await read()).events?.[0]?.message, 'the password is tiger')
  const place = `${accountId}/us-east-1`
  const rows = await bartizan.server.kernel.store.list(batches, place, {})
  assert.ok(rows.every(({ value }) => !value.events.includes('tiger') && value.dataKey))
  await kms.send(new DisableKeyCommand({ KeyId: key.id }))
  await bartizan.advance('6m')
  await assert.rejects(read(), {
    name: 'InvalidParameterException',
    message: /cannot be decrypted/,
  })
})

test('a group can take a key later and give it up again', async () => {
  const key = await newKey(forLogs)
  const group = { logGroupName: 'sec/late' }
  await logs.send(new sdk.CreateLogGroupCommand(group))
  await logs.send(new sdk.AssociateKmsKeyCommand({ ...group, kmsKeyId: key.arn }))
  const keyOf = async () =>
    (await logs.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: 'sec/late' })))
      .logGroups?.[0]?.kmsKeyId
  assert.equal(await keyOf(), key.arn)
  await logs.send(new sdk.DisassociateKmsKeyCommand(group))
  assert.equal(await keyOf(), undefined)
})
