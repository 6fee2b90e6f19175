import {
  DeleteBucketEncryption$,
  DeleteBucketOwnershipControls$,
  DeleteBucketTagging$,
  DeletePublicAccessBlock$,
  GetBucketEncryption$,
  GetBucketOwnershipControls$,
  GetBucketTagging$,
  GetBucketVersioning$,
  GetPublicAccessBlock$,
  PutBucketEncryption$,
  PutBucketOwnershipControls$,
  PutBucketTagging$,
  PutBucketVersioning$,
  PutPublicAccessBlock$,
} from '@aws-sdk/client-s3'
import type {
  DeleteBucketEncryptionRequest,
  DeleteBucketOwnershipControlsRequest,
  DeleteBucketTaggingRequest,
  DeletePublicAccessBlockRequest,
  GetBucketEncryptionOutput,
  GetBucketEncryptionRequest,
  GetBucketOwnershipControlsOutput,
  GetBucketOwnershipControlsRequest,
  GetBucketTaggingOutput,
  GetBucketTaggingRequest,
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  GetPublicAccessBlockOutput,
  GetPublicAccessBlockRequest,
  PutBucketEncryptionRequest,
  PutBucketOwnershipControlsRequest,
  PutBucketTaggingRequest,
  PutBucketVersioningRequest,
  PutPublicAccessBlockRequest,
} from '@aws-sdk/client-s3'
import { bucketChange, bucketRead } from './bucket-operations.ts'
import { invalidArgument, malformedXml, s3Error } from './errors.ts'
import { privateGrants } from './grants.ts'
import type { DefaultEncryption } from './store.ts'
import { checkedTags } from './tags.ts'

/** PutBucketVersioning: Enabled or Suspended, and never off again. */
export const PutBucketVersioning = bucketChange<PutBucketVersioningRequest>(
  PutBucketVersioning$,
  {},
  (bucket, { VersioningConfiguration: wanted }) => {
    const status: string | undefined = wanted?.Status
    if (wanted?.MFADelete === 'Enabled') {
      throw s3Error('AccessDenied', 'Mfa Authentication must be used for this request', 403)
    }
    if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml()
    if (bucket.objectLock && status === 'Suspended') {
      throw s3Error(
        'InvalidBucketState',
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
        409,
      )
    }
    return { ...bucket, versioning: status }
  },
)

/** GetBucketVersioning: empty where versioning was never set. */
export const GetBucketVersioning = bucketRead<
  GetBucketVersioningRequest,
  GetBucketVersioningOutput
>(GetBucketVersioning$, {}, ({ versioning }) => (versioning ? { Status: versioning } : {}))

const encryptionActions = {
  get: { action: 'GetEncryptionConfiguration' },
  put: { action: 'PutEncryptionConfiguration' },
}

function wantedEncryption(input: PutBucketEncryptionRequest): DefaultEncryption {
  const [rule, ...more] = input.ServerSideEncryptionConfiguration?.Rules ?? []
  if (!rule || more.length > 0) throw malformedXml()
  const { SSEAlgorithm: algorithm = 'AES256', KMSMasterKeyID: keyId } =
    rule.ApplyServerSideEncryptionByDefault ?? {}
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') {
    throw malformedXml()
  }
  if (keyId !== undefined && algorithm === 'AES256') {
    throw invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      'ApplyServerSideEncryptionByDefault',
    )
  }
  return {
    algorithm,
    ...(keyId !== undefined && { keyId }),
    bucketKey: rule.BucketKeyEnabled ?? false,
    ...(rule.BlockedEncryptionTypes?.EncryptionType?.includes('SSE-C') && { blocksSseC: true }),
  }
}

/** PutBucketEncryption: what new objects are encrypted with by default. */
export const PutBucketEncryption = bucketChange<PutBucketEncryptionRequest>(
  PutBucketEncryption$,
  encryptionActions.put,
  (bucket, input) => ({ ...bucket, encryption: wantedEncryption(input) }),
)

/** GetBucketEncryption: every bucket has one. */
export const GetBucketEncryption = bucketRead<
  GetBucketEncryptionRequest,
  GetBucketEncryptionOutput
>(GetBucketEncryption$, encryptionActions.get, ({ encryption }) => {
  const { algorithm, keyId, bucketKey, blocksSseC } = encryption
  const rule = {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: algorithm,
      ...(keyId !== undefined && { KMSMasterKeyID: keyId }),
    },
    BucketKeyEnabled: bucketKey,
    ...(blocksSseC && { BlockedEncryptionTypes: { EncryptionType: ['SSE-C' as const] } }),
  }
  return { ServerSideEncryptionConfiguration: { Rules: [rule] } }
})

