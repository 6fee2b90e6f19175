import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl'

/** A deployment package that cannot be taken; the message is for the caller. */
export class BadArchive extends Error {}

/** What a deployment package may come to unpacked, in bytes (AWS: 250 MB with all layers). */
export const maxUnzippedBytes = 262_144_000
const maxEntries = 100_000

/** What lies in a deployment package. */
export interface ArchiveSummary {
  readonly unzippedBytes: number
  readonly entries: number
}

interface ZipItem {
  readonly name: string
  readonly isFolder: boolean
  readonly isExecutable: boolean
  readonly read: () => Promise<Buffer>
}

/**
 * Checks a deployment package without unpacking it: names that lead out of it, symbolic links and special
 * files are refused. Throws BadArchive.
 */
export async function inspectArchive(bytes: Buffer, limit: number): Promise<ArchiveSummary> {
  let unzippedBytes = 0
  let entries = 0
  await eachItem(bytes, limit, async (_item, size) => {
    unzippedBytes += size
    entries += 1
  })
  return { unzippedBytes, entries }
}

/** Unpacks a package into a folder, everything readable by everybody and writable by nobody. Throws BadArchive. */
export async function unpackArchive(bytes: Buffer, folder: string, limit: number): Promise<void> {
  const folders = new Set<string>([folder])
  await eachItem(bytes, limit, async (item) => {
    const path = join(folder, item.name)
    const home = item.isFolder ? path : dirname(path)
    if (!folders.has(home)) await mkdir(home, { recursive: true })
    folders.add(home)
    if (item.isFolder) return
    await writeFile(path, await item.read())
    await chmod(path, item.isExecutable ? 0o555 : 0o444)
  })
  for (const each of folders) await chmod(each, 0o755)
}

async function eachItem(
  bytes: Buffer,
  limit: number,
  visit: (item: ZipItem, size: number) => Promise<void>,
): Promise<void> {
  let total = 0
  let count = 0
  try {
    const zip = await fromBufferPromise(bytes, { strictFileNames: true })
    for await (const entry of zip.eachEntry()) {
      total += entry.uncompressedSize
      count += 1
      if (total > limit) {
        throw new BadArchive(`Unzipped size must be smaller than ${limit} bytes`)
      }
      if (count > maxEntries) throw new BadArchive('The zip file has too many entries.')
      await visit(itemOf(zip, entry), entry.uncompressedSize)
    }
  } catch (error) {
    throw error instanceof BadArchive ? error : new BadArchive(unreadable)
  }
}

const unreadable =
  'Could not unzip uploaded file. Please check your file, then try to upload again.'

const unixKind = 0o170000
const unixFolder = 0o040000
const unixFile = 0o100000

function itemOf(zip: ZipFile, entry: Entry): ZipItem {
  const mode = entry.externalFileAttributes >>> 16
  const kind = mode & unixKind
  const name = entry.fileName
  if (kind !== 0 && kind !== unixFolder && kind !== unixFile) {
    throw new BadArchive(
      `The zip file holds ${name}, which is no file or folder: links are not taken.`,
    )
  }
  return {
    name,
    isFolder: name.endsWith('/'),
    isExecutable: (mode & 0o111) !== 0,
    read: async () => buffer(await zip.openReadStreamPromise(entry)),
  }
}
