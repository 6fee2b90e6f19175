import { S3 } from '@aws-sdk/client-s3'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A versioned bucket with settings, an object in two versions with tags, and an upload in parts. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const { endpoint, credentials } = bartizan
  const s3 = new S3({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  const Bucket = 'canary-bucket-of-owner'
  const Key = 'canary-folder/canary-object'
  const TagSet = [{ Key: 'canary-bucket-tag', Value: 'canary-bucket-tag-value' }]
  await s3.createBucket({ Bucket, ObjectLockEnabledForBucket: true })
  await s3.putBucketTagging({ Bucket, Tagging: { TagSet } })
  const statement = {
    Sid: 'canary-statement',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${bartizan.accountId}:root` },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await s3.putBucketPolicy({ Bucket, Policy })
  const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://canary.example.com'] }]
  await s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules } })
  await s3.putBucketLifecycleConfiguration({
    Bucket,
    LifecycleConfiguration: {
      Rules: [
        {
          ID: 'canary-lifecycle',
          Status: 'Enabled',
          Filter: { Prefix: 'canary-old/' },
          Expiration: { Days: 365 },
        },
      ],
    },
  })
  const written = { Bucket, Key, Metadata: { canary: 'canary metadata of the owner' } }
  for (const Body of ['canary content one', 'canary content two']) {
    loot.secrets.add(Body)
    loot.keep(await s3.putObject({ ...written, Body, Tagging: 'canary-tag=canary-tag-value' }))
  }
  const upload = await s3.createMultipartUpload({ Bucket, Key: 'canary-upload' })
  const part = { Bucket, Key: 'canary-upload', UploadId: upload.UploadId, PartNumber: 1 }
  loot.keep(await s3.uploadPart({ ...part, Body: 'canary part of the owner' }))
  loot.keep({ UploadId: upload.UploadId, UploadIdMarker: upload.UploadId })
  loot.keep({ Bucket, Key, Prefix: 'canary-folder/', CopySource: `/${Bucket}/${Key}` })
  loot.keep({ Key: 'canary-upload' })
}
