import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const tokyo = bartizan.client(sdk.KMSClient, { region: 'ap-northeast-1' })
const ireland = bartizan.client(sdk.KMSClient, { region: 'eu-west-1' })
const Plaintext = Buffer.from('everywhere')

const describe = async (client: sdk.KMSClient, KeyId: string) =>
  (await client.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata
const replicate = (KeyId: string, ReplicaRegion: string) =>
  kms.send(new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion, Description: ReplicaRegion }))
const encrypt = async (client: sdk.KMSClient, KeyId: string) =>
  (await client.send(new sdk.EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob
const decrypt = async (client: sdk.KMSClient, CiphertextBlob: Uint8Array | undefined) =>
  (await client.send(new sdk.DecryptCommand({ CiphertextBlob }))).Plaintext

test('a replica has the same id and material, and a life of its own', async () => {
  const { id, metadata } = await newKey(kms, { MultiRegion: true })
  assert.match(id, /^mrk-[0-9a-f]{32}$/)
  assert.deepEqual(metadata.MultiRegionConfiguration?.ReplicaKeys, [])
  const made = await replicate(id, 'eu-west-1')
  assert.equal(made.ReplicaKeyMetadata?.KeyState, 'Creating')
  assert.equal(made.ReplicaKeyMetadata?.KeyId, id)
  assert.match(made.ReplicaPolicy ?? '', /Enable IAM User Permissions/)
  const replica = await describe(ireland, id)
  assert.equal(replica?.MultiRegionConfiguration?.MultiRegionKeyType, 'REPLICA')
  assert.equal(replica?.Description, 'eu-west-1')
  const primary = await describe(kms, id)
  assert.equal(primary?.MultiRegionConfiguration?.ReplicaKeys?.[0]?.Region, 'eu-west-1')
  assert.deepEqual(Buffer.from((await decrypt(ireland, await encrypt(kms, id))) ?? []), Plaintext)
  await ireland.send(new sdk.DisableKeyCommand({ KeyId: id }))
  assert.equal((await describe(kms, id))?.KeyState, 'Enabled')
})

test('replicas are made once a Region, from a primary, in a Region there is', async () => {
  const { id } = await newKey(kms, { MultiRegion: true })
  await replicate(id, 'eu-west-1')
  assert.equal((await refusal(replicate(id, 'eu-west-1'))).name, 'AlreadyExistsException')
  assert.equal((await refusal(replicate(id, 'mars-north-1'))).name, 'ValidationException')
  assert.equal((await refusal(replicate(id, 'cn-north-1'))).name, 'ValidationException')
  const single = await newKey(kms)
  assert.deepEqual(await refusal(replicate(single.id, 'eu-west-1')), {
    name: 'UnsupportedOperationException',
    message: `${single.arn} is not a multi-region primary key.`,
  })
})

test('rotation reaches the replicas', async () => {
  const { id } = await newKey(kms, { MultiRegion: true })
  await replicate(id, 'eu-west-1')
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))
  const onReplica = ireland.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))
  assert.equal((await refusal(onReplica)).name, 'UnsupportedOperationException')
  const status = await ireland.send(new sdk.GetKeyRotationStatusCommand({ KeyId: id }))
  assert.equal(status.KeyRotationEnabled, true)
  const old = await encrypt(ireland, id)
  await bartizan.advance('366d')
  const [here, there] = [await describe(kms, id), await describe(ireland, id)]
  assert.equal(here?.CurrentKeyMaterialId, there?.CurrentKeyMaterialId)
  assert.ok(await decrypt(kms, await encrypt(ireland, id)))
  assert.ok(await decrypt(kms, old))
})

test('a replica becomes the primary, and rotation goes with it', async () => {
  const { id } = await newKey(kms, { MultiRegion: true })
  await replicate(id, 'eu-west-1')
  await replicate(id, 'ap-northeast-1')
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId: id }))
  await kms.send(new sdk.UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: 'eu-west-1' }))
  for (const client of [kms, ireland, tokyo]) {
    const configuration = (await describe(client, id))?.MultiRegionConfiguration
    assert.equal(configuration?.PrimaryKey?.Region, 'eu-west-1')
    assert.deepEqual(
      configuration?.ReplicaKeys?.map(({ Region }) => Region),
      ['ap-northeast-1', 'us-east-1'],
    )
  }
  await bartizan.advance('366d')
  const { Rotations } = await tokyo.send(new sdk.ListKeyRotationsCommand({ KeyId: id }))
  assert.equal(Rotations?.length, 1)
  const again = kms.send(
    new sdk.UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: 'ap-northeast-1' }),
  )
  assert.equal((await refusal(again)).name, 'UnsupportedOperationException')
})

test('a primary waits with its deletion until the last replica is gone', async () => {
  const { id, arn } = await newKey(kms, { MultiRegion: true })
  await replicate(id, 'eu-west-1')
  const window = { KeyId: id, PendingWindowInDays: 10 }
  const scheduled = await kms.send(new sdk.ScheduleKeyDeletionCommand(window))
  assert.equal(scheduled.KeyState, 'PendingReplicaDeletion')
  assert.equal(scheduled.DeletionDate, undefined)
  assert.equal((await describe(kms, id))?.PendingDeletionWindowInDays, 10)
  assert.equal((await refusal(encrypt(kms, id))).message, `${arn} is pending replica deletion.`)
  await ireland.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }))
  await bartizan.advance('7d')
  assert.equal((await refusal(describe(ireland, id))).name, 'NotFoundException')
  const primary = await describe(kms, id)
  assert.equal(primary?.KeyState, 'PendingDeletion')
  assert.deepEqual(primary?.MultiRegionConfiguration?.ReplicaKeys, [])
  await bartizan.advance('10d')
  assert.equal((await refusal(describe(kms, id))).name, 'NotFoundException')
})
