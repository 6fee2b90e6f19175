import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { entriesSql, ScrubTally } from './scrub.ts'
import type { RawEntry, RawRecord, RawRow } from './scrub.ts'
import type { ScrubReport } from './store.ts'

/**
 * Reads everything in a database file from disk: its pages and their order, every row, audit record
 * and index entry. The file must be at rest: it is read without locks.
 */
export function scrubFile(path: string): ScrubReport {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  const database = new DatabaseSync(url, { readOnly: true })
  try {
    return scrubDatabase(database)
  } finally {
    database.close()
  }
}

/** Reads everything in an open database. */
export function scrubDatabase(database: DatabaseSync): ScrubReport {
  const tally = new ScrubTally()
  const each = (sql: string, take: (found: Record<string, unknown>) => void): void => {
    try {
      for (const found of database.prepare(sql).iterate()) take(found)
    } catch (error) {
      tally.damaged(`the database: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  each('PRAGMA integrity_check(100)', ({ integrity_check: verdict }) => {
    if (verdict !== 'ok') tally.damaged(`the database: ${String(verdict)}`)
  })
  each('SELECT tbl, scope, key, version, crc, doc FROM rows', (row) =>
    tally.row(row as unknown as RawRow),
  )
  each('SELECT seq, time, account, region, crc, doc FROM audit', (record) =>
    tally.record(record as unknown as RawRecord),
  )
  each(entriesSql(''), (entry) => tally.entry(entry as unknown as RawEntry))
  return tally.report()
}
