import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { commonError } from './errors.ts'

/**
 * The file that a backup is to be written to: `path` inside the backup directory, which is made on
 * demand (0700), as are the folders between. Throws a ValidationException for a path that leads
 * out of it, also through a symbolic link.
 */
export function backupTarget(backupDir: string | undefined, path: unknown): string {
  if (typeof path !== 'string' || !/^[^\0]{1,1024}$/.test(path)) {
    throw refused('path must be text: where in the backup directory the copy is written')
  }
  if (backupDir === undefined) {
    throw refused('a server without a data directory backs up to BARTIZAN_BACKUP_DIR only')
  }
  const inside = relative(resolve(backupDir), resolve(backupDir, path))
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw refused(`path must be inside ${resolve(backupDir)}; BARTIZAN_BACKUP_DIR sets another`)
  }
  mkdirSync(backupDir, { recursive: true, mode: 0o700 })
  const target = join(realpathSync(backupDir), inside)
  makeFolders(realpathSync(backupDir), dirname(inside))
  return target
}

function makeFolders(root: string, folders: string): void {
  let place = root
  for (const each of folders === '.' ? [] : folders.split(sep)) {
    place = join(place, each)
    const found = lstatSync(place, { throwIfNoEntry: false })
    if (!found) mkdirSync(place, { mode: 0o700 })
    else if (!found.isDirectory()) throw refused(`${place} is not a folder`)
  }
}

function refused(message: string): Error {
  return commonError('ValidationException', message, 400)
}
