import {
  GetBucketAccelerateConfiguration$,
  GetBucketAnalyticsConfiguration$,
  GetBucketIntelligentTieringConfiguration$,
  GetBucketInventoryConfiguration$,
  GetBucketMetricsConfiguration$,
  GetBucketReplication$,
  GetBucketRequestPayment$,
  GetBucketWebsite$,
  ListBucketAnalyticsConfigurations$,
  ListBucketIntelligentTieringConfigurations$,
  ListBucketInventoryConfigurations$,
  ListBucketMetricsConfigurations$,
} from '@aws-sdk/client-s3'
import type { OperationSchema } from '@bartizan/wire'
import type { Operation } from '../../kernel/service.ts'
import { bucketRead } from './bucket-operations.ts'
import { s3Error } from './errors.ts'

/** What cannot be set here is never set: reading it answers as AWS does of a bucket without it. */
function unset(
  schema: OperationSchema,
  action: string,
  [code, message]: readonly [code: string, message: string],
): Operation {
  return bucketRead(schema, { action }, ({ name }) => {
    throw s3Error(code, message, 404, { fields: { BucketName: name } })
  })
}

const noConfiguration = [
  'NoSuchConfiguration',
  'The specified configuration does not exist.',
] as const

/** GetBucketWebsite of a bucket that is no website. */
export const GetBucketWebsite = unset(GetBucketWebsite$, 'GetBucketWebsite', [
  'NoSuchWebsiteConfiguration',
  'The specified bucket does not have a website configuration',
])

/** GetBucketReplication of a bucket that is not replicated. */
export const GetBucketReplication = unset(GetBucketReplication$, 'GetReplicationConfiguration', [
  'ReplicationConfigurationNotFoundError',
  'The replication configuration was not found',
])

/** GetBucketAccelerateConfiguration: empty, as of a bucket that was never accelerated. */
export const GetBucketAccelerateConfiguration = bucketRead(
  GetBucketAccelerateConfiguration$,
  { action: 'GetAccelerateConfiguration' },
  () => ({}),
)

/** GetBucketRequestPayment: the owner pays. */
export const GetBucketRequestPayment = bucketRead(GetBucketRequestPayment$, {}, () => ({
  Payer: 'BucketOwner',
}))

/** GetBucketAnalyticsConfiguration. */
export const GetBucketAnalyticsConfiguration = unset(
  GetBucketAnalyticsConfiguration$,
  'GetAnalyticsConfiguration',
  noConfiguration,
)

/** GetBucketIntelligentTieringConfiguration. */
export const GetBucketIntelligentTieringConfiguration = unset(
  GetBucketIntelligentTieringConfiguration$,
  'GetIntelligentTieringConfiguration',
  noConfiguration,
)

/** GetBucketInventoryConfiguration. */
export const GetBucketInventoryConfiguration = unset(
  GetBucketInventoryConfiguration$,
  'GetInventoryConfiguration',
  noConfiguration,
)

/** GetBucketMetricsConfiguration. */
export const GetBucketMetricsConfiguration = unset(
  GetBucketMetricsConfiguration$,
  'GetMetricsConfiguration',
  noConfiguration,
)

/** ListBucketAnalyticsConfigurations: none. */
export const ListBucketAnalyticsConfigurations = bucketRead(
  ListBucketAnalyticsConfigurations$,
  { action: 'GetAnalyticsConfiguration' },
  () => ({ IsTruncated: false }),
)

/** ListBucketIntelligentTieringConfigurations: none. */
export const ListBucketIntelligentTieringConfigurations = bucketRead(
  ListBucketIntelligentTieringConfigurations$,
  { action: 'GetIntelligentTieringConfiguration' },
  () => ({ IsTruncated: false }),
)

/** ListBucketInventoryConfigurations: none. */
export const ListBucketInventoryConfigurations = bucketRead(
  ListBucketInventoryConfigurations$,
  { action: 'GetInventoryConfiguration' },
  () => ({ IsTruncated: false }),
)

/** ListBucketMetricsConfigurations: none. */
export const ListBucketMetricsConfigurations = bucketRead(
  ListBucketMetricsConfigurations$,
  { action: 'GetMetricsConfiguration' },
  () => ({ IsTruncated: false }),
)
