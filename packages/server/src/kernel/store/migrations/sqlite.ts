import type { DatabaseSync } from 'node:sqlite'
import { entryChecksum } from '../row-codec.ts'

/** Schema changes in order; the schema version is how many of them a database has had. */
export const sqliteMigrations: readonly ((database: DatabaseSync) => void)[] = [
  (database) =>
    database.exec(`
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE rows (
        tbl TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL,
        version INTEGER NOT NULL, crc INTEGER NOT NULL, doc TEXT NOT NULL,
        PRIMARY KEY (tbl, scope, key)
      ) WITHOUT ROWID;
      CREATE TABLE idx (
        tbl TEXT NOT NULL, name TEXT NOT NULL, scope TEXT NOT NULL,
        value TEXT NOT NULL, key TEXT NOT NULL,
        PRIMARY KEY (tbl, name, scope, value, key)
      ) WITHOUT ROWID;
      CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        time INTEGER NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
        crc INTEGER NOT NULL, doc TEXT NOT NULL
      );
      CREATE INDEX audit_by_account ON audit (account, seq, time);
    `),
  (database) => {
    database.function('entry_checksum', { varargs: true }, (...columns) => {
      const [table = '', scope = '', key = '', name = '', value = ''] = columns.map(String)
      return entryChecksum({ table, scope, key }, [name, value])
    })
    database.exec(`
      ALTER TABLE idx ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
      UPDATE idx SET crc = entry_checksum(tbl, scope, key, name, value);
    `)
  },
]
