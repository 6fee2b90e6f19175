import { ListObjectVersions$ } from '@aws-sdk/client-s3'
import type {
  DeleteMarkerEntry,
  ListObjectVersionsOutput,
  ListObjectVersionsRequest,
  ObjectVersion,
} from '@aws-sdk/client-s3'
import type { TableView } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { findBucket, type BucketSubject } from './bucket-access.ts'
import { invalidArgument } from './errors.ts'
import { listAccess } from './list-objects.ts'
import { commonPrefixOf, encoded, encoder, pageSize } from './listing.ts'
import { toldTime } from './object-facts.ts'
import { ownerOf } from './owners.ts'
import { objects, versions, type MarkerRow, type ObjectRow } from './store.ts'
import { findVersion } from './version-rows.ts'
import { versionKey } from './store.ts'

type Version = ObjectRow | MarkerRow

const beyond = '\u{10ffff}'
/** Rows read at a time: few at first and after a skip, for listings by delimiter may want no more. */
const leastBatch = 24
const mostBatch = 1001

/** Rows of one table in key order, read on as they are taken. */
class Cursor {
  readonly #table: TableView<Version>
  readonly #prefix: string
  #after: string | undefined
  #rows: readonly { readonly key: string; readonly value: Version }[] = []
  #at = 0
  #isEnd = false
  #batch = leastBatch

  constructor(table: TableView<Version>, prefix: string, after: string | undefined) {
    this.#table = table
    this.#prefix = prefix
    this.#after = after
  }

  async peek(): Promise<{ readonly key: string; readonly value: Version } | undefined> {
    if (this.#at < this.#rows.length || this.#isEnd) return this.#rows[this.#at]
    this.#rows = await this.#table.list({
      prefix: this.#prefix,
      limit: this.#batch,
      ...(this.#after !== undefined && { after: this.#after }),
    })
    this.#at = 0
    this.#isEnd = this.#rows.length < this.#batch
    this.#batch = Math.min(this.#batch * 4, mostBatch)
    this.#after = this.#rows.at(-1)?.key ?? this.#after
    return this.#rows[0]
  }

  take(): void {
    this.#at += 1
  }

