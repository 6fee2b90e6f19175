import { createSecretKey, randomBytes } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import type { StreamedBody } from '../../kernel/incoming-body.ts'
import { encrypt } from '../../kernel/store/sealed.ts'
import { begin } from './blobs/beginning.ts'
import { PayloadSums, type ChecksumName, type Sums } from './blobs/payload-sums.ts'
import { blobRuntime } from './blobs/runtime.ts'
import {
  badDigest,
  contentMd5,
  declaredChecksum,
  headerOf,
  type ChecksumMembers,
  type DeclaredChecksum,
} from './checksums.ts'
import { s3Error } from './errors.ts'
import type { BlobRef, ChecksumFacts } from './store.ts'

/** The largest object or part that one request may bring: 5 GiB. */
const maxPayloadBytes = 5 * 1024 ** 3

/** Objects up to this size are kept in a row, which spares them the three names and the syncs of a file. */
export const largestInRow = 16_384

/** A payload that lies on the disk, with its sums. */
export interface Received {
  readonly blob: BlobRef
  /** The encrypted bytes that are still to be written to a row, base64. */
  readonly sealed?: string
  /** Lower-case hexadecimal MD5 of the plaintext. */
  readonly md5: string
  readonly checksum: ChecksumFacts
}

/** What a request says of its payload. */
export interface PayloadInput extends ChecksumMembers {
  readonly Body?: unknown
  readonly ContentMD5?: string | undefined
  readonly ChecksumAlgorithm?: string | undefined
}

/** What is remembered of a payload: a unit of work that starts over has no second one to read. */
interface Memory {
  readonly dataKey: Buffer
  received?: Promise<Received>
}

const memories = new WeakMap<object, Memory>()

function memoryOf(input: object): Memory {
  let memory = memories.get(input)
  if (!memory) memories.set(input, (memory = { dataKey: randomBytes(32) }))
  return memory
}

/** The data key of what a request brings: the same however often the request is tried. */
export function dataKeyOf(input: object): Buffer {
  return memoryOf(input).dataKey
}

/** How a payload is kept. */
export interface Keeping {
  readonly dataKey: Buffer
  /** The checksum to keep whatever the request declares; else the declared one, else CRC64NVME as S3 has it. */
  readonly keep?: ChecksumName
  /** Where the bytes come from, when not from the request itself. */
  readonly source?: () => Promise<AsyncIterable<Uint8Array>>
  /** Whether small payloads may lie in a row. */
  readonly mayBeInRow?: true
}

/**
 * Reads a request's payload into the blob store, encrypted, and checks it against what the request
 * declares. Throws BadDigest, EntityTooLarge and the errors of the body itself; nothing is kept then.
 */
export function receive(
  ctx: Context,
  account: string,
  input: PayloadInput,
  keeping: Keeping,
): Promise<Received> {
  const memory = memoryOf(input)
  memory.received ??= readPayload(ctx, account, input, keeping)
  return memory.received
}

/** Deletes a payload whose request is refused after all. */
export function forget(ctx: Context, account: string, { blob }: Received): void {
  if (!blob.inRow) ctx.runtime(blobRuntime).blobs.discard(account, [blob.id])
}

async function readPayload(
  ctx: Context,
  account: string,
  input: PayloadInput,
  { dataKey, keep, source, mayBeInRow }: Keeping,
): Promise<Received> {
  const { blobs } = ctx.runtime(blobRuntime)
  const body = source ? plainBody(await source()) : bodyOf(input.Body)
  const declared = source ? undefined : declaredChecksum(input, body.announced)
  const md5 = source ? undefined : contentMd5(input.ContentMD5)
  const kept = keep ?? declared?.name ?? 'CRC64NVME'
  const names = [...new Set<ChecksumName>(['MD5', kept, ...(declared ? [declared.name] : [])])]
  let sums: Sums = new Map()
  const accept = (found: Sums): void => {
    sums = found
    if (md5 && md5.toString('base64') !== found.get('MD5')) throw badDigest('MD5')
    checkDeclared(declared, body, found)
  }
  const id = ctx.ids.hex(32)
  const begun = mayBeInRow ? await begin(bounded(body), largestInRow) : { source: bounded(body) }
  const bytes = 'whole' in begun ? begun.whole : undefined
  if (bytes) accept(sumsOf(bytes, names))
  return {
    ...(bytes
      ? {
          blob: { id, size: bytes.length, inRow: true },
          sealed: encrypt(createSecretKey(dataKey), bytes, Buffer.from(id)).toString('base64'),
        }
      : {
          blob: await blobs.write(account, id, {
            dataKey,
            source: begun.source,
            sums: names,
            accept,
          }),
        }),
    md5: Buffer.from(sums.get('MD5') ?? '', 'base64').toString('hex'),
    checksum: { algorithm: kept, value: sums.get(kept) ?? '', type: 'FULL_OBJECT' },
  }
}

function sumsOf(bytes: Uint8Array, names: readonly ChecksumName[]): Sums {
  const running = new PayloadSums(names)
  running.update(bytes)
  return running.finish()
}

/** A payload that is no longer than one request may bring. Throws EntityTooLarge. */
async function* bounded(body: StreamedBody): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const bytes of body) {
    size += bytes.length
    if (size > maxPayloadBytes) {
      throw s3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400)
    }
    yield bytes
  }
}

function checkDeclared(
  declared: DeclaredChecksum | undefined,
  body: StreamedBody,
  computed: Sums,
): void {
  if (!declared) return
  const value = declared.value ?? body.trailers[headerOf(declared.name)]
  if (value !== undefined && value !== computed.get(declared.name)) throw badDigest(declared.name)
}

/** A payload as it streams in, or as another service hands it over whole. */
function bodyOf(body: unknown): StreamedBody {
  if (isStreamed(body)) return body
  return plainBody(
    whole(
      typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined,
    ),
  )
}

function isStreamed(body: unknown): body is StreamedBody {
  return typeof body === 'object' && body !== null && 'trailers' in body
}

async function* whole(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (bytes) yield bytes
}

function plainBody(source: AsyncIterable<Uint8Array>): StreamedBody {
  return {
    announced: [],
    trailers: {},
    [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](),
  }
}
