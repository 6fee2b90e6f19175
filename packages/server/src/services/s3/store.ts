import type {
  ChecksumAlgorithm,
  ChecksumType,
  ObjectLockMode,
  ObjectOwnership,
  Permission,
  PublicAccessBlockConfiguration,
  StorageClass,
} from '@aws-sdk/client-s3'
import { defineTable } from '../../kernel/store/store.ts'

/** A tag of a bucket or object. */
export interface TagRow {
  readonly Key: string
  readonly Value: string
}

/** Who a grant is for: an account by its canonical user id, or one of S3's groups by its URI. */
export interface GrantRow {
  readonly grantee: { readonly id: string } | { readonly uri: string }
  readonly permission: Permission
}

/** What a bucket encrypts new objects with when the request does not say. */
export interface DefaultEncryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  readonly keyId?: string
  readonly bucketKey: boolean
  /** As put, with what Bartizan keeps but does not act on. */
  readonly blocksSseC?: boolean
}

/** A bucket with its configuration. Times are ISO 8601. */
export interface BucketRow {
  readonly name: string
  readonly accountId: string
  readonly region: string
  readonly createdAt: string
  /** The LocationConstraint as asked for: `EU` stays `EU`. */
  readonly location?: string
  readonly versioning?: 'Enabled' | 'Suspended'
  readonly ownership?: ObjectOwnership
  readonly publicAccessBlock?: PublicAccessBlockConfiguration
  readonly policy?: string
  readonly grants?: readonly GrantRow[]
  readonly encryption: DefaultEncryption
  readonly tags: readonly TagRow[]
  readonly objectLock?: { readonly defaultRetention?: DefaultRetention }
  /** Further subresources by name (`cors`, `website`), in the SDK's own shape with ISO 8601 dates. */
  readonly configurations: Readonly<Record<string, object>>
}

/** The retention that new objects get. */
export interface DefaultRetention {
  readonly mode: ObjectLockMode
  readonly days?: number
  readonly years?: number
}

/** Every bucket by name: names are global over all accounts. */
export const buckets = defineTable<BucketRow>({
  name: 's3.buckets',
  scope: 'system',
  indexes: { account: (row) => row.accountId },
})

/** A file of the blob store: `size` bytes of plaintext, encrypted under a key derived from its object's. */
export interface BlobRef {
  readonly id: string
  readonly size: number
  /** Not a file, but a row of `smallBlobs`. */
  readonly inRow?: true
}

/** The bytes of a small object. */
export interface SmallBlobRow {
  /** AES-256-GCM under the object's data key; base64. */
  readonly sealed: string
}

/** Small objects' bytes by blob id, in the owner's account: one commit makes them durable with their facts. */
export const smallBlobs = defineTable<SmallBlobRow>({
  name: 's3.small-blobs',
  scope: 'account',
  uncached: true,
})

/** The id under which a file is found, none for bytes in a row. */
function fileOf(blob: BlobRef | undefined): string | undefined {
  return blob?.inRow ? undefined : blob?.id
}

/** How an object's data key is kept. */
export interface SealedKey {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'customer'
  /** Sealed under the root key, the KMS data key, the bucket key or the customer's key. */
  readonly sealed: string
  readonly kmsKeyArn?: string
  /** KMS's ciphertext of the key that `sealed` is under; base64. */
  readonly kmsBlob?: string
  readonly bucketKey?: true
  /** The caller's part of the encryption context, beside `aws:s3:arn`. */
  readonly context?: Readonly<Record<string, string>>
}

/** A checksum as S3 keeps and tells it. */
export interface ChecksumFacts {
  readonly algorithm: ChecksumAlgorithm
  /** base64, with `-N` behind for composites. */
  readonly value: string
  readonly type: ChecksumType
}

/** What the Content-… headers and their like say of an object. */
export interface ObjectHeaders {
  readonly ContentType?: string
  readonly CacheControl?: string
  readonly ContentDisposition?: string
  readonly ContentEncoding?: string
  readonly ContentLanguage?: string
  /** ISO 8601. */
  readonly Expires?: string
  readonly WebsiteRedirectLocation?: string
}

/** Object Lock on one version. */
export interface LockFacts {
  readonly mode?: ObjectLockMode
  /** ISO 8601. */
  readonly until?: string
  readonly legalHold?: boolean
}

