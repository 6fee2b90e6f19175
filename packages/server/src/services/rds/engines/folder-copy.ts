import { constants } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Copies a folder while its files may come and go. `keep` decides by the path below the folder. */
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
    if (!keep(path)) continue
    if (entry.isDirectory()) await copyFolder(source, target, keep, path)
    else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE).catch(vanished)
    }
  }
}

function vanished(error: unknown): never[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
  throw error
}
