import { AbortMultipartUpload$, CreateMultipartUpload$, UploadPart$ } from '@aws-sdk/client-s3'
import type {
  AbortMultipartUploadRequest,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
  UploadPartOutput,
  UploadPartRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import {
  bucketAccess,
  bucketArn,
  findBucket,
  objectArn,
  type BucketInput,
  type BucketSubject,
} from './bucket-access.ts'
import { checksumMember, checksumName, checksumTypeOf, declaredChecksum } from './checksums.ts'
import { customerKey, type EncryptionInput } from './encryption/choice.ts'
import { openDataKey } from './encryption/data-keys.ts'
import { invalidArgument, invalidRequest, noSuchUpload } from './errors.ts'
import { checkSizes, encryptionMembers, headersOf, storageClassOf } from './object-facts.ts'
import {
  etagOf,
  grantsOfNew,
  lockOfNew,
  ownerOfNew,
  sealFor,
  writeAccess,
} from './object-writing.ts'
import { dataKeyOf, forget, receive, type Keeping } from './receive.ts'
import { partKey, parts, uploadKey, uploads, type PartRow, type UploadRow } from './store.ts'
import { headerTags } from './tags.ts'
import { discardFiles, keepBytes } from './version-rows.ts'

/** How requests name an upload. */
export interface UploadInput extends BucketInput {
  readonly Key?: string | undefined
  readonly UploadId?: string | undefined
}

/** An upload that a request named; missing when there is none of that id. */
export interface UploadSubject extends BucketSubject {
  readonly key: string
  readonly upload: UploadRow | undefined
}

/** Finds the upload of a request. */
export async function findUpload(input: UploadInput, ctx: Context): Promise<UploadSubject> {
  const subject = await findBucket(input, ctx)
  const { Key: key = '', UploadId: id = '' } = input
  const row = { bucket: subject.bucket.name, key, id }
  const upload = await subject.tables.table(uploads).get(uploadKey(row))
  return { ...subject, key, upload }
}

/** The upload itself. Throws NoSuchUpload. */
export function requireUpload({ upload }: UploadSubject, input: UploadInput): UploadRow {
  if (upload) return upload
  throw noSuchUpload(input.UploadId ?? '')
}

/** The parts of an upload in order. */
export async function partsOfUpload(
  { tables }: BucketSubject,
  uploadId: string,
): Promise<readonly PartRow[]> {
  const rows = await tables.table(parts).list({ prefix: `${uploadId}/` })
  return rows.map(({ value }) => value)
}

function checksumPlan(input: CreateMultipartUploadRequest) {
  if (input.ChecksumAlgorithm === undefined) {
    if (input.ChecksumType === undefined) return {}
    throw invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const name = checksumName(input.ChecksumAlgorithm)
  return { checksumAlgorithm: name, checksumType: checksumTypeOf(name, input.ChecksumType) }
}

/** CreateMultipartUpload: everything about the object but its bytes. */
export const CreateMultipartUpload = operation<
  CreateMultipartUploadRequest,
  CreateMultipartUploadOutput,
  BucketSubject
>(CreateMultipartUpload$, {
  dataEvent: true,
  check: checkSizes,
  resolve: findBucket,
  access: (input, ctx, subject) => writeAccess(ctx, subject, input),
  async handle(input, ctx, subject) {
    const { bucket, tables } = subject
    const grants = grantsOfNew(ctx, subject, input)
    const lock = lockOfNew(ctx, subject, input)
    const upload: UploadRow = {
      id: `${ctx.now.getTime().toString(36).padStart(9, '0')}.${ctx.ids.unique('', 48)}`,
      bucket: bucket.name,
      key: input.Key ?? '',
      startedAt: ctx.now.toISOString(),
      initiatorArn: ctx.principal.arn,
      initiatorAccount: ctx.account,
      ownerAccount: ownerOfNew(ctx, subject, input),
      storageClass: storageClassOf(input.StorageClass),
      headers: headersOf(input),
      metadata: { ...input.Metadata },
      tags: headerTags(input.Tagging),
      ...checksumPlan(input),
      dataKey: await sealFor(ctx, subject, input, dataKeyOf(input)),
      ...(grants && { grants }),
      ...(lock && { lock }),
    }
    tables.table(uploads).put(uploadKey(upload), upload)
    return {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: upload.id,
      ...encryptionMembers(upload.dataKey, input.SSECustomerKeyMD5),
      ...(upload.checksumAlgorithm && {
        ChecksumAlgorithm: upload.checksumAlgorithm,
        ChecksumType: upload.checksumType,
      }),
    }
  },
})

const maxPartNumber = 10_000

/** Refuses part numbers outside 1 to 10,000. Throws InvalidArgument. */
export function checkPartNumber({ PartNumber: number }: { PartNumber?: number | undefined }): void {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= maxPartNumber) {
    return
  }
  throw invalidArgument(
    'Part number must be an integer between 1 and 10000, inclusive',
    'partNumber',
    String(number),
  )
}

/** The data key of an upload, for which SSE-C uploads need the customer's key again. */
export async function uploadDataKey(
  ctx: Context,
  upload: UploadRow,
  input: EncryptionInput,
): Promise<Buffer> {
  const customer = customerKey(input)
  if (upload.dataKey.algorithm === 'customer' && !customer) {
    throw invalidRequest(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    )
  }
  const place = {
    bucketArn: bucketArn(upload.bucket),
    objectArn: objectArn(upload.bucket, upload.key),
  }
  try {
    return await openDataKey(ctx, upload.dataKey, place, customer)
  } catch (error) {
    if (!customer || !(error instanceof AwsError) || error.code !== 'AccessDenied') throw error
    throw invalidRequest(
      'The provided encryption parameters did not match the ones used originally.',
    )
  }
}

/** Receives one part and writes its row; a part of the same number before it goes. */
export async function writePart(
  ctx: Context,
  subject: UploadSubject,
  upload: UploadRow,
  { number, input, keeping }: { number: number; input: object; keeping: Keeping },
): Promise<PartRow> {
  const { bucket, tables } = subject
  const received = await receive(ctx, bucket.accountId, input, keeping)
  try {
    const key = partKey(upload.id, number)
    const before = await tables.table(parts).get(key)
    if (before) await discardFiles(ctx, subject, [before.blob.id])
    const row: PartRow = {
      number,
      blob: received.blob,
      etag: etagOf(ctx, received.md5, upload.dataKey),
      modifiedAt: ctx.now.toISOString(),
      checksum: received.checksum,
    }
    tables.table(parts).put(key, row)
    keepBytes(ctx, subject, received)
    return row
  } catch (error) {
    forget(ctx, bucket.accountId, received)
    throw error
  }
}

/** The checksum that an upload's parts are kept with, whatever their requests declare. */
export function keptChecksum(upload: UploadRow) {
  return checksumName(upload.checksumAlgorithm ?? 'CRC64NVME')
}

function checkPartChecksum(upload: UploadRow, input: UploadPartRequest): void {
  const declared = declaredChecksum(input, [])?.name
  const expected = upload.checksumAlgorithm
  if (declared === undefined || expected === undefined || declared === expected) return
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${declared.toLowerCase()}`,
  )
}

/** UploadPart: streams one part to the disk. */
export const UploadPart = operation<UploadPartRequest, UploadPartOutput, UploadSubject>(
  UploadPart$,
  {
    dataEvent: true,
    check: checkPartNumber,
    resolve: findUpload,
    access: (input, ctx, subject) =>
      bucketAccess(ctx, subject, { action: 'PutObject', key: input.Key ?? '', acl: 'WRITE' }),
    async handle(input, ctx, subject) {
      const upload = requireUpload(subject, input)
      checkPartChecksum(upload, input)
      const dataKey = await uploadDataKey(ctx, upload, input)
      const keeping = { dataKey, keep: keptChecksum(upload) }
      const number = input.PartNumber ?? 0
      const row = await writePart(ctx, subject, upload, { number, input, keeping })
      const isTold = upload.checksumAlgorithm !== undefined || declaredChecksum(input, [])
      return {
        ETag: row.etag,
        ...(isTold && checksumMember(row.checksum)),
        ...encryptionMembers(upload.dataKey, input.SSECustomerKeyMD5),
      }
    },
  },
)

/** Removes an upload with the parts that nothing took over. */
export async function removeUpload(
  ctx: Context,
  subject: BucketSubject,
  upload: UploadRow,
  kept: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { tables } = subject
  const rows = await partsOfUpload(subject, upload.id)
  for (const { number } of rows) tables.table(parts).delete(partKey(upload.id, number))
  tables.table(uploads).delete(uploadKey(upload))
  const orphans = rows.map(({ blob }) => blob.id).filter((id) => !kept.has(id))
  await discardFiles(ctx, subject, orphans)
}

/** AbortMultipartUpload. */
export const AbortMultipartUpload = operation<AbortMultipartUploadRequest, object, UploadSubject>(
  AbortMultipartUpload$,
  {
    dataEvent: true,
    resolve: findUpload,
    access: (_input, ctx, subject) => bucketAccess(ctx, subject, { key: subject.key }),
    async handle(input, ctx, subject) {
      await removeUpload(ctx, subject, requireUpload(subject, input))
      return {}
    },
  },
)
