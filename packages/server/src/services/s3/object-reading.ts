import { createSecretKey } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { spendingChunks } from '../../kernel/spent-bytes.ts'
import { decrypt } from '../../kernel/store/sealed.ts'
import { CorruptRow, WriteConflict } from '../../kernel/store/store.ts'
import { blobRuntime } from './blobs/runtime.ts'
import {
  bucketAccess,
  bucketArn,
  findBucket,
  objectArn,
  type BucketInput,
  type BucketSubject,
} from './bucket-access.ts'
import { openDataKey } from './encryption/data-keys.ts'
import { methodNotAllowed, noSuchKey, noSuchVersion } from './errors.ts'
import type { ByteRange } from './ranges.ts'
import { smallBlobs, type ManifestPart, type MarkerRow, type ObjectRow } from './store.ts'
import { existingTagConditions } from './tags.ts'
import {
  checkVersionId,
  currentObject,
  findVersion,
  hidingMarker,
  partsOf,
} from './version-rows.ts'

/** How requests name an object. */
export interface ObjectInput extends BucketInput {
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
}

/** An object that a request named, with its bucket; the row may be missing or a delete marker. */
export interface ObjectSubject extends BucketSubject {
  readonly key: string
  readonly row: ObjectRow | MarkerRow | undefined
  /** Set when a delete marker, not a version of that id, stands where an object might be. */
  readonly hiddenBy?: MarkerRow
}

/** Finds the object of a request; that it may not be there is for `requireObject` to say. */
export async function findObject(input: ObjectInput, ctx: Context): Promise<ObjectSubject> {
  checkVersionId(input.VersionId)
  return objectIn(await findBucket(input, ctx), input)
}

/** Finds an object in a bucket at hand. */
export async function objectIn(
  subject: BucketSubject,
  { Key: key = '', VersionId: versionId }: ObjectInput,
): Promise<ObjectSubject> {
  if (versionId !== undefined) {
    return { ...subject, key, row: await findVersion(subject, key, versionId) }
  }
  const row = await currentObject(subject, key)
  const hiddenBy = row ? undefined : await hidingMarker(subject, key)
  return { ...subject, key, row, ...(hiddenBy && { hiddenBy }) }
}

/** The object itself. Throws NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker. */
export function requireObject(subject: ObjectSubject, input: ObjectInput): ObjectRow {
  const { row, key, hiddenBy } = subject
  if (row && !row.marker) return row
  if (row) {
    throw methodNotAllowed({
      'x-amz-delete-marker': 'true',
      'x-amz-version-id': row.versionId,
      'last-modified': new Date(row.modifiedAt).toUTCString(),
      allow: 'DELETE',
    })
  }
  if (input.VersionId !== undefined) throw noSuchVersion(key, input.VersionId)
  throw noSuchKey(
    key,
    hiddenBy && { 'x-amz-delete-marker': 'true', 'x-amz-version-id': hiddenBy.versionId },
  )
}

/**
 * The permission to read an object by an action (`GetObject`; `GetObjectVersion` where a version is
 * named). Who may not list the bucket is not told that a key is missing.
 */
export function readAccess(
  ctx: Context,
  subject: ObjectSubject,
  input: ObjectInput,
  action: { readonly current: string; readonly version: string },
): Access[] {
  const { key, row } = subject
  const object = row && !row.marker ? row : undefined
  const own = bucketAccess(ctx, subject, {
    action: input.VersionId === undefined ? action.current : action.version,
    key,
    acl: action.current === 'GetObjectAcl' ? 'READ_ACP' : 'READ',
    grants: object?.grants,
    conditions: {
      's3:versionid': input.VersionId,
      ...existingTagConditions(object?.tags),
    },
  })
  if (row) return [own]
  return [own, bucketAccess(ctx, subject, { action: 'ListBucket', acl: 'READ' })]
}

async function smallBytes({ tables }: BucketSubject, id: string, dataKey: Buffer): Promise<Buffer> {
  const row = await tables.table(smallBlobs).get(id)
  // They went with an object that was replaced since it was found.
  if (!row) throw new WriteConflict(smallBlobs.name, id)
  const sealed = Buffer.from(row.sealed, 'base64')
  const bytes = decrypt(createSecretKey(dataKey), sealed, Buffer.from(id))
  if (!bytes) throw new CorruptRow(smallBlobs.name, id)
  return bytes
}

/**
 * The bytes of an object from one place to another, both included: streamed as they are decrypted, or
 * at once where they lie in a row. Throws WriteConflict when the object was replaced meanwhile.
 */
export async function readBytes(
  ctx: Context,
  subject: BucketSubject,
  row: ObjectRow,
  options: { readonly range: ByteRange; readonly customer: { readonly key: Buffer } | undefined },
): Promise<Readable | Buffer> {
  const place = {
    bucketArn: bucketArn(row.bucket),
    objectArn: objectArn(row.bucket, row.key),
  }
  const dataKey = await openDataKey(ctx, row.dataKey, place, options.customer)
  if (row.blob?.inRow) {
    const whole = await smallBytes(subject, row.blob.id, dataKey)
    return whole.subarray(options.range.from, options.range.to + 1)
  }
  const parts = piecesOf(await partsOf(subject, row), options.range)
  const { blobs } = ctx.runtime(blobRuntime)
  const release = blobs.hold(parts.map(({ part }) => part.id))
  const source = Readable.from(
    (async function* () {
      for (const { part, range } of parts) yield* blobs.read(part, dataKey, range)
    })(),
    { objectMode: false, highWaterMark: 262_144 },
  )
  return spendingChunks(source.once('close', release))
}

/** The parts of an object that a range touches, each with the range in it. */
export function piecesOf(
  parts: readonly ManifestPart[],
  { from, to }: ByteRange,
): { readonly part: ManifestPart; readonly range: ByteRange }[] {
  const pieces: { part: ManifestPart; range: ByteRange }[] = []
  let start = 0
  for (const part of parts) {
    const first = Math.max(from - start, 0)
    const last = Math.min(to - start, part.size - 1)
    if (first <= last) pieces.push({ part, range: { from: first, to: last } })
    start += part.size
  }
  return pieces
}
