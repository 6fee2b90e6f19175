import { constants } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Copies a folder while its files may come and go. `keep` decides by the path below the folder; folders
 * that it refuses are made but left empty.
 */
export async function copyFolder(
  from: string,
  to: string,
  keep: (path: string) => boolean = () => true,
  below = '',
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true }).catch(vanished)) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      if (keep(path)) await copyFolder(source, target, keep, path)
      else await mkdir(target, { recursive: true, mode: 0o700 })
    } else if (entry.isFile() && keep(path)) {
      await copyFile(source, target, constants.COPYFILE_FICLONE).catch(vanished)
    }
  }
}

function vanished(error: unknown): never[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
  throw error
}
