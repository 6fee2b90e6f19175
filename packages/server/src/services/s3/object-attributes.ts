import { GetObjectAttributes$ } from '@aws-sdk/client-s3'
import type { GetObjectAttributesOutput, GetObjectAttributesRequest } from '@aws-sdk/client-s3'
import { operation } from '../../kernel/service.ts'
import { checksumMember, checksumMembers } from './checksums.ts'
import { customerKey } from './encryption/choice.ts'
import { requireCustomerKey } from './encryption/data-keys.ts'
import { pageSize } from './listing.ts'
import { toldTime, versionMember } from './object-facts.ts'
import { findObject, readAccess, requireObject, type ObjectSubject } from './object-reading.ts'
import type { ManifestPart, ObjectRow } from './store.ts'
import { partsOf } from './version-rows.ts'

function partsMember(
  row: ObjectRow,
  parts: readonly ManifestPart[],
  input: GetObjectAttributesRequest,
) {
  const limit = pageSize(input.MaxParts, 'x-amz-max-parts')
  const marker = Number(input.PartNumberMarker ?? 0)
  const rest = parts.filter(({ number }) => number > marker)
  const page = rest.slice(0, limit)
  const { checksum } = row
  return {
    TotalPartsCount: parts.length,
    // Parts are told one by one only where they have checksums of their own.
    ...(page.some((part) => part.checksum !== undefined) && {
      PartNumberMarker: String(marker),
      NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
      MaxParts: limit,
      IsTruncated: rest.length > limit,
      Parts: page.map((part) => ({
        PartNumber: part.number,
        Size: part.size,
        ...(checksum && checksumMember({ ...checksum, value: part.checksum ?? '' })),
      })),
    }),
  }
}

/** GetObjectAttributes: what is asked for of an object's facts, without its bytes. */
export const GetObjectAttributes = operation<
  GetObjectAttributesRequest,
  GetObjectAttributesOutput,
  ObjectSubject
>(GetObjectAttributes$, {
  dataEvent: true,
  resolve: findObject,
  access: (input, ctx, subject) => [
    ...readAccess(ctx, subject, input, { current: 'GetObject', version: 'GetObjectVersion' }),
    ...readAccess(ctx, subject, input, {
      current: 'GetObjectAttributes',
      version: 'GetObjectVersionAttributes',
    }),
  ],
  async handle(input, _ctx, subject) {
    const row = requireObject(subject, input)
    requireCustomerKey(row.dataKey, customerKey(input))
    const asked: ReadonlySet<string> = new Set(input.ObjectAttributes ?? [])
    const hasParts = asked.has('ObjectParts') && row.manifest !== undefined
    return {
      LastModified: toldTime(row.modifiedAt),
      ...versionMember(row, subject.bucket.versioning),
      ...(asked.has('ETag') && { ETag: row.etag.replaceAll('"', '') }),
      ...(asked.has('Checksum') && row.checksum && { Checksum: checksumMembers(row.checksum) }),
      ...(hasParts && { ObjectParts: partsMember(row, await partsOf(subject, row), input) }),
      ...(asked.has('StorageClass') && { StorageClass: row.storageClass }),
      ...(asked.has('ObjectSize') && { ObjectSize: row.size }),
    }
  },
})
