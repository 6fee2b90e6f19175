import { ListMultipartUploads$, ListParts$ } from '@aws-sdk/client-s3'
import type {
  Initiator,
  ListMultipartUploadsOutput,
  ListMultipartUploadsRequest,
  ListPartsOutput,
  ListPartsRequest,
} from '@aws-sdk/client-s3'
import { operation } from '../../kernel/service.ts'
import { bucketAccess, findBucket, type BucketSubject } from './bucket-access.ts'
import { checksumMember } from './checksums.ts'
import { encoded, encoder, pageOfKeys, pageSize } from './listing.ts'
import { toldTime } from './object-facts.ts'
import { canonicalId, ownerOf } from './owners.ts'
import { partKey, parts, uploads, type UploadRow } from './store.ts'
import { findUpload, requireUpload, type UploadSubject } from './uploads.ts'

function initiatorOf({ initiatorArn, initiatorAccount }: UploadRow): Initiator {
  return initiatorArn.endsWith(':root') || initiatorArn === ''
    ? { ID: canonicalId(initiatorAccount) }
    : { ID: initiatorArn, DisplayName: initiatorArn.split('/').at(-1) }
}

/** ListParts: an upload's parts by number. */
export const ListParts = operation<ListPartsRequest, ListPartsOutput, UploadSubject>(ListParts$, {
  dataEvent: true,
  resolve: findUpload,
  access: (_input, ctx, subject) =>
    bucketAccess(ctx, subject, { action: 'ListMultipartUploadParts', key: subject.key }),
  async handle(input, _ctx, subject) {
    const upload = requireUpload(subject, input)
    const limit = pageSize(input.MaxParts, 'max-parts')
    const marker = Number(input.PartNumberMarker ?? 0)
    const rows = await subject.tables.table(parts).list({
      prefix: `${upload.id}/`,
      after: partKey(upload.id, Number.isInteger(marker) ? marker : 0),
      limit: limit + 1,
    })
    const page = rows.slice(0, limit).map(({ value }) => value)
    const last = page.at(-1)
    return {
      Bucket: upload.bucket,
      Key: upload.key,
      UploadId: upload.id,
      PartNumberMarker: String(marker),
      NextPartNumberMarker: String(last?.number ?? 0),
      MaxParts: limit,
      IsTruncated: rows.length > limit,
      Parts: page.map((part) => ({
        PartNumber: part.number,
        LastModified: toldTime(part.modifiedAt),
        ETag: part.etag,
        Size: part.blob.size,
        ...(upload.checksumAlgorithm && checksumMember(part.checksum)),
      })),
      Initiator: initiatorOf(upload),
      Owner: ownerOf(upload.ownerAccount),
      StorageClass: upload.storageClass,
      ...(upload.checksumAlgorithm && {
        ChecksumAlgorithm: upload.checksumAlgorithm,
        ChecksumType: upload.checksumType,
      }),
    }
  },
})

/** ListMultipartUploads: a bucket's uploads by key, and by time under one key. */
export const ListMultipartUploads = operation<
  ListMultipartUploadsRequest,
  ListMultipartUploadsOutput,
  BucketSubject
>(ListMultipartUploads$, {
  resolve: findBucket,
  access: (_input, ctx, subject) =>
    bucketAccess(ctx, subject, { action: 'ListBucketMultipartUploads', acl: 'READ' }),
  async handle(input, _ctx, { bucket, tables }) {
    const encode = encoder(input.EncodingType)
    const limit = pageSize(input.MaxUploads, 'max-uploads')
    const { KeyMarker: keyMarker, UploadIdMarker: idMarker } = input
    const query = {
      bucket: bucket.name,
      prefix: input.Prefix ?? '',
      delimiter: input.Delimiter || undefined,
      // Every upload of the marker's own key sorts before this, unless one of them is named.
      after: keyMarker ? `${keyMarker}\u0001${idMarker || '\u{10ffff}'}` : undefined,
      limit,
    }
    const page = await pageOfKeys(tables.table(uploads), query, (row) => row.key)
    const last = page.rows.at(-1)?.value
    return {
      Bucket: bucket.name,
      KeyMarker: encode(keyMarker ?? ''),
      UploadIdMarker: idMarker ?? '',
      ...(page.isTruncated && {
        ...encoded(encode, 'NextKeyMarker', page.last),
        ...(last?.key === page.last && last && { NextUploadIdMarker: last.id }),
      }),
      ...encoded(encode, 'Prefix', input.Prefix),
      ...encoded(encode, 'Delimiter', input.Delimiter || undefined),
      MaxUploads: limit,
      IsTruncated: page.isTruncated,
      ...(page.rows.length > 0 && {
        Uploads: page.rows.map(({ value }) => ({
          UploadId: value.id,
          Key: encode(value.key),
          Initiated: toldTime(value.startedAt),
          StorageClass: value.storageClass,
          Owner: ownerOf(value.ownerAccount),
          Initiator: initiatorOf(value),
          ...(value.checksumAlgorithm && {
            ChecksumAlgorithm: value.checksumAlgorithm,
            ChecksumType: value.checksumType,
          }),
        })),
      }),
      ...(page.commonPrefixes.length > 0 && {
        CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      }),
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
    }
  },
})
