import { DeleteObject$, DeleteObjects$ } from '@aws-sdk/client-s3'
import type {
  DeletedObject,
  DeleteObjectOutput,
  DeleteObjectRequest,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
  _Error as DeleteError,
  ObjectIdentifier,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { bucketAccess, findBucket, type BucketSubject } from './bucket-access.ts'
import { malformedXml, noSuchVersion } from './errors.ts'
import { announce } from './notifications/announce.ts'
import { findObject, objectIn, type ObjectSubject } from './object-reading.ts'
import { requireWritable } from './preconditions.ts'
import { existingTagConditions } from './tags.ts'
import { isVersionId, removeVersion, requireUnlocked, writeMarker } from './version-rows.ts'

interface Deletion {
  readonly versionId: string | undefined
  readonly bypassesGovernance: boolean
}

function deleteAccess(ctx: Context, subject: ObjectSubject, deletion: Deletion): Access[] {
  const { key, row } = subject
  const object = row && !row.marker ? row : undefined
  const conditions = {
    's3:versionid': deletion.versionId,
    ...existingTagConditions(object?.tags),
  }
  const need = (action: string): Access =>
    bucketAccess(ctx, subject, { action, key, acl: 'WRITE', conditions })
  return [
    need(deletion.versionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion'),
    ...(deletion.bypassesGovernance ? [need('BypassGovernanceRetention')] : []),
  ]
}

/** Deletes what a request names: hides the key behind a marker, or removes one version for good. */
async function remove(
  ctx: Context,
  subject: ObjectSubject,
  { versionId, bypassesGovernance }: Deletion,
): Promise<{ readonly versionId?: string; readonly isMarker: boolean }> {
  const { bucket, key, row } = subject
  if (versionId === undefined && bucket.versioning) {
    const marker = await writeMarker(ctx, subject, key)
    announce(ctx, subject, { name: 'ObjectRemoved:DeleteMarkerCreated', row: marker })
    return { versionId: marker.versionId, isMarker: true }
  }
  if (row) {
    requireUnlocked(ctx, row, bypassesGovernance)
    await removeVersion(ctx, subject, row)
    announce(ctx, subject, { name: 'ObjectRemoved:Delete', row })
  }
  if (versionId === undefined) return { isMarker: false }
  return { versionId, isMarker: row?.marker ?? false }
}

/** DeleteObject: succeeds whether or not there is anything to delete. */
export const DeleteObject = operation<DeleteObjectRequest, DeleteObjectOutput, ObjectSubject>(
  DeleteObject$,
  {
    dataEvent: true,
    resolve: findObject,
    access: (input, ctx, subject) => deleteAccess(ctx, subject, deletionOf(input)),
    async handle(input, ctx, subject) {
      const { row } = subject
      requireWritable({ IfMatch: input.IfMatch }, subject.key, row?.marker ? undefined : row)
      const { versionId, isMarker } = await remove(ctx, subject, deletionOf(input))
      return {
        ...(isMarker && { DeleteMarker: true }),
        ...(versionId !== undefined && { VersionId: versionId }),
      }
    },
  },
)

function deletionOf(input: DeleteObjectRequest): Deletion {
  return {
    versionId: input.VersionId,
    bypassesGovernance: input.BypassGovernanceRetention ?? false,
  }
}

const maxKeys = 1000

/** DeleteObjects: each key is authorised and deleted by itself, and fails by itself. */
export const DeleteObjects = operation<DeleteObjectsRequest, DeleteObjectsOutput, BucketSubject>(
  DeleteObjects$,
  {
    dataEvent: true,
    resolve: findBucket,
    access: () => [],
    async handle(input, ctx, subject) {
      const list = input.Delete?.Objects ?? []
      if (list.length === 0 || list.length > maxKeys) throw malformedXml()
      const deleted: DeletedObject[] = []
      const errors: DeleteError[] = []
      for (const wanted of list) {
        const deletion = {
          versionId: wanted.VersionId,
          bypassesGovernance: input.BypassGovernanceRetention ?? false,
        }
        try {
          deleted.push(await removeOne(ctx, subject, { wanted, deletion }))
        } catch (error) {
          if (!(error instanceof AwsError)) throw error
          errors.push({ ...named(wanted), Code: error.code, Message: error.message })
        }
      }
      return {
        ...(!input.Delete?.Quiet && { Deleted: deleted }),
        ...(errors.length > 0 && { Errors: errors }),
      }
    },
  },
)

function named({ Key, VersionId }: ObjectIdentifier) {
  return { ...(Key !== undefined && { Key }), ...(VersionId !== undefined && { VersionId }) }
}

async function removeOne(
  ctx: Context,
  subject: BucketSubject,
  { wanted, deletion }: { wanted: ObjectIdentifier; deletion: Deletion },
): Promise<DeletedObject> {
  const { Key: key = '', VersionId: versionId } = wanted
  if (versionId !== undefined && !isVersionId(versionId)) throw noSuchVersion(key, versionId)
  const object = await objectIn(subject, wanted)
  for (const access of deleteAccess(ctx, object, deletion)) await ctx.require(access)
  const row = object.row?.marker ? undefined : object.row
  requireWritable({ IfMatch: wanted.ETag }, object.key, row)
  const removed = await remove(ctx, object, deletion)
  return {
    ...named(wanted),
    ...(removed.isMarker && {
      DeleteMarker: true,
      ...(removed.versionId !== undefined && { DeleteMarkerVersionId: removed.versionId }),
    }),
  }
}
