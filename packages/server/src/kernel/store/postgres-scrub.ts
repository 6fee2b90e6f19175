import type { PoolClient } from 'pg'
import { entriesSql, ScrubTally } from './scrub.ts'
import type { RawEntry, RawRecord, RawRow } from './scrub.ts'
import type { ScrubReport } from './store.ts'

/** Rows in one answer of the database: what is in memory at a time. */
const stepSize = 500

/** Reads every row, audit record and index entry, in steps, within the snapshot of a transaction. */
export async function scrubPostgres(client: PoolClient): Promise<ScrubReport> {
  const tally = new ScrubTally()
  const each = async <Row extends object>(sql: string, take: (row: Row) => void): Promise<void> => {
    await client.query(`DECLARE scrub NO SCROLL CURSOR FOR ${sql}`)
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${stepSize} FROM scrub`)
      for (const row of rows) take(row)
      if (rows.length < stepSize) break
    }
    await client.query('CLOSE scrub')
  }
  // The tables themselves are to be read, in whatever order, rather than looked up by their indexes.
  await client.query('SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off')
  await each<RawRow>('SELECT tbl, scope, key, version, crc, doc FROM bartizan.rows', (row) =>
    tally.row(row),
  )
  await each<RawRecord>(
    'SELECT seq, time, account, region, crc, doc FROM bartizan.audit',
    (record) => tally.record(record),
  )
  await client.query('SET LOCAL enable_indexscan = on')
  await each<RawEntry>(entriesSql('bartizan.'), (entry) => tally.entry(entry))
  return tally.report()
}