  /** Goes on behind a key, without reading what lies between. */
  skipTo(after: string): void {
    while (this.#at < this.#rows.length && (this.#rows[this.#at]?.key ?? '') <= after) this.#at += 1
    if (this.#at < this.#rows.length || this.#isEnd) return
    this.#after = after
    this.#batch = leastBatch
  }
}

/** Current versions, older ones and delete markers together: by key, the newest first. */
export class VersionStream {
  readonly #cursors: readonly [Cursor, Cursor]

  constructor({ bucket, tables }: BucketSubject, prefix: string, after: string | undefined) {
    const from = after === undefined ? undefined : `${bucket.name}/${after}`
    const base = `${bucket.name}/${prefix}`
    const current = tables.table(objects) as TableView<Version>
    this.#cursors = [
      new Cursor(current, base, from),
      new Cursor(tables.table(versions), base, from),
    ]
  }

  async next(): Promise<Version | undefined> {
    const [first, second] = this.#cursors
    const current = await first.peek()
    const older = await second.peek()
    // The key of a current version is a prefix of its older versions' keys, and so sorts first.
    const isCurrent = current && (!older || compare(current.key, older.key) < 0)
    ;(isCurrent ? first : second).take()
    return (isCurrent ? current : older)?.value
  }

  skipTo(after: string): void {
    for (const cursor of this.#cursors) cursor.skipTo(after)
  }
}

/** The order of the stores: by bytes of UTF-8. */
function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** Where a listing goes on: behind a key, or behind one version of it. */
async function resumeAt(
  subject: BucketSubject,
  {
    KeyMarker: key,
    VersionIdMarker: versionId,
    Prefix: prefix = '',
    Delimiter: delimiter,
  }: ListObjectVersionsRequest,
): Promise<string | undefined> {
  if (!key) {
    if (!versionId) return undefined
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionId,
    )
  }
  if (versionId) {
    const row = await findVersion(subject, key, versionId)
    if (!row) throw invalidArgument('Invalid version id specified', 'version-id-marker', versionId)
    return versionKey(row).slice(subject.bucket.name.length + 1)
  }
  const under = commonPrefixOf(key, prefix, delimiter || undefined)
  return under === key ? key + beyond : `${key}\u0001${beyond}`
}

function entryOf(
  row: Version,
  encode: (text: string) => string,
): ObjectVersion & DeleteMarkerEntry {
  const shared = {
    Key: encode(row.key),
    VersionId: row.versionId,
    IsLatest: row.noncurrentSince === undefined,
    LastModified: toldTime(row.modifiedAt),
    Owner: ownerOf(row.ownerAccount),
  }
  if (row.marker) return shared
  return {
    ...shared,
    ETag: row.etag,
    Size: row.size,
    StorageClass: row.storageClass as ObjectVersion['StorageClass'],
    ...(row.checksum && {
      ChecksumAlgorithm: [row.checksum.algorithm],
      ChecksumType: row.checksum.type,
    }),
  }
}

interface Page {
  readonly rows: readonly Version[]
  readonly commonPrefixes: readonly string[]
  readonly isTruncated: boolean
}

async function pageOf(subject: BucketSubject, input: ListObjectVersionsRequest): Promise<Page> {
  const limit = pageSize(input.MaxKeys)
  const prefix = input.Prefix ?? ''
  const rows: Version[] = []
  const commonPrefixes: string[] = []
  if (limit === 0) return { rows, commonPrefixes, isTruncated: false }
  const stream = new VersionStream(subject, prefix, await resumeAt(subject, input))
  for (;;) {
    const row = await stream.next()
    if (!row) return { rows, commonPrefixes, isTruncated: false }
    if (rows.length + commonPrefixes.length === limit) {
      return { rows, commonPrefixes, isTruncated: true }
    }
    const under = commonPrefixOf(row.key, prefix, input.Delimiter || undefined)
    if (under === undefined) rows.push(row)
    else {
      commonPrefixes.push(under)
      stream.skipTo(`${subject.bucket.name}/${under}${beyond}`)
    }
  }
}

/** ListObjectVersions: every version and delete marker. */
export const ListObjectVersions = operation<
  ListObjectVersionsRequest,
  ListObjectVersionsOutput,
  BucketSubject
>(ListObjectVersions$, {
  resolve: findBucket,
  access: (input, ctx, subject) => listAccess(ctx, subject, input, 'ListBucketVersions'),
  async handle(input, _ctx, subject) {
    const encode = encoder(input.EncodingType)
    const { rows, commonPrefixes, isTruncated } = await pageOf(subject, input)
    const last = rows.at(-1)
    const lastPrefix = commonPrefixes.at(-1)
    const endsInPrefix = lastPrefix !== undefined && (!last || compare(lastPrefix, last.key) > 0)
    const found = rows.filter((row) => !row.marker).map((row) => entryOf(row, encode))
    const markers = rows.filter((row) => row.marker).map((row) => entryOf(row, encode))
    return {
      IsTruncated: isTruncated,
      KeyMarker: encode(input.KeyMarker ?? ''),
      VersionIdMarker: input.VersionIdMarker ?? '',
      ...(isTruncated && {
        NextKeyMarker: encode((endsInPrefix ? lastPrefix : last?.key) ?? ''),
        ...(!endsInPrefix && last && { NextVersionIdMarker: last.versionId }),
      }),
      ...(found.length > 0 && { Versions: found }),
      ...(markers.length > 0 && { DeleteMarkers: markers }),
      Name: subject.bucket.name,
      Prefix: encode(input.Prefix ?? ''),
      ...encoded(encode, 'Delimiter', input.Delimiter || undefined),
      MaxKeys: pageSize(input.MaxKeys),
      ...(commonPrefixes.length > 0 && {
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      }),
      ...(input.EncodingType && { EncodingType: input.EncodingType }),
    }
  },
})
