import { CopyObject$, UploadPartCopy$ } from '@aws-sdk/client-s3'
import type {
  CopyObjectOutput,
  CopyObjectRequest,
  UploadPartCopyOutput,
  UploadPartCopyRequest,
} from '@aws-sdk/client-s3'
import { operation } from '../../kernel/service.ts'
import type { Context } from '../../kernel/context.ts'
import { bucketAccess, findBucket, type BucketSubject } from './bucket-access.ts'
import { checksumMember, checksumMembers, checksumName } from './checksums.ts'
import { findSource, requireSource, sourceAccess, sourceBytes, sourceName } from './copy-source.ts'
import { invalidArgument, invalidRequest } from './errors.ts'
import { expirationMember } from './lifecycle/configuration.ts'
import { announce } from './notifications/announce.ts'
import {
  checkSizes,
  encryptionMembers,
  headersOf,
  storageClassOf,
  toldTime,
  versionMember,
} from './object-facts.ts'
import type { ObjectSubject } from './object-reading.ts'
import {
  etagOf,
  grantsOfNew,
  lockOfNew,
  ownerOfNew,
  sealFor,
  writeAccess,
} from './object-writing.ts'
import { requireWritable } from './preconditions.ts'
import { copyRange } from './ranges.ts'
import { dataKeyOf, forget, receive } from './receive.ts'
import type { ObjectRow } from './store.ts'
import { headerTags } from './tags.ts'
import {
  checkPartNumber,
  findUpload,
  keptChecksum,
  requireUpload,
  uploadDataKey,
  writePart,
  type UploadSubject,
} from './uploads.ts'
import { currentObject, keepBytes, writeObject } from './version-rows.ts'

/** The largest object that one request copies: 5 GiB. */
const maxSourceBytes = 5 * 1024 ** 3

interface CopySubject extends BucketSubject {
  readonly source: ObjectSubject
}

/** Copying an object onto itself must change something. Throws InvalidRequest. */
function requireChange(subject: CopySubject, input: CopyObjectRequest): void {
  const { source, bucket } = subject
  const isItself = source.bucket.name === bucket.name && source.key === input.Key
  if (!isItself || sourceName(input.CopySource).VersionId !== undefined) return
  const changes = [
    input.MetadataDirective === 'REPLACE',
    input.StorageClass,
    input.WebsiteRedirectLocation,
    input.ServerSideEncryption,
    input.SSECustomerKey,
    input.CopySourceSSECustomerKey,
  ]
  if (changes.some(Boolean)) return
  throw invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  )
}

function requireDirective(name: string, value: string | undefined): void {
  if (value === undefined || value === 'COPY' || value === 'REPLACE') return
  throw invalidArgument(`Unknown ${name} directive.`, `x-amz-${name}-directive`, value)
}

/** What the copy takes over from its source, and what the request replaces. */
function copiedFacts(input: CopyObjectRequest, from: ObjectRow) {
  const replaces = input.MetadataDirective === 'REPLACE'
  const own = headersOf(input)
  return {
    headers: replaces ? own : { ...from.headers, ...redirection(input) },
    metadata: replaces ? { ...input.Metadata } : from.metadata,
    tags: input.TaggingDirective === 'REPLACE' ? headerTags(input.Tagging) : from.tags,
    storageClass: storageClassOf(input.StorageClass),
  }
}

function redirection({ WebsiteRedirectLocation }: CopyObjectRequest) {
  return WebsiteRedirectLocation === undefined ? {} : { WebsiteRedirectLocation }
}

