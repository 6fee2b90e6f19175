import { GetObject$, HeadObject$ } from '@aws-sdk/client-s3'
import type {
  GetObjectOutput,
  GetObjectRequest,
  HeadObjectOutput,
  HeadObjectRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { checksumMember, checksumMembers } from './checksums.ts'
import { customerKey } from './encryption/choice.ts'
import { requireCustomerKey } from './encryption/data-keys.ts'
import { invalidRequest, s3Error } from './errors.ts'
import { expirationMember } from './lifecycle/configuration.ts'
import { encryptionMembers, toldTime, versionMember } from './object-facts.ts'
import {
  findObject,
  readAccess,
  readBytes,
  requireObject,
  type ObjectSubject,
} from './object-reading.ts'
import { requireReadable } from './preconditions.ts'
import { byteRange, type ByteRange } from './ranges.ts'
import type { ManifestPart, ObjectRow } from './store.ts'
import { partsOf } from './version-rows.ts'

const actions = { current: 'GetObject', version: 'GetObjectVersion' }

/** What of an object is asked for: all of it, a range, or a part. */
interface Portion {
  readonly range: ByteRange
  readonly isWhole: boolean
  readonly part?: ManifestPart
}

async function portionOf(
  subject: ObjectSubject,
  row: ObjectRow,
  input: HeadObjectRequest,
): Promise<Portion> {
  if (input.PartNumber !== undefined) {
    if (input.Range !== undefined) {
      throw invalidRequest('Cannot specify both Range header and partNumber query parameter')
    }
    return partPortion(await partsOf(subject, row), input.PartNumber)
  }
  const range = byteRange(input.Range, row.size)
  return range ? { range, isWhole: false } : { range: { from: 0, to: row.size - 1 }, isWhole: true }
}

function partPortion(parts: readonly ManifestPart[], number: number): Portion {
  let from = 0
  for (const [index, part] of parts.entries()) {
    if (index + 1 === number) {
      return { range: { from, to: from + part.size - 1 }, isWhole: false, part }
    }
    from += part.size
  }
  throw s3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416, {
    fields: { ActualPartCount: String(parts.length), PartNumberRequested: String(number) },
  })
}

const overrides = [
  ['ResponseContentType', 'ContentType'],
  ['ResponseCacheControl', 'CacheControl'],
  ['ResponseContentDisposition', 'ContentDisposition'],
  ['ResponseContentEncoding', 'ContentEncoding'],
  ['ResponseContentLanguage', 'ContentLanguage'],
] as const

function overridden(input: HeadObjectRequest, ctx: Context) {
  const given = overrides.filter(([from]) => input[from] !== undefined)
  if (ctx.principal.kind === 'anonymous' && (given.length > 0 || input.ResponseExpires)) {
    throw invalidRequest(
      'Request specific response headers cannot be used for anonymous GET requests.',
    )
  }
  return {
    ...Object.fromEntries(given.map(([from, to]) => [to, input[from]])),
    ...(input.ResponseExpires && { Expires: input.ResponseExpires }),
  }
}

/** The headers that tell of an object, or of a portion of it. */
function describe(
  subject: ObjectSubject,
  { row, portion }: { row: ObjectRow; portion: Portion },
  input: HeadObjectRequest,
): HeadObjectOutput {
  const { range, isWhole, part } = portion
  const { Expires: expires, ...headers } = row.headers
  const isTold = input.ChecksumMode === 'ENABLED'
  const partSum = part?.checksum !== undefined && row.checksum
  return {
    AcceptRanges: 'bytes',
    LastModified: toldTime(row.modifiedAt),
    ContentLength: range.to - range.from + 1,
    ...(!isWhole && { ContentRange: `bytes ${range.from}-${range.to}/${row.size}` }),
    ETag: row.etag,
    ...headers,
    ...(expires !== undefined && { Expires: new Date(expires) }),
    Metadata: { ...row.metadata },
    ...encryptionMembers(row.dataKey, input.SSECustomerKeyMD5),
    ...versionMember(row, subject.bucket.versioning),
    ...expirationMember(subject.bucket, row),
    ...(row.storageClass !== 'STANDARD' && { StorageClass: row.storageClass }),
    ...(isTold && isWhole && checksumMembers(row.checksum)),
    ...(isTold && partSum && checksumMember({ ...partSum, value: part?.checksum ?? '' })),
    ...(part && row.parts !== undefined && { PartsCount: row.parts }),
    ...(row.lock?.mode && {
      ObjectLockMode: row.lock.mode,
      ObjectLockRetainUntilDate: new Date(row.lock.until ?? 0),
    }),
    ...(row.lock?.legalHold !== undefined && {
      ObjectLockLegalHoldStatus: row.lock.legalHold ? ('ON' as const) : ('OFF' as const),
    }),
  }
}

const archived: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** GetObject: streams an object, or a portion of it, as it is decrypted. */
export const GetObject = operation<GetObjectRequest, GetObjectOutput, ObjectSubject>(GetObject$, {
  dataEvent: true,
  resolve: findObject,
  access: (input, ctx, subject) => readAccess(ctx, subject, input, actions),
  async handle(input, ctx, subject) {
    const row = requireObject(subject, input)
    const customer = customerKey(input)
    requireReadable(input, row)
    if (archived.has(row.storageClass)) {
      throw s3Error(
        'InvalidObjectState',
        "The operation is not valid for the object's storage class",
        403,
        { fields: { StorageClass: row.storageClass } },
      )
    }
    const portion = await portionOf(subject, row, input)
    const replaced = overridden(input, ctx)
    const body = await readBytes(ctx, subject, row, { range: portion.range, customer })
    const tagCount = row.tags.length
    return {
      ...describe(subject, { row, portion }, input),
      ...replaced,
      ...(tagCount > 0 && { TagCount: tagCount }),
      Body: body as never,
    }
  },
})

/** HeadObject: what GetObject would tell, without the bytes. */
export const HeadObject = operation<HeadObjectRequest, HeadObjectOutput, ObjectSubject>(
  HeadObject$,
  {
    dataEvent: true,
    readOnly: true,
    resolve: findObject,
    access: (input, ctx, subject) => readAccess(ctx, subject, input, actions),
    async handle(input, ctx, subject) {
      const row = requireObject(subject, input)
      requireCustomerKey(row.dataKey, customerKey(input))
      requireReadable(input, row)
      const portion = await portionOf(subject, row, input)
      return { ...describe(subject, { row, portion }, input), ...overridden(input, ctx) }
    },
  },
)
