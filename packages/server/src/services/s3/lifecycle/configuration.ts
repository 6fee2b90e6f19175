import {
  DeleteBucketLifecycle$,
  GetBucketLifecycleConfiguration$,
  PutBucketLifecycleConfiguration$,
} from '@aws-sdk/client-s3'
import type {
  DeleteBucketLifecycleRequest,
  GetBucketLifecycleConfigurationOutput,
  GetBucketLifecycleConfigurationRequest,
  LifecycleRule,
  PutBucketLifecycleConfigurationOutput,
  PutBucketLifecycleConfigurationRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../../kernel/context.ts'
import { operation } from '../../../kernel/service.ts'
import { bucketAccess, findBucket, type BucketSubject } from '../bucket-access.ts'
import { bucketRead, configurationOf, withConfiguration } from '../bucket-operations.ts'
import { invalidArgument, invalidRequest, malformedXml, s3Error } from '../errors.ts'
import { buckets, type BucketRow, type ObjectRow } from '../store.ts'
import { lifecycleJob } from './job.ts'
import { covers, expiryOf, midnightAfter, type VersionFacts } from './rules.ts'

interface Lifecycle {
  readonly Rules: readonly LifecycleRule[]
  readonly TransitionDefaultMinimumObjectSize?: PutBucketLifecycleConfigurationOutput['TransitionDefaultMinimumObjectSize']
}

const maxRules = 1000

/** A bucket's lifecycle rules; dates in them are ISO 8601. */
export function lifecycleOf(bucket: BucketRow): Lifecycle | undefined {
  return configurationOf<Lifecycle>(bucket, 'lifecycle')
}

/** Days an object must lie before it moves to a storage class (S3 User Guide, "Transitioning objects"). */
function leastDays(storageClass: string): number {
  return storageClass === 'STANDARD_IA' || storageClass === 'ONEZONE_IA' ? 30 : 0
}

function checkRule(rule: LifecycleRule): void {
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml()
  if (rule.Prefix !== undefined && rule.Filter !== undefined) throw malformedXml()
  if (rule.ID !== undefined && rule.ID.length > 255) {
    throw invalidArgument('ID length should not exceed allowed limit of 255')
  }
  const actions = [
    rule.Expiration,
    rule.Transitions?.length,
    rule.NoncurrentVersionExpiration,
    rule.NoncurrentVersionTransitions?.length,
    rule.AbortIncompleteMultipartUpload,
  ]
  if (!actions.some(Boolean)) {
    throw invalidRequest('At least one action needs to be specified in a rule')
  }
  const { Days: days, Date: date, ExpiredObjectDeleteMarker: marker } = rule.Expiration ?? {}
  if ([days, date, marker].filter((each) => each !== undefined).length > 1) throw malformedXml()
  if (days !== undefined && days <= 0) {
    throw invalidArgument("'Days' for Expiration action must be a positive integer")
  }
  for (const { Days, StorageClass = '' } of rule.Transitions ?? []) {
    if (Days === undefined || Days >= leastDays(StorageClass)) continue
    throw invalidArgument(
      `'Days' in Transition action must be greater than or equal to 30 for storageClass '${StorageClass}'`,
    )
  }
  if (date !== undefined && date.getTime() % 86_400_000 !== 0) {
    throw invalidArgument("'Date' must be at midnight GMT")
  }
}

function checked(input: PutBucketLifecycleConfigurationRequest, ctx: Context): Lifecycle {
  const rules = input.LifecycleConfiguration?.Rules ?? []
  if (rules.length === 0 || rules.length > maxRules) throw malformedXml()
  for (const rule of rules) checkRule(rule)
  const named = rules.map((rule) => ({ ...rule, ID: rule.ID ?? ctx.ids.uuid() }))
  if (new Set(named.map(({ ID }) => ID)).size < named.length) {
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
  }
  return {
    Rules: named,
    TransitionDefaultMinimumObjectSize:
      input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K',
  }
}

/** PutBucketLifecycleConfiguration: the rules are applied at midnight (UTC) from now on. */
export const PutBucketLifecycleConfiguration = operation<
  PutBucketLifecycleConfigurationRequest,
  PutBucketLifecycleConfigurationOutput,
  BucketSubject
>(PutBucketLifecycleConfiguration$, {
  resolve: findBucket,
  access: (_input, ctx, subject) =>
    bucketAccess(ctx, subject, { action: 'PutLifecycleConfiguration' }),
  handle(input, ctx, { bucket }) {
    const lifecycle = checked(input, ctx)
    const { TransitionDefaultMinimumObjectSize } = lifecycle
    ctx.store.table(buckets).put(bucket.name, withConfiguration(bucket, 'lifecycle', lifecycle))
    const place = { account: bucket.accountId, region: bucket.region }
    ctx.schedule.at(lifecycleJob, bucket.name, midnightAfter(ctx.now.toISOString(), 0), place)
    return { ...(TransitionDefaultMinimumObjectSize && { TransitionDefaultMinimumObjectSize }) }
  },
})

/** Rules with their dates as dates, as answers are written. */
function shown(rules: readonly LifecycleRule[]): LifecycleRule[] {
  return rules.map((rule) => ({
    ...rule,
    ...(rule.Expiration?.Date && {
      Expiration: { ...rule.Expiration, Date: new Date(rule.Expiration.Date) },
    }),
    ...(rule.Transitions && {
      Transitions: rule.Transitions.map((each) =>
        each.Date ? { ...each, Date: new Date(each.Date) } : each,
      ),
    }),
  }))
}

/** GetBucketLifecycleConfiguration. */
export const GetBucketLifecycleConfiguration = bucketRead<
  GetBucketLifecycleConfigurationRequest,
  GetBucketLifecycleConfigurationOutput
>(GetBucketLifecycleConfiguration$, { action: 'GetLifecycleConfiguration' }, (bucket) => {
  const found = lifecycleOf(bucket)
  if (found) return { ...found, Rules: shown(found.Rules) }
  throw s3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404, {
    fields: { BucketName: bucket.name },
  })
})

/** DeleteBucketLifecycle. */
export const DeleteBucketLifecycle = operation<DeleteBucketLifecycleRequest, object, BucketSubject>(
  DeleteBucketLifecycle$,
  {
    resolve: findBucket,
    access: (_input, ctx, subject) =>
      bucketAccess(ctx, subject, { action: 'PutLifecycleConfiguration' }),
    handle(_input, ctx, { bucket }) {
      ctx.store.table(buckets).put(bucket.name, withConfiguration(bucket, 'lifecycle', undefined))
      const place = { account: bucket.accountId, region: bucket.region }
      ctx.schedule.cancel(lifecycleJob, bucket.name, place)
      return {}
    },
  },
)

/** The `x-amz-expiration` member: when, and by which rule, a current version expires first. */
export function expirationMember(bucket: BucketRow, row: ObjectRow): { Expiration?: string } {
  const rules = lifecycleOf(bucket)?.Rules
  if (!rules || row.noncurrentSince !== undefined) return {}
  const facts: VersionFacts = { ...row, isMarker: false, newerNoncurrent: 0, isOnly: false }
  let first: { readonly at: Date; readonly id: string } | undefined
  for (const rule of rules) {
    const at = covers(rule, facts) ? expiryOf(rule, facts) : undefined
    if (at && (!first || at < first.at)) first = { at, id: rule.ID ?? '' }
  }
  if (!first) return {}
  const id = encodeURIComponent(first.id)
  return { Expiration: `expiry-date="${first.at.toUTCString()}", rule-id="${id}"` }
}
