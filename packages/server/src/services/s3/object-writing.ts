import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import {
  bucketAccess,
  bucketArn,
  objectArn,
  type BucketInput,
  type BucketSubject,
  type Conditions,
} from './bucket-access.ts'
import { encryptionChoice, type EncryptionInput } from './encryption/choice.ts'
import { sealDataKey } from './encryption/data-keys.ts'
import { accessDenied, invalidRequest, s3Error } from './errors.ts'
import { hasAcl, isOwnersOnly, isPublicAcl, requestedGrants, type AclInput } from './grants.ts'
import { lockOf, type LockInput } from './object-facts.ts'
import type { GrantRow, LockFacts, SealedKey } from './store.ts'
import { headerTags, requestTagConditions } from './tags.ts'

/** What every request that makes an object may say. */
export interface WriteInput extends BucketInput, EncryptionInput, AclInput, LockInput {
  readonly Key?: string | undefined
  readonly Tagging?: string | undefined
  readonly StorageClass?: string | undefined
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
}

/** The permissions of a write: PutObject, and one more for each thing that it brings along. */
export function writeAccess(
  ctx: Context,
  subject: BucketSubject,
  input: WriteInput,
  more: Conditions = {},
): Access[] {
  const key = input.Key ?? ''
  const conditions: Conditions = {
    's3:x-amz-acl': input.ACL,
    's3:x-amz-grant-full-control': input.GrantFullControl,
    's3:x-amz-grant-read': input.GrantRead,
    's3:x-amz-server-side-encryption': input.ServerSideEncryption,
    's3:x-amz-server-side-encryption-aws-kms-key-id': input.SSEKMSKeyId,
    's3:x-amz-server-side-encryption-customer-algorithm': input.SSECustomerAlgorithm,
    's3:x-amz-storage-class': input.StorageClass,
    's3:if-match': input.IfMatch,
    's3:if-none-match': input.IfNoneMatch,
    's3:object-lock-mode': input.ObjectLockMode,
    's3:object-lock-legal-hold': input.ObjectLockLegalHoldStatus,
    ...requestTagConditions(headerTags(input.Tagging)),
    ...more,
  }
  const need = (action: string): Access =>
    bucketAccess(ctx, subject, { action, key, conditions, acl: 'WRITE' })
  return [
    need('PutObject'),
    // AWS services that deliver logs give the owner full control by policies that allow PutObject only.
    ...(hasAcl(input) && ctx.principal.kind !== 'service' ? [need('PutObjectAcl')] : []),
    ...(input.Tagging !== undefined ? [need('PutObjectTagging')] : []),
    ...(input.ObjectLockMode !== undefined ? [need('PutObjectRetention')] : []),
    ...(input.ObjectLockLegalHoldStatus !== undefined ? [need('PutObjectLegalHold')] : []),
  ]
}

/** Whose a new object is: the bucket owner's where ACLs are disabled, else the writer's. */
export function ownerOfNew(ctx: Context, { bucket }: BucketSubject, input: AclInput): string {
  const { ownership, accountId } = bucket
  if (ownership === 'BucketOwnerEnforced' || ctx.account === '') return accountId
  const isGiven = ownership === 'BucketOwnerPreferred' && input.ACL === 'bucket-owner-full-control'
  return isGiven || ctx.principal.kind === 'service' ? accountId : ctx.account
}

/** The ACL of a new object. Throws AccessControlListNotSupported, AccessDenied where public ones are blocked. */
export function grantsOfNew(
  ctx: Context,
  subject: BucketSubject,
  input: AclInput,
): readonly GrantRow[] | undefined {
  const { bucket } = subject
  if (!hasAcl(input)) return undefined
  if (bucket.ownership === 'BucketOwnerEnforced') {
    if (isOwnersOnly(input)) return undefined
    throw aclNotSupported()
  }
  const owners = { owner: ownerOfNew(ctx, subject, input), bucketOwner: bucket.accountId }
  const grants = requestedGrants(input, owners)
  if (bucket.publicAccessBlock?.BlockPublicAcls && isPublicAcl(grants)) throw accessDenied()
  return grants
}

/** AccessControlListNotSupported. */
export const aclNotSupported = () =>
  s3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs', 400)

/** Seals the data key of an object about to be written. Throws KMS's refusals. */
export function sealFor(
  ctx: Context,
  { bucket }: BucketSubject,
  input: WriteInput,
  dataKey: Buffer,
): Promise<SealedKey> {
  const place = {
    bucketArn: bucketArn(bucket.name),
    objectArn: objectArn(bucket.name, input.Key ?? ''),
  }
  return sealDataKey(ctx, dataKey, encryptionChoice(input, bucket), place)
}

const dayMs = 86_400_000

/** Object Lock on a new object: as asked for, else as the bucket has it. Throws InvalidRequest. */
export function lockOfNew(
  ctx: Context,
  { bucket }: BucketSubject,
  input: LockInput,
): LockFacts | undefined {
  const asked = lockOf(input, ctx.now)
  if (!bucket.objectLock) {
    if (asked || input.ObjectLockLegalHoldStatus !== undefined) {
      throw invalidRequest('Bucket is missing Object Lock Configuration')
    }
    return undefined
  }
  const rule = bucket.objectLock.defaultRetention
  if (!rule || asked?.mode) return asked
  const days = rule.days ?? (rule.years ?? 0) * 365
  const until = new Date(ctx.now.getTime() + days * dayMs).toISOString()
  return { mode: rule.mode, until, ...(asked?.legalHold && { legalHold: true }) }
}

/** An ETag: the MD5 of the bytes, but not of those that KMS or the customer encrypts. */
export function etagOf(ctx: Context, md5: string, { algorithm }: SealedKey): string {
  return algorithm === 'AES256' ? `"${md5}"` : `"${ctx.ids.hex(32)}"`
}
