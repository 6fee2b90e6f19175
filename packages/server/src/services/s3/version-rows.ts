import type { Context } from '../../kernel/context.ts'
import { blobRuntime } from './blobs/runtime.ts'
import type { BucketSubject } from './bucket-access.ts'
import { accessDenied, invalidArgument } from './errors.ts'
import type { Received } from './receive.ts'
import {
  manifests,
  objectKey,
  objects,
  smallBlobs,
  versionIndex,
  versionKey,
  versions,
  type ManifestPart,
  type MarkerRow,
  type ObjectRow,
} from './store.ts'

/** An object to be written, before it is known which version it becomes. */
export type NewObject = Omit<
  ObjectRow,
  'bucket' | 'versionId' | 'sequence' | 'modifiedAt' | 'marker'
>

const versionIdForm = /^([A-Z2-7]{32}|null)$/

/** Whether a text has the form of a version id. */
export function isVersionId(text: string): boolean {
  return versionIdForm.test(text)
}

/** Checks a version id's form. Throws InvalidArgument. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined || isVersionId(versionId)) return
  throw invalidArgument(
    versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified',
    'versionId',
    versionId,
  )
}

/** The current version of a key; undefined when there is none, or a delete marker hides it. */
export function currentObject(
  { bucket, tables }: BucketSubject,
  key: string,
): Promise<ObjectRow | undefined> {
  return tables.table(objects).get(objectKey(bucket.name, key))
}

/** A version by its id, current or not. */
export async function findVersion(
  subject: BucketSubject,
  key: string,
  versionId: string,
): Promise<ObjectRow | MarkerRow | undefined> {
  const current = await currentObject(subject, key)
  if (current?.versionId === versionId) return current
  return noncurrentVersion(subject, key, versionId)
}

async function noncurrentVersion(
  { bucket, tables }: BucketSubject,
  key: string,
  versionId: string,
): Promise<ObjectRow | MarkerRow | undefined> {
  const equals = versionIndex(bucket.name, key, versionId)
  const [row] = await tables.table(versions).list({ index: 'id', equals, limit: 1 })
  return row?.value
}

/** The newest of the versions that are not current, delete markers among them. */
export async function newestNoncurrent(
  { bucket, tables }: BucketSubject,
  key: string,
): Promise<ObjectRow | MarkerRow | undefined> {
  const prefix = `${objectKey(bucket.name, key)}\u0001`
  const [row] = await tables.table(versions).list({ prefix, limit: 1 })
  return row?.value
}

/** The delete marker that hides a key, if one does. */
export async function hidingMarker(
  subject: BucketSubject,
  key: string,
): Promise<MarkerRow | undefined> {
  if (!subject.bucket.versioning) return undefined
  const newest = await newestNoncurrent(subject, key)
  return newest?.marker ? newest : undefined
}

/** Writes an object as its key's current version; what it replaces is kept or goes as versioning has it. */
export async function writeObject(
  ctx: Context,
  subject: BucketSubject,
  draft: NewObject,
): Promise<ObjectRow> {
  const place = await makeRoom(ctx, subject, draft.key)
  const row: ObjectRow = {
    ...draft,
    bucket: subject.bucket.name,
    versionId: place.versionId,
    sequence: place.sequence,
    modifiedAt: ctx.now.toISOString(),
  }
  subject.tables.table(objects).put(objectKey(row.bucket, row.key), row)
  return row
}

/** Hides a key behind a new delete marker. */
export async function writeMarker(
  ctx: Context,
  subject: BucketSubject,
  key: string,
): Promise<MarkerRow> {
  const { versionId, sequence } = await makeRoom(ctx, subject, key)
  const row: MarkerRow = {
    marker: true,
    bucket: subject.bucket.name,
    key,
    versionId,
    sequence,
    modifiedAt: ctx.now.toISOString(),
    ownerAccount: ctx.account || subject.bucket.accountId,
  }
  subject.tables.table(objects).delete(objectKey(row.bucket, key))
  subject.tables.table(versions).put(versionKey(row), row)
  return row
}

/** Moves or removes the current version, and says what the new one is called. */
async function makeRoom(
  ctx: Context,
  subject: BucketSubject,
  key: string,
): Promise<{ readonly versionId: string; readonly sequence: number }> {
  const { versioning } = subject.bucket
  const current = await currentObject(subject, key)
  if (!versioning) {
    if (current) await discardBytes(ctx, subject, current)
    return { versionId: 'null', sequence: (current?.sequence ?? 0) + 1 }
  }
  const newest = current ?? (await newestNoncurrent(subject, key))
  const sequence = (newest?.sequence ?? 0) + 1
  const versionId = versioning === 'Enabled' ? ctx.ids.unique('', 32) : 'null'
  if (versionId === 'null') await removeNullVersion(ctx, subject, key, current)
  const isKept = newest && (versioning === 'Enabled' || newest.versionId !== 'null')
  if (isKept) {
    const kept = { ...newest, noncurrentSince: ctx.now.toISOString() }
    subject.tables.table(versions).put(versionKey(newest), kept)
  }
  return { versionId, sequence }
}

