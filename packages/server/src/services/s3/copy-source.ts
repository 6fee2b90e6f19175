import { Readable } from 'node:stream'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { anyBucket } from './bucket-access.ts'
import { customerKey } from './encryption/choice.ts'
import { invalidArgument, invalidRequest, preconditionFailed } from './errors.ts'
import {
  objectIn,
  readAccess,
  readBytes,
  requireObject,
  type ObjectSubject,
} from './object-reading.ts'
import { checkRead } from './preconditions.ts'
import type { ByteRange } from './ranges.ts'
import type { ObjectRow } from './store.ts'
import { checkVersionId } from './version-rows.ts'

/** What requests say of the object that they copy from. */
export interface CopySourceInput {
  readonly CopySource?: string | undefined
  readonly ExpectedSourceBucketOwner?: string | undefined
  readonly CopySourceIfMatch?: string | undefined
  readonly CopySourceIfNoneMatch?: string | undefined
  readonly CopySourceIfModifiedSince?: Date | undefined
  readonly CopySourceIfUnmodifiedSince?: Date | undefined
  readonly CopySourceSSECustomerAlgorithm?: string | undefined
  readonly CopySourceSSECustomerKey?: string | undefined
  readonly CopySourceSSECustomerKeyMD5?: string | undefined
}

/** A source taken apart. */
export interface SourceName {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string
}

/** Reads `bucket/key?versionId=…`, percent-encoded, with or without a slash in front. Throws InvalidArgument. */
export function sourceName(text: string | undefined): SourceName {
  const [, path = '', , VersionId] = /^\/?(.*?)(\?versionId=(.*))?$/s.exec(text ?? '') ?? []
  const decoded = decodedPath(path)
  const slash = decoded.indexOf('/')
  if (slash < 1 || slash === decoded.length - 1) throw invalidSource(text)
  return {
    Bucket: decoded.slice(0, slash),
    Key: decoded.slice(slash + 1),
    ...(VersionId !== undefined && { VersionId }),
  }
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalidSource(path)
  }
}

function invalidSource(text: string | undefined) {
  return invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    text ?? '',
  )
}

/** Finds the object to copy from, in whatever Region its bucket is. */
export async function findSource(input: CopySourceInput, ctx: Context): Promise<ObjectSubject> {
  const name = sourceName(input.CopySource)
  checkVersionId(name.VersionId)
  const owner = input.ExpectedSourceBucketOwner
  const subject = await anyBucket(
    { Bucket: name.Bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) },
    ctx,
  )
  return objectIn(subject, name)
}

/** The permission to read the source. */
export function sourceAccess(
  ctx: Context,
  source: ObjectSubject,
  input: CopySourceInput,
): Access[] {
  const actions = { current: 'GetObject', version: 'GetObjectVersion' }
  return readAccess(ctx, source, sourceName(input.CopySource), actions)
}

/** The source itself, when the request's conditions on it hold. Throws NoSuchKey, PreconditionFailed. */
export function requireSource(source: ObjectSubject, input: CopySourceInput): ObjectRow {
  const { row } = source
  if (row?.marker) {
    throw invalidRequest(
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    )
  }
  const object = requireObject(source, sourceName(input.CopySource))
  const failed = checkRead(
    {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    object,
  )
  if (failed === undefined) return object
  throw preconditionFailed(
    failed === 'not-modified' ? 'x-amz-copy-source-If-None-Match' : `x-amz-copy-source-${failed}`,
  )
}

/** The bytes of the source, opened with the customer's key where it has one. */
export async function sourceBytes(
  ctx: Context,
  source: ObjectSubject,
  { row, range, input }: { row: ObjectRow; range: ByteRange; input: CopySourceInput },
): Promise<AsyncIterable<Uint8Array>> {
  const customer = customerKey({
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  })
  const bytes = await readBytes(ctx, source, row, { range, customer })
  return bytes instanceof Readable ? bytes : Readable.from([bytes])
}
