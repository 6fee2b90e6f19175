import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How many files are copied at a time. */
const width = 8

/**
 * Copies a folder of folders of files into a new one, durably; clones where the file system can.
 * A file that goes meanwhile is left out: an upload that failed.
 */
export async function copyBlobs(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const name of await entriesOf(from)) {
    const files = (await entriesOf(join(from, name))).values()
    await mkdir(join(to, name), { mode: 0o700 })
    const copyRest = async (): Promise<void> => {
      for (const file of files) await copyDurably(join(from, name, file), join(to, name, file))
    }
    await Promise.all(Array.from({ length: width }, copyRest))
    await syncPath(join(to, name))
  }
  await syncPath(to)
}

/** Writes empty files of the same names into a folder. */
export async function copyNames(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const name of await entriesOf(from)) await writeFile(join(to, name), '', { mode: 0o600 })
  await syncPath(to)
}

async function copyDurably(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  await syncPath(to)
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Has a file or folder written to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