async function removeNullVersion(
  ctx: Context,
  subject: BucketSubject,
  key: string,
  current: ObjectRow | undefined,
): Promise<void> {
  if (current?.versionId === 'null') return discardBytes(ctx, subject, current)
  const old = await noncurrentVersion(subject, key, 'null')
  if (old) await removeNoncurrent(ctx, subject, old)
}

async function removeNoncurrent(
  ctx: Context,
  subject: BucketSubject,
  row: ObjectRow | MarkerRow,
): Promise<void> {
  subject.tables.table(versions).delete(versionKey(row))
  if (!row.marker) await discardBytes(ctx, subject, row)
}

/** Deletes a version for good; when it was the current one, the one before it becomes current. */
export async function removeVersion(
  ctx: Context,
  subject: BucketSubject,
  row: ObjectRow | MarkerRow,
): Promise<void> {
  const { bucket, tables } = subject
  const key = objectKey(bucket.name, row.key)
  const current = await currentObject(subject, row.key)
  const newest = current ?? (await newestNoncurrent(subject, row.key))
  if (row.versionId !== current?.versionId) await removeNoncurrent(ctx, subject, row)
  else {
    tables.table(objects).delete(key)
    await discardBytes(ctx, subject, current)
  }
  if (newest?.versionId !== row.versionId) return
  const next = await newestNoncurrent(subject, row.key)
  if (!next) return
  const { noncurrentSince: _since, ...promoted } = next
  if (promoted.marker) tables.table(versions).put(versionKey(next), promoted)
  else {
    tables.table(versions).delete(versionKey(next))
    tables.table(objects).put(key, promoted)
  }
}

/** Replaces a version's row where it stands. */
export async function replaceRow(subject: BucketSubject, row: ObjectRow): Promise<void> {
  const current = await currentObject(subject, row.key)
  if (current?.versionId === row.versionId) {
    subject.tables.table(objects).put(objectKey(row.bucket, row.key), row)
  } else subject.tables.table(versions).put(versionKey(row), row)
}

/** The files that hold an object's bytes, in order. */
export async function partsOf(
  { tables }: BucketSubject,
  row: ObjectRow,
): Promise<readonly ManifestPart[]> {
  if (row.manifest === undefined) return row.blob ? [{ ...row.blob, number: 1 }] : []
  return (await tables.table(manifests).get(row.manifest))?.parts ?? []
}

/** Has an object's bytes deleted with the commit, or their files once it stands. */
export async function discardBytes(
  ctx: Context,
  subject: BucketSubject,
  row: ObjectRow,
): Promise<void> {
  if (row.blob?.inRow) {
    subject.tables.table(smallBlobs).delete(row.blob.id)
    return
  }
  const ids = (await partsOf(subject, row)).map(({ id }) => id)
  if (row.manifest !== undefined) subject.tables.table(manifests).delete(row.manifest)
  await discardFiles(ctx, subject, ids)
}

/** Has files deleted once the commit stands; a stop in between leaves them for the sweep. */
export async function discardFiles(
  ctx: Context,
  { bucket }: BucketSubject,
  ids: readonly string[],
): Promise<void> {
  const { blobs } = ctx.runtime(blobRuntime)
  await blobs.doubt(bucket.accountId, ids)
  ctx.afterCommit(() => blobs.discard(bucket.accountId, ids))
}

/** Bytes that were received are an object's: written to their row, or no longer in doubt once the commit stands. */
export function keepBytes(
  ctx: Context,
  { bucket, tables }: BucketSubject,
  { blob, sealed }: Pick<Received, 'blob' | 'sealed'>,
): void {
  if (sealed !== undefined) {
    tables.table(smallBlobs).put(blob.id, { sealed })
    return
  }
  const { blobs } = ctx.runtime(blobRuntime)
  ctx.afterCommit(() => blobs.settled(bucket.accountId, [blob.id]))
}

/** Whether Object Lock protects a version from being deleted. */
export function isLocked(
  row: ObjectRow | MarkerRow,
  { now, bypassesGovernance }: { readonly now: Date; readonly bypassesGovernance: boolean },
): boolean {
  const lock = row.marker ? undefined : row.lock
  if (!lock) return false
  const isRetained = lock.until !== undefined && lock.until > now.toISOString()
  const isBypassed = lock.mode === 'GOVERNANCE' && bypassesGovernance
  return (lock.legalHold ?? false) || (isRetained && !isBypassed)
}

/** Refuses to delete a version that Object Lock protects. Throws AccessDenied. */
export function requireUnlocked(
  ctx: Context,
  row: ObjectRow | MarkerRow,
  bypassesGovernance: boolean,
): void {
  if (!isLocked(row, { now: ctx.now, bypassesGovernance })) return
  throw accessDenied('Access Denied because object protected by object lock.')
}
