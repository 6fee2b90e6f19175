import type { LifecycleRule, Tag, TransitionStorageClass } from '@aws-sdk/client-s3'

/** What lifecycle rules look at in a version. Times are ISO 8601. */
export interface VersionFacts {
  readonly key: string
  readonly size: number
  readonly tags: readonly Tag[]
  readonly storageClass: string
  readonly modifiedAt: string
  /** Set for versions that are not current. */
  readonly noncurrentSince?: string | undefined
  readonly isMarker: boolean
  /** How many versions of its key are newer and not current, for noncurrent ones. */
  readonly newerNoncurrent: number
  /** Whether it is the only version of its key. */
  readonly isOnly: boolean
}

/** What is due for a version. */
export type Due = { readonly kind: 'expire' } | { readonly kind: 'move'; readonly to: string }

const dayMs = 86_400_000

/** The midnight (UTC) that follows so many days after a time: rules act at midnight. */
export function midnightAfter(since: string, days: number): Date {
  const time = Date.parse(since) + days * dayMs
  return new Date(Math.ceil(time / dayMs) * dayMs)
}

function hasTags(tags: readonly Tag[], wanted: readonly Tag[]): boolean {
  return wanted.every(({ Key, Value }) =>
    tags.some((tag) => tag.Key === Key && tag.Value === Value),
  )
}

/** Whether a rule is about an object. */
export function covers(rule: LifecycleRule, version: Omit<VersionFacts, 'modifiedAt'>): boolean {
  if (rule.Status !== 'Enabled') return false
  const { Filter: filter } = rule
  const both = filter?.And
  const prefix = rule.Prefix ?? filter?.Prefix ?? both?.Prefix ?? ''
  const tags = both?.Tags ?? (filter?.Tag ? [filter.Tag] : [])
  const above = both?.ObjectSizeGreaterThan ?? filter?.ObjectSizeGreaterThan
  const below = both?.ObjectSizeLessThan ?? filter?.ObjectSizeLessThan
  return (
    version.key.startsWith(prefix) &&
    hasTags(version.tags, tags) &&
    (above === undefined || version.size > above) &&
    (below === undefined || version.size < below)
  )
}

/** When a rule expires a current version; undefined when it never does. */
export function expiryOf(rule: LifecycleRule, version: VersionFacts): Date | undefined {
  const { Days: days, Date: date } = rule.Expiration ?? {}
  if (version.isMarker || version.noncurrentSince !== undefined) return undefined
  if (date !== undefined) return new Date(date)
  return days === undefined ? undefined : midnightAfter(version.modifiedAt, days)
}

function noncurrentExpires(rule: LifecycleRule, version: VersionFacts, now: Date): boolean {
  const { NoncurrentDays: days, NewerNoncurrentVersions: kept = 0 } =
    rule.NoncurrentVersionExpiration ?? {}
  if (days === undefined || version.noncurrentSince === undefined) return false
  return version.newerNoncurrent >= kept && midnightAfter(version.noncurrentSince, days) <= now
}

function markerExpires(rule: LifecycleRule, version: VersionFacts, now: Date): boolean {
  const { ExpiredObjectDeleteMarker: removes, Days: days } = rule.Expiration ?? {}
  if (!version.isMarker || !version.isOnly || version.noncurrentSince !== undefined) return false
  // An age in days removes old markers that hide nothing, too.
  return removes ?? (days !== undefined && midnightAfter(version.modifiedAt, days) <= now)
}

/** Storage classes from warm to cold: nothing moves back. */
const coldness = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]

function moveOf(
  rule: LifecycleRule,
  version: VersionFacts,
  now: Date,
): TransitionStorageClass | undefined {
  const { noncurrentSince: since } = version
  const due =
    since === undefined
      ? (rule.Transitions ?? []).filter(({ Days: days, Date: date }) =>
          date === undefined
            ? midnightAfter(version.modifiedAt, days ?? 0) <= now
            : new Date(date) <= now,
        )
      : (rule.NoncurrentVersionTransitions ?? []).filter(
          ({ NoncurrentDays: days = 0, NewerNoncurrentVersions: kept = 0 }) =>
            version.newerNoncurrent >= kept && midnightAfter(since, days) <= now,
        )
  const classes = due.flatMap(({ StorageClass: name }) => (name === undefined ? [] : [name]))
  return classes
    .filter((name) => coldness.indexOf(name) > coldness.indexOf(version.storageClass))
    .sort((a, b) => coldness.indexOf(b) - coldness.indexOf(a))[0]
}

/**
 * What a bucket's rules have due for a version by now; expiry wins over moves.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function dueFor(
  rules: readonly LifecycleRule[],
  version: VersionFacts,
  now: Date,
): Due | undefined {
  const own = rules.filter((rule) => covers(rule, version))
  const expires = own.some((rule) => {
    const expiry = expiryOf(rule, version)
    if (expiry && expiry <= now) return true
    return noncurrentExpires(rule, version, now) || markerExpires(rule, version, now)
  })
  if (expires) return { kind: 'expire' }
  if (version.isMarker) return undefined
  for (const rule of own) {
    const to = moveOf(rule, version, now)
    if (to !== undefined) return { kind: 'move', to }
  }
  return undefined
}

/** Whether an upload has been under way for too long. */
export function abortsUpload(
  rules: readonly LifecycleRule[],
  upload: { readonly key: string; readonly startedAt: string },
  now: Date,
): boolean {
  return rules.some((rule) => {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
    const prefix = rule.Prefix ?? rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? ''
    if (rule.Status !== 'Enabled' || days === undefined) return false
    return upload.key.startsWith(prefix) && midnightAfter(upload.startedAt, days) <= now
  })
}
