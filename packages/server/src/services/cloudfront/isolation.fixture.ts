import { CloudFront } from '@aws-sdk/client-cloudfront'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A distribution with a tag and an invalidation. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const cloudfront = bartizan.client(CloudFront)
  const made = await cloudfront.createDistributionWithTags({
    DistributionConfigWithTags: {
      Tags: { Items: [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }] },
      DistributionConfig: {
        CallerReference: 'canary-reference-of-owner',
        Comment: 'canary-comment-of-owner',
        Enabled: true,
        Origins: {
          Quantity: 1,
          Items: [
            {
              Id: 'canary-origin-of-owner',
              DomainName: 'canary.example.com',
              CustomOriginConfig: {
                HTTPPort: 80,
                HTTPSPort: 443,
                OriginProtocolPolicy: 'http-only',
              },
            },
          ],
        },
        DefaultCacheBehavior: {
          TargetOriginId: 'canary-origin-of-owner',
          ViewerProtocolPolicy: 'allow-all',
          CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
        },
      },
    },
  })
  const Id = made.Distribution?.Id
  const DistributionId = Id ?? ''
  loot.keep({ Id, DistributionId, Resource: made.Distribution?.ARN, IfMatch: made.ETag })
  const { Invalidation } = await cloudfront.createInvalidation({
    DistributionId,
    InvalidationBatch: { CallerReference: 'canary', Paths: { Quantity: 1, Items: ['/canary'] } },
  })
  loot.keep({ Id: Invalidation?.Id })
}
