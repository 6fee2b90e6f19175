import { GetBucketLogging$, PutBucketLogging$ } from '@aws-sdk/client-s3'
import type {
  GetBucketLoggingOutput,
  GetBucketLoggingRequest,
  LoggingEnabled,
  PutBucketLoggingRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../../kernel/context.ts'
import {
  bucketChange,
  bucketRead,
  configurationOf,
  withConfiguration,
} from '../bucket-operations.ts'
import { malformedXml, s3Error } from '../errors.ts'
import { buckets, type BucketRow } from '../store.ts'

/** Where a bucket's access log goes, if it has one. */
export function loggingOf(bucket: BucketRow): LoggingEnabled | undefined {
  return configurationOf<LoggingEnabled>(bucket, 'logging')
}

const invalidTarget = (message: string) => s3Error('InvalidTargetBucketForLogging', message, 400)

async function checkTarget(bucket: BucketRow, wanted: LoggingEnabled, ctx: Context): Promise<void> {
  if (wanted.TargetBucket === undefined || wanted.TargetPrefix === undefined) throw malformedXml()
  const target = await ctx.store.table(buckets).get(wanted.TargetBucket)
  if (!target) throw invalidTarget('The target bucket for logging does not exist')
  if (target.accountId !== bucket.accountId) {
    throw invalidTarget(
      'The owner for the bucket to be logged and the target bucket must be the same.',
    )
  }
  if (target.region !== bucket.region) {
    throw s3Error('CrossLocationLoggingProhibited', 'Cross S3 location logging not allowed.', 403)
  }
}

/** PutBucketLogging: into another bucket, or nowhere any more. */
export const PutBucketLogging = bucketChange<PutBucketLoggingRequest>(
  PutBucketLogging$,
  {},
  async (bucket, input, ctx) => {
    const wanted = input.BucketLoggingStatus?.LoggingEnabled
    if (wanted) await checkTarget(bucket, wanted, ctx)
    return withConfiguration(bucket, 'logging', wanted)
  },
)

/** GetBucketLogging: empty where there is none. */
export const GetBucketLogging = bucketRead<GetBucketLoggingRequest, GetBucketLoggingOutput>(
  GetBucketLogging$,
  {},
  (bucket) => {
    const LoggingEnabled = loggingOf(bucket)
    return LoggingEnabled ? { LoggingEnabled } : {}
  },
)
