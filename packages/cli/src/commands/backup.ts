import { constants, copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { administer } from '../administration.ts'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

const database = 'bartizan.db'
/** Objects and whatever else services keep in files, as the server lays them out beside the copy. */
const files = 'bartizan.db.files'
const keyFiles = ['root.key', 'root.key.sealed', 'credentials']

interface BackupOptions extends PlaceOptions {
  readonly rootKey: boolean
}

/** `bartizan backup`: a consistent copy of everything, made while the server serves. */
export function backupCommand(): Command {
  return withPlace(new Command('backup').description('copy everything to a new folder, online'))
    .argument('<name>', 'a new folder in the backup directory (BARTIZAN_BACKUP_DIR)')
    .option('--no-root-key', 'leave the root key and credentials out; restore then needs them')
    .addHelpText(
      'after',
      examples('bartizan backup monday', 'bartizan backup tuesday --no-root-key'),
    )
    .action(async (name: string, { rootKey, ...place }: BackupOptions) => {
      const installation = findInstallation(place)
      const { path } = await administer(installation, 'backup', { path: join(name, database) })
      const target = dirname(String(path))
      const copied = rootKey ? copyKeys(installation.dataDir, target) : []
      const warning =
        copied.length > 0 ? ` with ${copied.join(', ')}: guard it as you guard those` : ''
      process.stdout.write(`${target}${warning}\n`)
    })
}

/** `bartizan restore`: puts a backup into a data directory that holds no database. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into an empty data directory (the server is not running there)')
    .argument('<dir>', 'the folder that `backup` made')
    .option('--data-dir <dir>', 'where to (default: BARTIZAN_DATA_DIR)')
    .addHelpText(
      'after',
      examples('bartizan restore .bartizan/backups/monday --data-dir ./restored'),
    )
    .action((dir: string, options: PlaceOptions) => {
      const { dataDir } = findInstallation(options)
      if (!existsSync(join(dir, database))) throw new Error(`${dir} holds no backup`)
      if (existsSync(join(dir, `${files}.partial`))) {
        throw new Error(`the backup in ${dir} was cut short; its objects are not all there`)
      }
      if (existsSync(join(dataDir, database))) {
        throw new Error(`${dataDir} holds a database already; move it away first`)
      }
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const hasKey = [dir, dataDir].some((place) =>
        ['root.key', 'root.key.sealed'].some((name) => existsSync(join(place, name))),
      )
      if (!hasKey)
        throw new Error('the backup has no root key; put root.key into the data directory')
      copyKeys(dir, dataDir)
      // The database comes last: a restore that is cut short can be done again.
      if (existsSync(join(dir, files))) {
        cpSync(join(dir, files), dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE })
      }
      copyFileSync(join(dir, database), join(dataDir, database), constants.COPYFILE_EXCL)
      process.stdout.write(`restored into ${dataDir}\n`)
    })
}

/** Copies the key files that are there and not yet at the target; modes stay 0600. */
function copyKeys(from: string, to: string): readonly string[] {
  const copied = keyFiles.filter(
    (name) => existsSync(join(from, name)) && !existsSync(join(to, name)),
  )
  for (const name of copied) copyFileSync(join(from, name), join(to, name), constants.COPYFILE_EXCL)
  return copied
}
