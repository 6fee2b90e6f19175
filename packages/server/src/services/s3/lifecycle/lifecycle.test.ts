import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { startTestServer } from '@bartizan/testkit'

const bartizan = await startTestServer()
after(() => bartizan.close())
const s3 = bartizan.client(sdk.S3Client)

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents } = await s3.send(new sdk.ListObjectsV2Command({ Bucket }))
  return (Contents ?? []).map(({ Key }) => Key ?? '')
}

async function setRules(Bucket: string, Rules: sdk.LifecycleRule[]): Promise<void> {
  const LifecycleConfiguration = { Rules }
  await s3.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
}

test('objects expire and uploads are aborted at the midnight after their days', async () => {
  const Bucket = 'expiring'
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  await setRules(Bucket, [
    { ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } },
    {
      ID: 'uploads',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ])
  for (const Key of ['logs/a', 'kept']) {
    await s3.send(new sdk.PutObjectCommand({ Bucket, Key, Body: 'x' }))
  }
  await s3.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'half' }))
  await bartizan.advance('60h')
  const uploads = await s3.send(new sdk.ListMultipartUploadsCommand({ Bucket }))
  assert.equal(uploads.Uploads, undefined)
  assert.deepEqual(await keysOf(Bucket), ['kept', 'logs/a'])
  await bartizan.advance('48h')
  assert.deepEqual(await keysOf(Bucket), ['kept'])
})

test('under versioning, expiry hides, old versions go by their own days, and lonely markers last', async () => {
  const Bucket = 'versioned'
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  const VersioningConfiguration = { Status: 'Enabled' as const }
  await s3.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  await setRules(Bucket, [
    { ID: 'current', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 2 } },
    {
      ID: 'old',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      NoncurrentVersionExpiration: { NoncurrentDays: 2 },
    },
  ])
  for (const Body of ['1', '2']) {
    await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body }))
  }
  const count = async () => {
    const page = await s3.send(new sdk.ListObjectVersionsCommand({ Bucket }))
    return [page.Versions?.length ?? 0, page.DeleteMarkers?.length ?? 0]
  }
  assert.deepEqual(await count(), [2, 0])
  await bartizan.advance('72h')
  assert.deepEqual(await count(), [1, 1])
  assert.deepEqual(await keysOf(Bucket), [])
  await bartizan.advance('96h')
  assert.deepEqual(await count(), [0, 0])
})

test('a transition moves the storage class, and what is archived cannot be read', async () => {
  const Bucket = 'moving'
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  await setRules(Bucket, [
    {
      ID: 'cold',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Transitions: [{ Days: 1, StorageClass: 'GLACIER' }],
    },
  ])
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  await bartizan.advance('48h')
  const head = await s3.send(new sdk.HeadObjectCommand({ Bucket, Key: 'k' }))
  assert.equal(head.StorageClass, 'GLACIER')
  await assert.rejects(s3.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' })), {
    name: 'InvalidObjectState',
  })
})
