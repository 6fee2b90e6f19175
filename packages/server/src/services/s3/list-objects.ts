import { ListObjects$, ListObjectsV2$ } from '@aws-sdk/client-s3'
import type {
  ListObjectsOutput,
  ListObjectsRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
  _Object as ObjectEntry,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { bucketAccess, findBucket, type BucketSubject } from './bucket-access.ts'
import { invalidArgument } from './errors.ts'
import { encoded, encoder, pageOfKeys, pageSize, type KeyPage } from './listing.ts'
import { toldTime } from './object-facts.ts'
import { ownerOf } from './owners.ts'
import { objects, type ObjectRow } from './store.ts'

/** What the listings have in common. */
interface ListInput {
  readonly Prefix?: string | undefined
  readonly Delimiter?: string | undefined
  readonly MaxKeys?: number | undefined
}

/** The permission to list a bucket by an action, with the condition keys of listings. */
export function listAccess(
  ctx: Context,
  subject: BucketSubject,
  input: ListInput,
  action: string,
): Access {
  return bucketAccess(ctx, subject, {
    action,
    acl: 'READ',
    conditions: {
      's3:prefix': input.Prefix ?? '',
      's3:delimiter': input.Delimiter,
      's3:max-keys': input.MaxKeys === undefined ? undefined : String(input.MaxKeys),
    },
  })
}

function page(
  { bucket, tables }: BucketSubject,
  input: ListInput,
  after: string | undefined,
): Promise<KeyPage<ObjectRow>> {
  const query = {
    bucket: bucket.name,
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter || undefined,
    after,
    limit: pageSize(input.MaxKeys),
  }
  return pageOfKeys(tables.table(objects), query, (row) => row.key)
}

function entryOf(
  row: ObjectRow,
  encode: (text: string) => string,
  withOwner: boolean,
): ObjectEntry {
  const { checksum } = row
  return {
    Key: encode(row.key),
    LastModified: toldTime(row.modifiedAt),
    ETag: row.etag,
    ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
    Size: row.size,
    StorageClass: row.storageClass as ObjectEntry['StorageClass'],
    ...(withOwner && { Owner: ownerOf(row.ownerAccount) }),
  }
}

function prefixes(list: readonly string[], encode: (text: string) => string) {
  return list.length === 0
    ? {}
    : { CommonPrefixes: list.map((prefix) => ({ Prefix: encode(prefix) })) }
}

/** ListObjects, the older form: markers are keys. */
export const ListObjects = operation<ListObjectsRequest, ListObjectsOutput, BucketSubject>(
  ListObjects$,
  {
    resolve: findBucket,
    access: (input, ctx, subject) => listAccess(ctx, subject, input, 'ListBucket'),
    async handle(input, _ctx, subject) {
      const encode = encoder(input.EncodingType)
      const found = await page(subject, input, input.Marker || undefined)
      // A next marker is told only of listings by delimiter: elsewhere it is the last key.
      const isMarked = found.isTruncated && input.Delimiter !== undefined
      return {
        IsTruncated: found.isTruncated,
        Marker: encode(input.Marker ?? ''),
        ...(isMarked && encoded(encode, 'NextMarker', found.last)),
        ...(found.rows.length > 0 && {
          Contents: found.rows.map(({ value }) => entryOf(value, encode, true)),
        }),
        Name: subject.bucket.name,
        Prefix: encode(input.Prefix ?? ''),
        ...encoded(encode, 'Delimiter', input.Delimiter || undefined),
        MaxKeys: pageSize(input.MaxKeys),
        ...prefixes(found.commonPrefixes, encode),
        ...(input.EncodingType && { EncodingType: input.EncodingType }),
      }
    },
  },
)

const tokenPurpose = 's3-list-token'

function lastOf(ctx: Context, input: ListObjectsV2Request): string | undefined {
  const { ContinuationToken: token, StartAfter: startAfter } = input
  if (token === undefined) return startAfter || undefined
  const last = ctx.secrets.open(tokenPurpose, token)
  if (last !== undefined) return last
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
}

/** ListObjectsV2: pages by tokens that nobody can make up. */
export const ListObjectsV2 = operation<ListObjectsV2Request, ListObjectsV2Output, BucketSubject>(
  ListObjectsV2$,
  {
    resolve: findBucket,
    access: (input, ctx, subject) => listAccess(ctx, subject, input, 'ListBucket'),
    async handle(input, ctx, subject) {
      const encode = encoder(input.EncodingType)
      const found = await page(subject, input, lastOf(ctx, input))
      const { ContinuationToken: token } = input
      return {
        IsTruncated: found.isTruncated,
        ...(found.rows.length > 0 && {
          Contents: found.rows.map(({ value }) =>
            entryOf(value, encode, input.FetchOwner ?? false),
          ),
        }),
        Name: subject.bucket.name,
        Prefix: encode(input.Prefix ?? ''),
        ...encoded(encode, 'Delimiter', input.Delimiter || undefined),
        MaxKeys: pageSize(input.MaxKeys),
        ...prefixes(found.commonPrefixes, encode),
        ...(input.EncodingType && { EncodingType: input.EncodingType }),
        KeyCount: found.rows.length + found.commonPrefixes.length,
        ...(token !== undefined && { ContinuationToken: token }),
        ...(found.isTruncated && {
          NextContinuationToken: ctx.secrets.seal(tokenPurpose, found.last ?? ''),
        }),
        ...encoded(encode, 'StartAfter', input.StartAfter || undefined),
      }
    },
  },
)
