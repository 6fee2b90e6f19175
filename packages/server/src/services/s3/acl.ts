import { GetBucketAcl$, GetObjectAcl$, PutBucketAcl$, PutObjectAcl$ } from '@aws-sdk/client-s3'
import type {
  AccessControlPolicy,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetObjectAclOutput,
  GetObjectAclRequest,
  PutBucketAclRequest,
  PutObjectAclOutput,
  PutObjectAclRequest,
} from '@aws-sdk/client-s3'
import { operation } from '../../kernel/service.ts'
import { bucketAccess } from './bucket-access.ts'
import { bucketChange, bucketRead } from './bucket-operations.ts'
import { accessDenied, invalidRequest, s3Error } from './errors.ts'
import {
  documentGrants,
  hasAcl,
  isOwnersOnly,
  isPublicAcl,
  privateGrants,
  requestedGrants,
  shownGrants,
  type AclInput,
  type AclOwners,
} from './grants.ts'
import { announce } from './notifications/announce.ts'
import { findObject, readAccess, requireObject, type ObjectSubject } from './object-reading.ts'
import { aclNotSupported } from './object-writing.ts'
import { canonicalId, ownerOf } from './owners.ts'
import type { BucketRow, GrantRow } from './store.ts'
import { replaceRow } from './version-rows.ts'

interface PutAclInput extends AclInput {
  readonly AccessControlPolicy?: AccessControlPolicy | undefined
}

/** The grants that a PutAcl asks for, by document, canned or by headers; undefined where ACLs are disabled and nothing changes. */
function wantedGrants(
  bucket: BucketRow,
  input: PutAclInput,
  owners: AclOwners,
): readonly GrantRow[] | undefined {
  const { AccessControlPolicy: policy } = input
  if (policy && hasAcl(input)) {
    throw s3Error('UnexpectedContent', 'This request does not support content', 400)
  }
  if (!policy && !hasAcl(input)) {
    throw s3Error('MissingSecurityHeader', 'Your request was missing a required header', 400, {
      fields: { MissingHeaderName: 'x-amz-acl' },
    })
  }
  const grants = policy ? documentGrants(policy.Grants) : requestedGrants(input, owners)
  if (policy?.Owner?.ID !== undefined && policy.Owner.ID !== canonicalId(owners.owner)) {
    throw accessDenied()
  }
  if (bucket.ownership === 'BucketOwnerEnforced') {
    const isOwn = JSON.stringify(grants) === JSON.stringify(privateGrants(bucket.accountId))
    if (isOwn && (policy || isOwnersOnly(input))) return undefined
    throw aclNotSupported()
  }
  if (bucket.publicAccessBlock?.BlockPublicAcls && isPublicAcl(grants)) throw accessDenied()
  if (grants.length > 100) throw invalidRequest('An ACL can have up to 100 grants')
  return grants
}

/** PutBucketAcl. */
export const PutBucketAcl = bucketChange<PutBucketAclRequest>(
  PutBucketAcl$,
  (input) => ({ acl: 'WRITE_ACP', conditions: { 's3:x-amz-acl': input.ACL } }),
  (bucket, input) => {
    const owners = { owner: bucket.accountId, bucketOwner: bucket.accountId }
    const grants = wantedGrants(bucket, input, owners)
    return grants ? { ...bucket, grants } : bucket
  },
)

/** GetBucketAcl: the owner's full control, and whom else it was granted to. */
export const GetBucketAcl = bucketRead<GetBucketAclRequest, GetBucketAclOutput>(
  GetBucketAcl$,
  { acl: 'READ_ACP' },
  ({ accountId, grants }) => ({
    Owner: ownerOf(accountId),
    Grants: shownGrants(grants ?? privateGrants(accountId)),
  }),
)

/** PutObjectAcl. */
export const PutObjectAcl = operation<PutObjectAclRequest, PutObjectAclOutput, ObjectSubject>(
  PutObjectAcl$,
  {
    dataEvent: true,
    resolve: findObject,
    access: (input, ctx, subject) =>
      bucketAccess(ctx, subject, {
        action: input.VersionId === undefined ? 'PutObjectAcl' : 'PutObjectVersionAcl',
        key: subject.key,
        acl: 'WRITE_ACP',
        grants: subject.row?.marker ? undefined : subject.row?.grants,
        conditions: { 's3:x-amz-acl': input.ACL },
      }),
    async handle(input, ctx, subject) {
      const row = requireObject(subject, input)
      const { bucket } = subject
      const owners = { owner: row.ownerAccount, bucketOwner: bucket.accountId }
      const grants = wantedGrants(bucket, input, owners)
      if (grants) await replaceRow(subject, { ...row, grants })
      announce(ctx, subject, { name: 'ObjectAcl:Put', row })
      return {}
    },
  },
)

/** GetObjectAcl. */
export const GetObjectAcl = operation<GetObjectAclRequest, GetObjectAclOutput, ObjectSubject>(
  GetObjectAcl$,
  {
    dataEvent: true,
    resolve: findObject,
    access: (input, ctx, subject) =>
      readAccess(ctx, subject, input, { current: 'GetObjectAcl', version: 'GetObjectVersionAcl' }),
    handle(input, _ctx, subject) {
      const row = requireObject(subject, input)
      return {
        Owner: ownerOf(row.ownerAccount),
        Grants: shownGrants(row.grants ?? privateGrants(row.ownerAccount)),
      }
    },
  },
)
