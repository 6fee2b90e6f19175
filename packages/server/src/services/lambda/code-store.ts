import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import type { Context, Tables } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { invalid } from './errors.ts'
import { BadArchive, inspectArchive, maxUnzippedBytes } from './execution/zip-archive.ts'
import { shippedPackage } from './shipped-code.ts'
import { codePieces, type CodeFacts } from './store.ts'

const pieceBytes = 1_048_576
const maxZipBytes = 52_428_800

/** Where a deployment package comes from. */
export interface CodeSource {
  readonly ZipFile?: Uint8Array | undefined
  readonly S3Bucket?: string | undefined
  readonly S3Key?: string | undefined
  readonly S3ObjectVersion?: string | undefined
  readonly ImageUri?: string | undefined
}

/** A deployment package, read and checked, not stored yet. */
export interface NewCode {
  readonly bytes: Buffer
  readonly facts: CodeFacts
}

/** Reads the package that a request gives or names, and checks it. Throws InvalidParameterValueException. */
export async function readCode(ctx: Context, source: CodeSource): Promise<NewCode> {
  if (source.ImageUri !== undefined) {
    throw invalid('Container images are not supported by Bartizan: PackageType must be Zip.')
  }
  const bytes = source.ZipFile ? Buffer.from(source.ZipFile) : await fromS3(ctx, source)
  if (bytes.length > maxZipBytes) {
    throw invalid(`Zip file must be smaller than ${maxZipBytes} bytes`)
  }
  try {
    await inspectArchive(bytes, maxUnzippedBytes)
  } catch (error) {
    if (error instanceof BadArchive) throw invalid(error.message)
    throw error
  }
  const sha256 = createHash('sha256').update(bytes).digest('base64')
  return { bytes, facts: { id: ctx.ids.uuid(), sha256, size: bytes.length } }
}

async function fromS3(ctx: Context, { S3Bucket, S3Key, S3ObjectVersion }: CodeSource) {
  if (S3Bucket === undefined || S3Key === undefined) {
    throw invalid('Please provide a source for function code.')
  }
  const shipped = await shippedPackage(ctx, { S3Bucket, S3Key })
  if (shipped) return shipped
  const input = {
    Bucket: S3Bucket,
    Key: S3Key,
    ...(S3ObjectVersion && { VersionId: S3ObjectVersion }),
  }
  try {
    const { Body } = await ctx.call('s3', 'GetObject', input)
    if (Body instanceof Readable) return await buffer(Body)
    return Buffer.from(Body instanceof Uint8Array ? Body : [])
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    )
  }
}

/** Stores a package in the caller's tables. */
export function writeCode(tables: Tables, { bytes, facts }: NewCode): void {
  const table = tables.table(codePieces)
  for (let index = 0; index * pieceBytes < bytes.length; index++) {
    const piece = bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes)
    table.put(pieceKey(facts, index), { bytes: piece.toString('base64') })
  }
}

/** Removes a package that nothing uses any more. */
export function deleteCode(tables: Tables, facts: CodeFacts): void {
  for (let index = 0; index * pieceBytes < facts.size; index++) {
    tables.table(codePieces).delete(pieceKey(facts, index))
  }
}

function pieceKey({ id }: CodeFacts, index: number): string {
  return `${id}/${String(index).padStart(6, '0')}`
}

/** Puts a stored package together again. Throws when a piece is gone: its function was deleted meanwhile. */
export async function joinPieces(
  facts: CodeFacts,
  piece: (key: string) => Promise<{ readonly bytes: string } | undefined>,
): Promise<Buffer> {
  const pieces: Buffer[] = []
  for (let index = 0; index * pieceBytes < facts.size; index++) {
    const found = await piece(pieceKey(facts, index))
    if (!found) throw new Error(`the deployment package ${facts.id} is gone`)
    pieces.push(Buffer.from(found.bytes, 'base64'))
  }
  return Buffer.concat(pieces)
}
