import { createHash } from 'node:crypto'
import { CompleteMultipartUpload$ } from '@aws-sdk/client-s3'
import type {
  CompletedPart,
  CompleteMultipartUploadOutput,
  CompleteMultipartUploadRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { ChecksumName } from './blobs/payload-sums.ts'
import { bucketAccess } from './bucket-access.ts'
import {
  badDigest,
  checksumMembers,
  checksumName,
  combinedChecksum,
  declaredChecksum,
} from './checksums.ts'
import { invalidRequest, malformedXml, s3Error } from './errors.ts'
import { expirationMember } from './lifecycle/configuration.ts'
import { announce } from './notifications/announce.ts'
import { encryptionMembers, versionMember } from './object-facts.ts'
import { matchesEtag, requireWritable } from './preconditions.ts'
import {
  manifests,
  type ChecksumFacts,
  type ManifestPart,
  type PartRow,
  type UploadRow,
} from './store.ts'
import {
  findUpload,
  partsOfUpload,
  removeUpload,
  requireUpload,
  type UploadSubject,
} from './uploads.ts'
import { currentObject, writeObject } from './version-rows.ts'

/** The smallest part that need not be the last. */
const minPartBytes = 5 * 1024 * 1024

function invalidPart(uploadId: string, part: CompletedPart) {
  return s3Error(
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    400,
    {
      fields: {
        UploadId: uploadId,
        PartNumber: String(part.PartNumber ?? ''),
        ETag: part.ETag ?? '',
      },
    },
  )
}

/** The parts that a request lists, as they were uploaded. Throws what is wrong with the list. */
function chosenParts(
  upload: UploadRow,
  listed: readonly CompletedPart[],
  uploaded: readonly PartRow[],
): readonly PartRow[] {
  const byNumber = new Map(uploaded.map((part) => [part.number, part]))
  let before = 0
  const chosen = listed.map((part) => {
    const number = part.PartNumber ?? 0
    if (number <= before) {
      throw s3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
        400,
        { fields: { UploadId: upload.id } },
      )
    }
    before = number
    const row = byNumber.get(number)
    if (!row || !matchesEtag(part.ETag ?? '', row.etag)) throw invalidPart(upload.id, part)
    checkPartSum(upload, part, row)
    return row
  })
  for (const [index, part] of chosen.entries()) {
    if (index < chosen.length - 1 && part.blob.size < minPartBytes) throw tooSmall(part)
  }
  return chosen
}

function tooSmall(part: PartRow) {
  return s3Error(
    'EntityTooSmall',
    'Your proposed upload is smaller than the minimum allowed size',
    400,
    {
      fields: {
        ETag: part.etag.replaceAll('"', ''),
        MinSizeAllowed: String(minPartBytes),
        PartNumber: String(part.number),
        ProposedSize: String(part.blob.size),
      },
    },
  )
}

/** A composite checksum is made of the parts' own, which the request has to name again. */
function checkPartSum(upload: UploadRow, part: CompletedPart, row: PartRow): void {
  const algorithm = upload.checksumAlgorithm
  const name: ChecksumName | undefined = algorithm && checksumName(algorithm)
  const given = name && part[`Checksum${name}`]
  if (given === undefined) {
    if (upload.checksumType !== 'COMPOSITE') return
    throw invalidRequest(
      `The upload was created using a ${algorithm?.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${row.number} in the request.`,
    )
  }
  if (given !== row.checksum?.value) throw invalidPart(upload.id, part)
}

function wholeChecksum(
  upload: UploadRow,
  chosen: readonly PartRow[],
  input: CompleteMultipartUploadRequest,
): ChecksumFacts {
  const sums = chosen.map(({ checksum, blob }) => ({
    value: checksum?.value ?? '',
    size: blob.size,
  }))
  const { checksumAlgorithm = 'CRC64NVME', checksumType = 'FULL_OBJECT' } = upload
  if (input.ChecksumType !== undefined && input.ChecksumType !== checksumType) {
    throw invalidRequest(
      `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`,
    )
  }
  const facts = combinedChecksum(checksumAlgorithm, checksumType, sums)
  const declared = declaredChecksum(input, [])
  if (declared?.value !== undefined && declared.name === checksumAlgorithm) {
    if (declared.value !== facts.value.replace(/-\d+$/, '')) throw badDigest(declared.name)
  }
  return facts
}

/** The ETag of an object in parts: the MD5 of the parts' MD5s, and how many there are. */
function wholeEtag(chosen: readonly PartRow[]): string {
  const sum = createHash('md5')
  for (const { etag } of chosen) sum.update(Buffer.from(etag.replaceAll('"', ''), 'hex'))
  return `"${sum.digest('hex')}-${chosen.length}"`
}

async function complete(
  ctx: Context,
  subject: UploadSubject,
  upload: UploadRow,
  input: CompleteMultipartUploadRequest,
) {
  const listed = input.MultipartUpload?.Parts ?? []
  if (listed.length === 0) throw malformedXml()
  const chosen = chosenParts(upload, listed, await partsOfUpload(subject, upload.id))
  const size = chosen.reduce((sum, { blob }) => sum + blob.size, 0)
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    )
  }
  const checksum = wholeChecksum(upload, chosen, input)
  const pieces: readonly ManifestPart[] = chosen.map(({ number, blob, checksum: own }) => ({
    ...blob,
    number,
    ...(upload.checksumAlgorithm && own && { checksum: own.value }),
  }))
  const manifest = ctx.ids.hex(32)
  subject.tables.table(manifests).put(manifest, { parts: pieces })
  const { ownerAccount, storageClass, headers, metadata, tags, dataKey, grants, lock } = upload
  const row = await writeObject(ctx, subject, {
    key: upload.key,
    ownerAccount,
    storageClass,
    headers,
    metadata,
    tags,
    dataKey,
    size,
    etag: wholeEtag(chosen),
    checksum,
    manifest,
    parts: chosen.length,
    ...(grants && { grants }),
    ...(lock && { lock }),
  })
  await removeUpload(ctx, subject, upload, new Set(chosen.map(({ blob }) => blob.id)))
  return row
}

/** CompleteMultipartUpload: the parts become the object where they lie. */
export const CompleteMultipartUpload = operation<
  CompleteMultipartUploadRequest,
  CompleteMultipartUploadOutput,
  UploadSubject
>(CompleteMultipartUpload$, {
  dataEvent: true,
  resolve: findUpload,
  access: (_input, ctx, subject) =>
    bucketAccess(ctx, subject, { action: 'PutObject', key: subject.key, acl: 'WRITE' }),
  async handle(input, ctx, subject) {
    const upload = requireUpload(subject, input)
    requireWritable(input, subject.key, await currentObject(subject, subject.key))
    const row = await complete(ctx, subject, upload, input)
    announce(ctx, subject, { name: 'ObjectCreated:CompleteMultipartUpload', row })
    const path = upload.key.split('/').map(encodeURIComponent).join('/')
    return {
      Location: `${ctx.endpoint}/${row.bucket}/${path}`,
      Bucket: row.bucket,
      Key: row.key,
      ETag: row.etag,
      ...checksumMembers(row.checksum),
      ...encryptionMembers(row.dataKey),
      ...versionMember(row, subject.bucket.versioning),
      ...expirationMember(subject.bucket, row),
    }
  },
})
