import type { StorageClass } from '@aws-sdk/client-s3'
import { invalidArgument, s3Error } from './errors.ts'
import type { LockFacts, ObjectHeaders, ObjectRow, SealedKey } from './store.ts'

/** The members of requests that describe an object beside its bytes. */
export interface DescribingInput {
  readonly ContentType?: string | undefined
  readonly CacheControl?: string | undefined
  readonly ContentDisposition?: string | undefined
  readonly ContentEncoding?: string | undefined
  readonly ContentLanguage?: string | undefined
  readonly Expires?: Date | undefined
  readonly WebsiteRedirectLocation?: string | undefined
}

/** What the headers of a write say of an object; `aws-chunked` is how it travelled, not what it is. */
export function headersOf(input: DescribingInput): ObjectHeaders {
  const encoding = input.ContentEncoding?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && item !== 'aws-chunked')
    .join(',')
  const { CacheControl, ContentDisposition, ContentLanguage, WebsiteRedirectLocation } = input
  return {
    ContentType: input.ContentType ?? 'binary/octet-stream',
    ...(CacheControl !== undefined && { CacheControl }),
    ...(ContentDisposition !== undefined && { ContentDisposition }),
    ...(encoding && { ContentEncoding: encoding }),
    ...(ContentLanguage !== undefined && { ContentLanguage }),
    ...(input.Expires && { Expires: input.Expires.toISOString() }),
    ...(WebsiteRedirectLocation !== undefined && { WebsiteRedirectLocation }),
  }
}

const maxKeyBytes = 1024
const maxMetadataBytes = 2048

/** Refuses keys and metadata that are too long. Throws KeyTooLongError and MetadataTooLarge. */
export function checkSizes(input: {
  readonly Key?: string | undefined
  readonly Metadata?: Readonly<Record<string, string>> | undefined
}): void {
  const size = Buffer.byteLength(input.Key ?? '')
  if (size > maxKeyBytes) {
    throw s3Error('KeyTooLongError', 'Your key is too long', 400, {
      fields: { Size: String(size), MaxSizeAllowed: String(maxKeyBytes) },
    })
  }
  let total = 0
  for (const [name, value] of Object.entries(input.Metadata ?? {})) {
    total += Buffer.byteLength(name) + Buffer.byteLength(value)
  }
  if (total <= maxMetadataBytes) return
  throw s3Error(
    'MetadataTooLarge',
    'Your metadata headers exceed the maximum allowed metadata size',
    400,
    { fields: { Size: String(total), MaxSizeAllowed: String(maxMetadataBytes) } },
  )
}

const storageClasses: ReadonlySet<string> = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
])

/** The storage class of a write. Throws InvalidStorageClass. */
export function storageClassOf(asked: string | undefined): StorageClass {
  if (asked === undefined) return 'STANDARD'
  if (storageClasses.has(asked)) return asked as StorageClass
  throw s3Error('InvalidStorageClass', 'The storage class you specified is not valid', 400, {
    fields: { StorageClassRequested: asked },
  })
}

/** The Object Lock members of a write. */
export interface LockInput {
  readonly ObjectLockMode?: 'COMPLIANCE' | 'GOVERNANCE' | undefined
  readonly ObjectLockRetainUntilDate?: Date | undefined
  readonly ObjectLockLegalHoldStatus?: 'ON' | 'OFF' | undefined
}

/** Object Lock as a write asks for it. Throws InvalidArgument. */
export function lockOf(input: LockInput, now: Date): LockFacts | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    )
  }
  if (until && until <= now) {
    throw invalidArgument('The retain until date must be in the future!')
  }
  const legalHold = input.ObjectLockLegalHoldStatus === 'ON'
  if (mode === undefined && !legalHold) return undefined
  return {
    ...(mode && until && { mode, until: until.toISOString() }),
    ...(legalHold && { legalHold }),
  }
}

/** How an answer tells of an object's encryption. */
export function encryptionMembers(key: SealedKey, customerMd5?: string) {
  if (key.algorithm === 'customer') {
    return {
      SSECustomerAlgorithm: 'AES256',
      ...(customerMd5 !== undefined && { SSECustomerKeyMD5: customerMd5 }),
    }
  }
  return {
    ServerSideEncryption: key.algorithm,
    ...(key.kmsKeyArn !== undefined && { SSEKMSKeyId: key.kmsKeyArn }),
    ...(key.bucketKey && { BucketKeyEnabled: true }),
  }
}

/** The version id that answers show: none where the bucket never had versioning. */
export function versionMember(
  row: Pick<ObjectRow, 'versionId'>,
  versioning: string | undefined,
): { VersionId?: string } {
  return versioning === undefined ? {} : { VersionId: row.versionId }
}

/** An object's time as S3 tells it: in whole seconds. */
export function toldTime(iso: string): Date {
  return new Date(`${iso.slice(0, 19)}Z`)
}