async function copy(
  ctx: Context,
  subject: CopySubject,
  input: CopyObjectRequest,
  from: ObjectRow,
): Promise<ObjectRow> {
  const facts = copiedFacts(input, from)
  const grants = grantsOfNew(ctx, subject, input)
  const lock = lockOfNew(ctx, subject, input)
  const dataKey = dataKeyOf(input)
  const sealed = await sealFor(ctx, subject, input, dataKey)
  const { accountId } = subject.bucket
  const algorithm = input.ChecksumAlgorithm ?? from.checksum?.algorithm ?? 'CRC64NVME'
  const range = { from: 0, to: from.size - 1 }
  const received = await receive(ctx, accountId, input, {
    dataKey,
    keep: checksumName(algorithm),
    mayBeInRow: true,
    source: () => sourceBytes(ctx, subject.source, { row: from, range, input }),
  })
  try {
    const row = await writeObject(ctx, subject, {
      ...facts,
      key: input.Key ?? '',
      ownerAccount: ownerOfNew(ctx, subject, input),
      size: received.blob.size,
      etag: etagOf(ctx, received.md5, sealed),
      checksum: received.checksum,
      dataKey: sealed,
      blob: received.blob,
      ...(grants && { grants }),
      ...(lock && { lock }),
    })
    keepBytes(ctx, subject, received)
    return row
  } catch (error) {
    forget(ctx, accountId, received)
    throw error
  }
}

/** CopyObject: decrypts and encrypts anew, without the bytes leaving the server. */
export const CopyObject = operation<CopyObjectRequest, CopyObjectOutput, CopySubject>(CopyObject$, {
  dataEvent: true,
  check: checkSizes,
  async resolve(input, ctx) {
    return { ...(await findBucket(input, ctx)), source: await findSource(input, ctx) }
  },
  access: (input, ctx, subject) => [
    ...sourceAccess(ctx, subject.source, input),
    ...writeAccess(ctx, subject, input, {
      's3:x-amz-copy-source': input.CopySource?.replace(/^\//, ''),
      's3:x-amz-metadata-directive': input.MetadataDirective,
    }),
  ],
  async handle(input, ctx, subject) {
    requireDirective('metadata', input.MetadataDirective)
    requireDirective('tagging', input.TaggingDirective)
    const from = requireSource(subject.source, input)
    if (from.size > maxSourceBytes) {
      throw invalidRequest(
        `The specified copy source is larger than the maximum allowable size for a copy source: ${maxSourceBytes}`,
      )
    }
    requireChange(subject, input)
    const key = input.Key ?? ''
    requireWritable(input, key, await currentObject(subject, key))
    const row = await copy(ctx, subject, input, from)
    announce(ctx, subject, { name: 'ObjectCreated:Copy', row })
    return {
      CopyObjectResult: {
        ETag: row.etag,
        LastModified: toldTime(row.modifiedAt),
        ...checksumMembers(row.checksum),
      },
      ...(subject.source.bucket.versioning && { CopySourceVersionId: from.versionId }),
      ...versionMember(row, subject.bucket.versioning),
      ...expirationMember(subject.bucket, row),
      ...encryptionMembers(row.dataKey, input.SSECustomerKeyMD5),
    }
  },
})

interface PartCopySubject extends UploadSubject {
  readonly source: ObjectSubject
}

/** UploadPartCopy: a part from an object, or from a range of one. */
export const UploadPartCopy = operation<
  UploadPartCopyRequest,
  UploadPartCopyOutput,
  PartCopySubject
>(UploadPartCopy$, {
  dataEvent: true,
  check: checkPartNumber,
  async resolve(input, ctx) {
    return { ...(await findUpload(input, ctx)), source: await findSource(input, ctx) }
  },
  access: (input, ctx, subject) => [
    ...sourceAccess(ctx, subject.source, input),
    bucketAccess(ctx, subject, { action: 'PutObject', key: subject.key, acl: 'WRITE' }),
  ],
  async handle(input, ctx, subject) {
    const upload = requireUpload(subject, input)
    const from = requireSource(subject.source, input)
    const range = copyRange(input.CopySourceRange, from.size) ?? { from: 0, to: from.size - 1 }
    const keeping = {
      dataKey: await uploadDataKey(ctx, upload, input),
      keep: keptChecksum(upload),
      source: () => sourceBytes(ctx, subject.source, { row: from, range, input }),
    }
    const number = input.PartNumber ?? 0
    const part = await writePart(ctx, subject, upload, { number, input, keeping })
    return {
      CopyPartResult: {
        ETag: part.etag,
        LastModified: toldTime(part.modifiedAt),
        ...(upload.checksumAlgorithm && checksumMember(part.checksum)),
      },
      ...(subject.source.bucket.versioning && { CopySourceVersionId: from.versionId }),
      ...encryptionMembers(upload.dataKey, input.SSECustomerKeyMD5),
    }
  },
})
