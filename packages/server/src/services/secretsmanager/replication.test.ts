import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let secrets: SecretsManager
let irish: SecretsManager
before(async () => {
  bartizan = await startTestServer()
  secrets = bartizan.client(SecretsManager)
  irish = bartizan.client(SecretsManager, { region: 'eu-west-1' })
})
after(() => bartizan.close())

const AddReplicaRegions = [{ Region: 'eu-west-1' }]

async function statusOf(SecretId: string) {
  const { ReplicationStatus = [] } = await secrets.describeSecret({ SecretId })
  return ReplicationStatus.map(({ Region, Status, StatusMessage }) => [
    Region,
    Status,
    StatusMessage,
  ])
}

test('a replica has the value, labels, tags and policy, under its own Region’s key', async () => {
  const made = await secrets.createSecret({
    Name: 'shared',
    SecretString: 'one',
    Tags: [{ Key: 'team', Value: 'red' }],
    AddReplicaRegions,
  })
  assert.equal(made.ReplicationStatus?.[0]?.Status, 'InProgress')
  await bartizan.settled()
  assert.deepEqual(await statusOf('shared'), [['eu-west-1', 'InSync', 'Replication succeeded']])
  const put = await secrets.putSecretValue({ SecretId: 'shared', SecretString: 'two' })
  await bartizan.settled()
  const got = await irish.getSecretValue({ SecretId: 'shared' })
  assert.equal(got.SecretString, 'two')
  assert.equal(got.VersionId, put.VersionId)
  assert.equal(got.ARN, made.ARN?.replace('us-east-1', 'eu-west-1'))
  const before = await irish.getSecretValue({ SecretId: 'shared', VersionStage: 'AWSPREVIOUS' })
  assert.equal(before.SecretString, 'one')
  const { ReplicationStatus } = await secrets.describeSecret({ SecretId: 'shared' })
  assert.ok(ReplicationStatus?.[0]?.LastAccessedDate)
  const replica = await irish.describeSecret({ SecretId: 'shared' })
  assert.equal(replica.PrimaryRegion, 'us-east-1')
  assert.deepEqual(replica.Tags, [{ Key: 'team', Value: 'red' }])
  const kms = bartizan.client(KMS, { region: 'eu-west-1' })
  const { Aliases = [] } = await kms.listAliases({})
  assert.ok(Aliases.some(({ AliasName }) => AliasName === 'alias/aws/secretsmanager'))
  const { Events = [] } = await bartizan
    .client(CloudTrail, { region: 'eu-west-1' })
    .lookupEvents({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Decrypt' }] })
  assert.ok(Events.length > 0)
})

test('a replica cannot be changed, and its primary not deleted', async () => {
  const onReplica = {
    message:
      "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  }
  const SecretId = 'shared'
  await assert.rejects(irish.putSecretValue({ SecretId, SecretString: 'x' }), onReplica)
  await assert.rejects(irish.updateSecret({ SecretId, Description: 'x' }), onReplica)
  await assert.rejects(irish.deleteSecret({ SecretId }), onReplica)
  await assert.rejects(irish.tagResource({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] }), onReplica)
  await assert.rejects(secrets.deleteSecret({ SecretId }), {
    name: 'InvalidParameterException',
    message: "You can't delete secret shared that still has replica regions [eu-west-1]",
  })
})

test('a replica’s key can be changed, and a key of the wrong Region fails it', async () => {
  const kms = bartizan.client(KMS, { region: 'eu-west-1' })
  const { KeyMetadata } = await kms.createKey({})
  const KmsKeyId = KeyMetadata?.Arn ?? ''
  await irish.updateSecret({ SecretId: 'shared', KmsKeyId })
  await secrets.putSecretValue({ SecretId: 'shared', SecretString: 'three' })
  await bartizan.settled()
  assert.equal((await irish.getSecretValue({ SecretId: 'shared' })).SecretString, 'three')
  await kms.disableKey({ KeyId: KmsKeyId })
  await assert.rejects(irish.getSecretValue({ SecretId: 'shared' }), { name: 'DecryptionFailure' })
  await secrets.putSecretValue({ SecretId: 'shared', SecretString: 'four' })
  await bartizan.settled()
  assert.equal((await statusOf('shared'))[0]?.[1], 'Failed')
  await kms.enableKey({ KeyId: KmsKeyId })
  await secrets.replicateSecretToRegions({
    SecretId: 'shared',
    AddReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId }],
  })
  await bartizan.settled()
  assert.equal((await irish.getSecretValue({ SecretId: 'shared' })).SecretString, 'four')
})

test('Regions that are none of AWS’s are refused', async () => {
  for (const Region of ['xx-nowhere-1', 'us-east-1']) {
    const request = { SecretId: 'shared', AddReplicaRegions: [{ Region }] }
    await assert.rejects(secrets.replicateSecretToRegions(request), {
      name: 'InvalidParameterException',
      message: 'Invalid replica region.',
    })
  }
})

test('a name that is taken fails the replication unless it may be overwritten', async () => {
  await irish.createSecret({ Name: 'taken', SecretString: 'theirs' })
  await secrets.createSecret({ Name: 'taken', SecretString: 'ours', AddReplicaRegions })
  await bartizan.settled()
  assert.deepEqual(await statusOf('taken'), [
    [
      'eu-west-1',
      'Failed',
      'Replication failed: Secret name taken already exists in region eu-west-1.',
    ],
  ])
  assert.equal((await irish.getSecretValue({ SecretId: 'taken' })).SecretString, 'theirs')
  await secrets.replicateSecretToRegions({
    SecretId: 'taken',
    AddReplicaRegions,
    ForceOverwriteReplicaSecret: true,
  })
  await bartizan.settled()
  assert.equal((await irish.getSecretValue({ SecretId: 'taken' })).SecretString, 'ours')
})

test('a promoted replica goes its own way, a removed one is gone', async () => {
  await irish.stopReplicationToReplica({ SecretId: 'taken' })
  assert.deepEqual(await statusOf('taken'), [])
  await irish.putSecretValue({ SecretId: 'taken', SecretString: 'own' })
  assert.equal((await secrets.getSecretValue({ SecretId: 'taken' })).SecretString, 'ours')
  assert.equal((await irish.describeSecret({ SecretId: 'taken' })).PrimaryRegion, undefined)
  const removed = { SecretId: 'shared', RemoveReplicaRegions: ['eu-west-1'] }
  const { ReplicationStatus } = await secrets.removeRegionsFromReplication(removed)
  assert.deepEqual(ReplicationStatus, [])
  await assert.rejects(irish.describeSecret({ SecretId: 'shared' }), {
    name: 'ResourceNotFoundException',
  })
  await secrets.deleteSecret({ SecretId: 'shared', ForceDeleteWithoutRecovery: true })
})
