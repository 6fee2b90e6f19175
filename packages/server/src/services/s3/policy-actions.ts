/** What an action of S3 is about; undefined for a name that is none, and for names with wildcards. */
export type ActionScope = 'bucket' | 'object' | 'elsewhere'

const objectActions = `
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold
GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging
GetObjectVersionTorrent ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject
PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject
UpdateObjectEncryption`

const bucketActions = `
CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite
GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS
GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification
GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning
GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
GetReplicationConfiguration HeadBucket InitiateReplication ListBucket ListBucketMultipartUploads
ListBucketVersions ListTagsForResource PutAccelerateConfiguration PutAnalyticsConfiguration
PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy
PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning
PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration
PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
PutReplicationConfiguration TagResource UntagResource
UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration`

/** Names of actions on access points, jobs, Storage Lens and the account: known, but not a bucket's. */
const elsewhere =
  /accesspoint|accessgrant|storagelens|job|accountpublicaccessblock|listallmybuckets|getdataaccess|pausereplication/

const scopes: ReadonlyMap<string, ActionScope> = new Map([
  ...namesOf(bucketActions).map((name) => [name, 'bucket'] as const),
  ...namesOf(objectActions).map((name) => [name, 'object'] as const),
])

function namesOf(text: string): string[] {
  return text.trim().toLowerCase().split(/\s+/)
}

/**
 * What an action that a bucket policy names is about, from the Service Authorization Reference of S3
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
 */
export function scopeOf(action: string): ActionScope | undefined {
  const name = action.toLowerCase().replace(/^s3:/, '')
  return scopes.get(name) ?? (elsewhere.test(name) ? 'elsewhere' : undefined)
}
