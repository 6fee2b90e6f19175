import type { DistributionConfig, InvalidationBatch } from '@aws-sdk/client-cloudfront'
import { defineTable } from '../../kernel/store/store.ts'

/** A distribution. Times are ISO 8601. */
export interface DistributionRow {
  readonly id: string
  readonly account: string
  readonly arn: string
  /** The version of the configuration, for If-Match. */
  readonly etag: string
  readonly domainName: string
  /** Where it is served on this machine. */
  readonly boundPort: number
  readonly modifiedAt: string
  readonly config: DistributionConfig
  readonly tags: Readonly<Record<string, string>>
}

/** Objects that are to be fetched anew. */
export interface InvalidationRow {
  readonly id: string
  readonly distributionId: string
  readonly createdAt: string
  readonly batch: InvalidationBatch
}

/** Distributions by their id; they belong to no Region. */
export const distributions = defineTable<DistributionRow>({
  name: 'cloudfront.distributions',
  scope: 'account',
})

/** Invalidations by `distribution/invalidation`, the newest first. */
export const invalidations = defineTable<InvalidationRow>({
  name: 'cloudfront.invalidations',
  scope: 'account',
})

/** The accounts that have distributions: what carries their traffic looks there. */
export const places = defineTable<{ readonly account: string; readonly region: string }>({
  name: 'cloudfront.places',
  scope: 'system',
})
