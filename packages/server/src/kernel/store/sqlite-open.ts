import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SecretBox } from '../context.ts'
import { sqliteMigrations } from './migrations/sqlite.ts'
import { keyCheckValue, requireKeyCheck } from './sealed.ts'
import { StoreOpenError } from './store-open-error.ts'

/** Pages of log after which it is written back: 16 MiB. */
export const checkpointPages = 2_000
const lockWaitMs = 1_000

/**
 * Opens a SQLite file (or `:memory:`) for this process alone, brings its schema up to date, and
 * checks that it belongs to this root key. Throws StoreOpenError or RootKeyError.
 */
export function openDatabase(path: string, box: SecretBox): DatabaseSync {
  if (path !== ':memory:') makePrivate(path)
  const database = new DatabaseSync(path, {
    timeout: lockWaitMs,
    enableForeignKeyConstraints: false,
  })
  try {
    prepareDatabase(database, box)
    return database
  } catch (error) {
    database.close()
    throw openFailure(path, error)
  }
}

/** Only the owner may read the file, whatever the umask; its log takes over its permissions. */
function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function openFailure(path: string, error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === 5) return new StoreOpenError(`${path} is in use by another process`, error)
  if (code === 26 || code === 11) {
    return new StoreOpenError(`${path} is damaged or not a database; restore a backup`, error)
  }
  return error
}

function prepareDatabase(database: DatabaseSync, box: SecretBox): void {
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = ${checkpointPages};
    PRAGMA journal_size_limit = 67108864;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL);
  `)
  const had = Number(database.prepare('SELECT max(version) AS v FROM schema_version').get()?.['v'])
  const wanted = sqliteMigrations.length
  if (had > wanted) {
    throw new StoreOpenError(`the store has schema ${had}; this release knows up to ${wanted}`)
  }
  for (const migrate of sqliteMigrations.slice(had)) migrate(database)
  if (had < wanted) {
    database.exec('DELETE FROM schema_version')
    database.prepare('INSERT INTO schema_version VALUES (?)').run(wanted)
  }
  const check = database.prepare("SELECT value FROM meta WHERE name = 'key-check'").get()
  if (check) requireKeyCheck(box, String(check['value']))
  else {
    database
      .prepare("INSERT INTO meta VALUES ('key-check', ?), ('version-limit', '0')")
      .run(keyCheckValue(box))
  }
  database.exec('COMMIT')
}

/** SQLite's primary result code of an error of node:sqlite. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return Number(error.errcode) & 0xff
}