/** DeleteBucketEncryption: back to SSE-S3. */
export const DeleteBucketEncryption = bucketChange<DeleteBucketEncryptionRequest>(
  DeleteBucketEncryption$,
  encryptionActions.put,
  (bucket) => ({ ...bucket, encryption: { algorithm: 'AES256', bucketKey: false } }),
)

/** PutBucketTagging replaces all tags. */
export const PutBucketTagging = bucketChange<PutBucketTaggingRequest>(
  PutBucketTagging$,
  {},
  (bucket, { Tagging: tagging }) => ({ ...bucket, tags: checkedTags(tagging?.TagSet) }),
)

/** GetBucketTagging. Throws NoSuchTagSet where there are none. */
export const GetBucketTagging = bucketRead<GetBucketTaggingRequest, GetBucketTaggingOutput>(
  GetBucketTagging$,
  {},
  ({ tags, name }) => {
    if (tags.length > 0) return { TagSet: [...tags] }
    throw s3Error('NoSuchTagSet', 'The TagSet does not exist', 404, {
      fields: { BucketName: name },
    })
  },
)

/** DeleteBucketTagging. */
export const DeleteBucketTagging = bucketChange<DeleteBucketTaggingRequest>(
  DeleteBucketTagging$,
  { action: 'PutBucketTagging' },
  (bucket) => ({ ...bucket, tags: [] }),
)

const ownerships: ReadonlySet<string | undefined> = new Set([
  'BucketOwnerEnforced',
  'BucketOwnerPreferred',
  'ObjectWriter',
])

/** PutBucketOwnershipControls; ACLs are disabled only where none lets others in. */
export const PutBucketOwnershipControls = bucketChange<PutBucketOwnershipControlsRequest>(
  PutBucketOwnershipControls$,
  {},
  (bucket, { OwnershipControls: controls }) => {
    const [rule, ...more] = controls?.Rules ?? []
    const ownership = rule?.ObjectOwnership
    if (!ownership || more.length > 0 || !ownerships.has(ownership)) throw malformedXml()
    const own = JSON.stringify(privateGrants(bucket.accountId))
    const isShared = bucket.grants !== undefined && JSON.stringify(bucket.grants) !== own
    if (ownership === 'BucketOwnerEnforced' && isShared) {
      throw s3Error(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        400,
      )
    }
    return { ...bucket, ownership }
  },
)

/** GetBucketOwnershipControls. */
export const GetBucketOwnershipControls = bucketRead<
  GetBucketOwnershipControlsRequest,
  GetBucketOwnershipControlsOutput
>(GetBucketOwnershipControls$, {}, ({ ownership, name }) => {
  if (ownership) return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }
  throw s3Error(
    'OwnershipControlsNotFoundError',
    'The bucket ownership controls were not found',
    404,
    { fields: { BucketName: name } },
  )
})

/** DeleteBucketOwnershipControls: ACLs count again, objects are their writers'. */
export const DeleteBucketOwnershipControls = bucketChange<DeleteBucketOwnershipControlsRequest>(
  DeleteBucketOwnershipControls$,
  { action: 'PutBucketOwnershipControls' },
  ({ ownership: _ownership, ...bucket }) => bucket,
)

/** PutPublicAccessBlock: what is not said is off. */
export const PutPublicAccessBlock = bucketChange<PutPublicAccessBlockRequest>(
  PutPublicAccessBlock$,
  { action: 'PutBucketPublicAccessBlock' },
  (bucket, { PublicAccessBlockConfiguration: wanted }) => ({
    ...bucket,
    publicAccessBlock: {
      BlockPublicAcls: wanted?.BlockPublicAcls ?? false,
      IgnorePublicAcls: wanted?.IgnorePublicAcls ?? false,
      BlockPublicPolicy: wanted?.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: wanted?.RestrictPublicBuckets ?? false,
    },
  }),
)

/** GetPublicAccessBlock. */
export const GetPublicAccessBlock = bucketRead<
  GetPublicAccessBlockRequest,
  GetPublicAccessBlockOutput
>(
  GetPublicAccessBlock$,
  { action: 'GetBucketPublicAccessBlock' },
  ({ publicAccessBlock, name }) => {
    if (publicAccessBlock) return { PublicAccessBlockConfiguration: publicAccessBlock }
    throw s3Error(
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
      404,
      { fields: { BucketName: name } },
    )
  },
)

/** DeletePublicAccessBlock: nothing is blocked any more. */
export const DeletePublicAccessBlock = bucketChange<DeletePublicAccessBlockRequest>(
  DeletePublicAccessBlock$,
  { action: 'PutBucketPublicAccessBlock' },
  ({ publicAccessBlock: _block, ...bucket }) => bucket,
)
