import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail'
import { defineTable } from '../../kernel/store/store.ts'

/** A trail. */
export interface TrailRow {
  readonly name: string
  readonly homeRegion: string
  readonly arn: string
  readonly bucket: string
  readonly prefix?: string
  readonly snsTopicArn?: string
  readonly includesGlobalEvents: boolean
  readonly isMultiRegion: boolean
  /** The organization whose accounts it covers. */
  readonly organizationId?: string
  readonly validatesFiles: boolean
  readonly logGroupArn?: string
  readonly logRoleArn?: string
  readonly kmsKeyId?: string
  readonly tags: Readonly<Record<string, string>>
  readonly selectors: readonly EventSelector[]
  readonly advancedSelectors: readonly AdvancedEventSelector[]
  readonly hasCustomSelectors: boolean
}
/** The trails of an account, by `<home Region>/<name>`. */
export const trails = defineTable<TrailRow>({ name: 'cloudtrail.trails', scope: 'account' })

/** How an attempt to deliver went. Times are ISO 8601. */
export interface Attempt {
  readonly at: string
  /** When it last succeeded. */
  readonly succeededAt?: string
  /** The error code, when the last attempt failed. */
  readonly error?: string
}

/** A log file that no digest covers yet. */
export interface UndigestedFile {
  readonly region: string
  readonly account: string
  readonly bucket: string
  readonly key: string
  readonly sha256: string
  /** ISO 8601, of its events. */
  readonly oldest: string
  readonly newest: string
}

/** The digest that the next one of the same account and Region builds upon. */
export interface LastDigest {
  readonly bucket: string
  readonly key: string
  readonly sha256: string
  readonly signature: string
}

/** What a trail has delivered and where it goes on. */
export interface DeliveryRow {
  readonly isLogging: boolean
  /** Logging was stopped, and what happened before is still to be delivered. */
  readonly isDraining?: true
  readonly startedAt?: string
  readonly stoppedAt?: string
  /** By account: the sequence number of the last record that was delivered or passed over. */
  readonly cursors: Readonly<Record<string, number>>
  readonly delivery?: Attempt
  readonly notification?: Attempt
  readonly logs?: Attempt
  readonly digest?: Attempt
  readonly undigested: readonly UndigestedFile[]
  /** ISO 8601: where the next digest begins. */
  readonly digestFrom?: string
  /** By `<account>/<Region>`. */
  readonly lastDigests: Readonly<Record<string, LastDigest>>
}
/** The state of trails, under the keys of the trails. */
export const deliveries = defineTable<DeliveryRow>({
  name: 'cloudtrail.deliveries',
  scope: 'account',
})

/** A key pair by which digests are signed. */
export interface SigningKeyRow {
  /** ISO 8601. */
  readonly validFrom: string
  readonly validTo: string
  /** MD5 of the public key, in hexadecimal. */
  readonly fingerprint: string
  /** PKCS #1 DER in base64. */
  readonly publicKey: string
  /** PKCS #8 DER in base64. */
  readonly privateKey: string
}
/** The signing keys of the installation, by the beginning of their validity. */
export const signingKeys = defineTable<SigningKeyRow>({
  name: 'cloudtrail.signing-keys',
  scope: 'system',
  sealed: ['privateKey'],
})

/** What a trail without selectors of its own records: every management event. */
export const defaultSelectors: readonly EventSelector[] = [
  {
    ReadWriteType: 'All',
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  },
]

/** A delivery that has not begun. */
export const notStarted: DeliveryRow = {
  isLogging: false,
  cursors: {},
  undigested: [],
  lastDigests: {},
}

/** The key of a trail. */
export function trailKey({ homeRegion, name }: Pick<TrailRow, 'homeRegion' | 'name'>): string {
  return `${homeRegion}/${name}`
}
