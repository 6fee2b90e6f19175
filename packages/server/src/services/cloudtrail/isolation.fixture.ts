import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { S3 } from '@aws-sdk/client-s3'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A trail that is logging, and a page of the event history. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const { endpoint, credentials } = bartizan
  const s3 = new S3({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  const Bucket = 'canary-trail-bucket'
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: ['s3:GetBucketAcl', 's3:PutObject'],
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await s3.createBucket({ Bucket })
  await s3.putBucketPolicy({ Bucket, Policy })
  const cloudtrail = bartizan.client(CloudTrail)
  const { TrailARN } = await cloudtrail.createTrail({
    Name: 'canary-trail',
    S3BucketName: Bucket,
    TagsList: [{ Key: 'canary-trail-tag', Value: 'canary-trail-tag-value' }],
  })
  await cloudtrail.startLogging({ Name: 'canary-trail' })
  loot.keep({ Name: 'canary-trail', TrailName: 'canary-trail', TrailARN, ResourceId: TrailARN })
  loot.keep({ ResourceIdList: TrailARN, trailNameList: TrailARN, S3BucketName: Bucket })
  const answer = await cloudtrail.lookupEvents({ MaxResults: 1 })
  loot.keep({ NextToken: answer.NextToken, EventId: answer.Events?.[0]?.EventId })
}