/** What a version and a delete marker have in common. Times are ISO 8601. */
interface VersionFacts {
  readonly bucket: string
  readonly key: string
  /** `null` for what was written without versioning. */
  readonly versionId: string
  /** Grows with every version of a key. */
  readonly sequence: number
  readonly modifiedAt: string
  readonly ownerAccount: string
}

/** One version of an object: everything but its bytes. */
export interface ObjectRow extends VersionFacts {
  readonly marker?: never
  readonly size: number
  /** With its quotation marks. */
  readonly etag: string
  readonly storageClass: StorageClass
  readonly headers: ObjectHeaders
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: readonly TagRow[]
  readonly checksum?: ChecksumFacts
  readonly dataKey: SealedKey
  /** The bytes in one file, or those of an upload in parts in a manifest of its own. */
  readonly blob?: BlobRef
  readonly manifest?: string
  readonly parts?: number
  readonly grants?: readonly GrantRow[]
  readonly lock?: LockFacts
  /** When it stopped being the current version: lifecycle rules count from then. */
  readonly noncurrentSince?: string
}

/** What hides an object that was deleted under versioning. */
export interface MarkerRow extends VersionFacts {
  readonly marker: true
  readonly noncurrentSince?: string
}

/** Current objects by `<bucket>/<key>`, in the owner's account; one hidden by a delete marker is none. */
export const objects = defineTable<ObjectRow>({
  name: 's3.objects',
  scope: 'account',
  indexes: { blob: (row) => fileOf(row.blob) },
})

/** Noncurrent versions, and delete markers current or not, newest first within a key. */
export const versions = defineTable<ObjectRow | MarkerRow>({
  name: 's3.versions',
  scope: 'account',
  indexes: {
    blob: (row) => (row.marker ? undefined : fileOf(row.blob)),
    id: (row) => versionIndex(row.bucket, row.key, row.versionId),
  },
})

/** The value of the versions' `id` index. */
export function versionIndex(bucket: string, key: string, versionId: string): string {
  return `${bucket}/${key}/${versionId}`
}

/** One part of an object that was uploaded in parts. */
export interface ManifestPart extends BlobRef {
  readonly number: number
  readonly checksum?: string
}

/** The parts of an object, by the manifest's id: apart, so that listings do not carry them. */
export interface ManifestRow {
  readonly parts: readonly ManifestPart[]
}

/** Manifests by id, in the owner's account. */
export const manifests = defineTable<ManifestRow>({
  name: 's3.manifests',
  scope: 'account',
  indexes: { blob: (row) => row.parts.map(({ id }) => id) },
})

/** A multipart upload that is under way. */
export interface UploadRow {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly startedAt: string
  readonly initiatorArn: string
  readonly initiatorAccount: string
  readonly ownerAccount: string
  readonly storageClass: StorageClass
  readonly headers: ObjectHeaders
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: readonly TagRow[]
  readonly checksumAlgorithm?: ChecksumAlgorithm
  readonly checksumType?: ChecksumType
  readonly dataKey: SealedKey
  readonly grants?: readonly GrantRow[]
  readonly lock?: LockFacts
}

/** Uploads by `<bucket>/<key>\u0001<id>`: in the order in which they are listed. */
export const uploads = defineTable<UploadRow>({
  name: 's3.uploads',
  scope: 'account',
})

/** A part of an upload that is under way. */
export interface PartRow {
  readonly number: number
  readonly blob: BlobRef
  readonly etag: string
  readonly modifiedAt: string
  readonly checksum?: ChecksumFacts
}

/** Parts by `<upload id>/<number in five digits>`. */
export const parts = defineTable<PartRow>({
  name: 's3.parts',
  scope: 'account',
  indexes: { blob: (row) => row.blob.id },
})

/** The key of an object's row. */
export function objectKey(bucket: string, key: string): string {
  return `${bucket}/${key}`
}

const sequenceDigits = 12
const lastSequence = 10 ** sequenceDigits - 1

/** The key of a version's row: the newest sorts first. No key of an object sorts between a key and its versions. */
export function versionKey({ bucket, key, sequence }: VersionFacts): string {
  const order = String(lastSequence - sequence).padStart(sequenceDigits, '0')
  return `${bucket}/${key}\u0001${order}`
}

/** The key of an upload's row. */
export function uploadKey({ bucket, key, id }: Pick<UploadRow, 'bucket' | 'key' | 'id'>): string {
  return `${bucket}/${key}\u0001${id}`
}

/** The key of a part's row. */
export function partKey(uploadId: string, number: number): string {
  return `${uploadId}/${String(number).padStart(5, '0')}`
}
