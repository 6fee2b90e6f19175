import type { Context } from '../../../kernel/context.ts'
import type { Task } from '../../../kernel/tasks.ts'
import { bucketArn, type BucketSubject } from '../bucket-access.ts'
import { hostIdOf } from '../errors.ts'
import { canonicalId } from '../owners.ts'
import { buckets, type MarkerRow, type ObjectRow } from '../store.ts'
import { notificationsOf, targetsOf, wants, type EventTarget } from './configuration.ts'
import { deliver } from './targets.ts'

/** Something that happened to an object, by S3's event name without `s3:`. */
export interface ObjectEvent {
  readonly name: string
  readonly row: ObjectRow | MarkerRow
}

interface Notice {
  readonly bucket: string
  readonly arn: string
  readonly message: string
}

const maxAttempts = 10

/** Hands one event to one destination; given up after a while, as S3 does. */
export const notifyTask: Task<Notice> = {
  name: 's3.notify',
  async run(ctx, { bucket: name, arn, message }, attempt) {
    const bucket = await ctx.store.table(buckets).get(name)
    if (!bucket) return undefined
    try {
      await deliver(ctx, bucket, { arn, message })
    } catch (error) {
      if (attempt.number < maxAttempts) throw error
    }
    return undefined
  },
}

/** Tells those who want to know, once the call is committed. */
export function announce(ctx: Context, { bucket }: BucketSubject, event: ObjectEvent): void {
  const configuration = notificationsOf(bucket)
  if (!configuration) return
  const place = { account: bucket.accountId, region: bucket.region }
  for (const target of targetsOf(configuration)) {
    if (!wants(target, event.name, event.row.key)) continue
    const message = JSON.stringify({ Records: [recordOf(ctx, target, event, place)] })
    ctx.enqueue(notifyTask, { bucket: bucket.name, arn: target.arn, message }, place)
  }
  if (configuration.EventBridgeConfiguration) emit(ctx, event, place)
}

type Place = { readonly account: string; readonly region: string }

function sequencerOf(row: ObjectRow | MarkerRow): string {
  const time = Date.parse(row.modifiedAt).toString(16).padStart(12, '0')
  return `${time}${row.sequence.toString(16).padStart(6, '0')}`.toUpperCase()
}

/** A key as a form would carry it, with its slashes: what decodes forms decodes it. */
function formEncoded(key: string): string {
  return new URLSearchParams({ '': key }).toString().slice(1).replaceAll('%2F', '/')
}

/**
 * The record of an event.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
function recordOf(
  ctx: Context,
  target: EventTarget,
  { name, row }: ObjectEvent,
  place: Place,
): object {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: place.region,
    eventTime: ctx.now.toISOString(),
    eventName: name,
    userIdentity: { principalId: `AWS:${ctx.principal.principalId}` },
    requestParameters: { sourceIPAddress: ctx.sourceIp },
    responseElements: {
      'x-amz-request-id': ctx.requestId,
      'x-amz-id-2': hostIdOf(ctx.requestId),
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: target.id,
      bucket: {
        name: row.bucket,
        ownerIdentity: { principalId: canonicalId(place.account) },
        arn: bucketArn(row.bucket),
      },
      object: {
        key: formEncoded(row.key),
        ...(!row.marker && { size: row.size, eTag: row.etag.replaceAll('"', '') }),
        ...(row.versionId !== 'null' && { versionId: row.versionId }),
        sequencer: sequencerOf(row),
      },
    },
  }
}

const detailTypes: readonly (readonly [RegExp, string])[] = [
  [/^ObjectCreated:/, 'Object Created'],
  [/^(ObjectRemoved|LifecycleExpiration):/, 'Object Deleted'],
  [/^ObjectTagging:Put$/, 'Object Tags Added'],
  [/^ObjectTagging:Delete$/, 'Object Tags Deleted'],
  [/^ObjectAcl:Put$/, 'Object ACL Updated'],
]

const reasons: Readonly<Record<string, string>> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Post': 'POST Object',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
  'LifecycleExpiration:Delete': 'Lifecycle Expiration',
  'LifecycleExpiration:DeleteMarkerCreated': 'Lifecycle Expiration',
}

/**
 * The same for EventBridge.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
function emit(ctx: Context, { name, row }: ObjectEvent, place: Place): void {
  const detailType = detailTypes.find(([form]) => form.test(name))?.[1]
  if (detailType === undefined) return
  const reason = reasons[name]
  const isMarker = name.endsWith('DeleteMarkerCreated')
  ctx.emit({
    source: 'aws.s3',
    detailType,
    resources: [bucketArn(row.bucket)],
    ...place,
    detail: {
      version: '0',
      bucket: { name: row.bucket },
      object: {
        key: row.key,
        ...(!row.marker && { size: row.size, etag: row.etag.replaceAll('"', '') }),
        ...(row.versionId !== 'null' && { 'version-id': row.versionId }),
        sequencer: sequencerOf(row),
      },
      'request-id': ctx.requestId,
      requester: ctx.account,
      'source-ip-address': ctx.sourceIp,
      ...(reason !== undefined && { reason }),
      ...(detailType === 'Object Deleted' && {
        'deletion-type': isMarker ? 'Delete Marker Created' : 'Permanently Deleted',
      }),
    },
  })
}
