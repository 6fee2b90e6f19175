import {
  InsufficientEncryptionPolicyException$,
  InsufficientS3BucketPolicyException$,
  InsufficientSnsTopicPolicyException$,
  InvalidCloudWatchLogsLogGroupArnException$,
  InvalidCloudWatchLogsRoleArnException$,
  KmsKeyDisabledException$,
  KmsKeyNotFoundException$,
  S3BucketDoesNotExistException$,
} from '@aws-sdk/client-cloudtrail'
import type { Actor } from '../../kernel/acting.ts'
import type { Context } from '../../kernel/context.ts'
import { AwsError, awsError } from '../../kernel/errors.ts'
import { ownerOf } from './trail-lookup.ts'
import type { TrailRow } from './trail-store.ts'

/** CloudTrail itself, on behalf of a trail. */
export function asCloudTrail(trail: Pick<TrailRow, 'arn'>): Actor {
  return {
    service: 'cloudtrail.amazonaws.com',
    sourceArn: trail.arn,
    sourceAccount: ownerOf(trail),
  }
}

/** What keys begin with: the trail's prefix and `AWSLogs/<account>`, with the organization between. */
export function keyStart({ prefix, organizationId }: TrailRow, account: string): string {
  const start = prefix === undefined ? '' : `${prefix}/`
  const organization = organizationId === undefined ? '' : `${organizationId}/`
  return `${start}AWSLogs/${organization}${account}`
}

/** Puts an object into a trail's bucket. Throws the errors of S3 and KMS. */
export async function putObject(
  ctx: Context,
  trail: TrailRow,
  object: {
    readonly key: string
    readonly body: Buffer
    readonly metadata?: Readonly<Record<string, string>>
  },
): Promise<void> {
  const { key, body, metadata } = object
  await ctx.callAs(asCloudTrail(trail), 's3', 'PutObject', {
    Bucket: trail.bucket,
    Key: key,
    Body: body,
    ACL: 'bucket-owner-full-control',
    ContentType: 'application/json',
    ...(body.length > 0 && { ContentEncoding: 'gzip' }),
    ...(metadata && { Metadata: metadata }),
    ...encryptionOf(trail),
  })
}

function encryptionOf({ kmsKeyId, arn }: TrailRow): object {
  if (kmsKeyId === undefined) return {}
  const context = Buffer.from(JSON.stringify({ 'aws:cloudtrail:arn': arn })).toString('base64')
  return {
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: kmsKeyId,
    SSEKMSEncryptionContext: context,
  }
}

/** Tries every destination of a trail, as AWS does before it takes one. Throws CloudTrail's errors. */
export async function checkDestinations(ctx: Context, trail: TrailRow): Promise<void> {
  await checkBucket(ctx, trail)
  if (trail.snsTopicArn !== undefined) await checkTopic(ctx, trail, trail.snsTopicArn)
  if (trail.logGroupArn !== undefined) await checkLogGroup(ctx, trail)
}

async function checkBucket(ctx: Context, trail: TrailRow): Promise<void> {
  const { bucket, kmsKeyId } = trail
  try {
    await ctx.callAs(asCloudTrail(trail), 's3', 'GetBucketAcl', { Bucket: bucket })
    const plain = { ...trail, kmsKeyId: undefined }
    const { kmsKeyId: _key, ...unencrypted } = plain
    const test = { key: `${keyStart(trail, ownerOf(trail))}/`, body: Buffer.alloc(0) }
    await putObject(ctx, unencrypted, test)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.code === 'NoSuchBucket') {
      throw awsError(S3BucketDoesNotExistException$, `S3 bucket ${bucket} does not exist!`)
    }
    throw awsError(
      InsufficientS3BucketPolicyException$,
      `Incorrect S3 bucket policy is detected for bucket: ${bucket}`,
    )
  }
  if (kmsKeyId !== undefined) await checkKey(ctx, trail, kmsKeyId)
}

async function checkKey(ctx: Context, trail: TrailRow, keyId: string): Promise<void> {
  try {
    await ctx.callAs(asCloudTrail(trail), 'kms', 'GenerateDataKey', {
      KeyId: keyId,
      KeySpec: 'AES_256',
      EncryptionContext: { 'aws:cloudtrail:arn': trail.arn },
    })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.code === 'NotFoundException') {
      throw awsError(KmsKeyNotFoundException$, `KMS key ${keyId} does not exist.`)
    }
    if (error.code === 'DisabledException' || error.code === 'KMSInvalidStateException') {
      throw awsError(KmsKeyDisabledException$, `KMS key ${keyId} is disabled.`)
    }
    throw awsError(
      InsufficientEncryptionPolicyException$,
      `Insufficient permissions to access S3 bucket ${trail.bucket} or KMS key ${keyId}.`,
    )
  }
}

async function checkTopic(ctx: Context, trail: TrailRow, topic: string): Promise<void> {
  try {
    await ctx.callAs(asCloudTrail(trail), 'sns', 'Publish', {
      TopicArn: topic,
      Message: 'CloudTrail validation message.',
    })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw awsError(
      InsufficientSnsTopicPolicyException$,
      'SNS Topic does not exist or the topic policy is incorrect!',
    )
  }
}

/** CloudTrail in the role that a trail names for CloudWatch Logs. */
export function asLogsRole({ logRoleArn = '', arn }: TrailRow): Actor {
  return {
    service: 'cloudtrail.amazonaws.com',
    roleArn: logRoleArn,
    sessionName: 'CLOUDWATCH_LOGS_DELIVERY_SESSION',
    sourceArn: arn,
  }
}

/** The log group's name in its ARN, which ends in `:*`. */
export function logGroupName({ logGroupArn = '' }: TrailRow): string {
  return /^arn:[^:]+:logs:[^:]+:\d{12}:log-group:(.+?)(:\*)?$/.exec(logGroupArn)?.[1] ?? ''
}

/** The stream that the events of an account and Region go to. */
export function logStreamName(account: string, region: string): string {
  return `${account}_CloudTrail_${region}`
}

async function checkLogGroup(ctx: Context, trail: TrailRow): Promise<void> {
  const name = logGroupName(trail)
  if (name === '') {
    throw awsError(InvalidCloudWatchLogsLogGroupArnException$, 'The log group ARN is not valid.')
  }
  try {
    await createStream(ctx, trail, logStreamName(ownerOf(trail), trail.homeRegion))
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.code === 'ResourceNotFoundException') {
      throw awsError(
        InvalidCloudWatchLogsLogGroupArnException$,
        'The specified log group does not exist.',
      )
    }
    throw awsError(
      InvalidCloudWatchLogsRoleArnException$,
      'Access denied. Check the permissions for your role.',
    )
  }
}

/** Makes a stream of a trail's log group unless it is there. */
export async function createStream(ctx: Context, trail: TrailRow, stream: string): Promise<void> {
  try {
    await ctx.callAs(asLogsRole(trail), 'logs', 'CreateLogStream', {
      logGroupName: logGroupName(trail),
      logStreamName: stream,
    })
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceAlreadyExistsException') return
    throw error
  }
}
