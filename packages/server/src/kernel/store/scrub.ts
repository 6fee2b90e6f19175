import { crc32 } from 'node:zlib'
import { entryChecksum, rowChecksum } from './row-codec.ts'
import type { ScrubReport } from './store.ts'

/** Of so many damaged places a report says where they are; the others are only counted. */
const listed = 100

/** A row as it is on disk: anything may be in its columns. */
export interface RawRow {
  readonly tbl: unknown
  readonly scope: unknown
  readonly key: unknown
  readonly version: unknown
  readonly crc: unknown
  readonly doc: unknown
}

/** An audit record as it is on disk. */
export interface RawRecord {
  readonly seq: unknown
  readonly time: unknown
  readonly account: unknown
  readonly region: unknown
  readonly crc: unknown
  readonly doc: unknown
}

/** An index entry as it is on disk. */
export interface RawEntry {
  readonly tbl: unknown
  readonly name: unknown
  readonly scope: unknown
  readonly value: unknown
  readonly key: unknown
  /** null: from before entries had checksums. */
  readonly crc: unknown
  /** The key of the row it leads to; null when that is not there. */
  readonly found: unknown
}

/** What a scrub reads of the index, for the tables of a schema (`bartizan.`, or none). */
export const entriesSql = (schema: string): string =>
  `SELECT i.tbl, i.name, i.scope, i.value, i.key, i.crc, r.key AS found FROM ${schema}idx AS i
   LEFT JOIN ${schema}rows AS r ON r.tbl = i.tbl AND r.scope = i.scope AND r.key = i.key`

/** Checks what a scrub reads and keeps count of what is damaged. */
export class ScrubTally {
  #rows = 0
  #records = 0
  #damaged = 0
  readonly #damage: string[] = []

  row({ tbl, scope, key, version, crc, doc }: RawRow): void {
    this.#rows++
    const place = { table: String(tbl), scope: String(scope), key: String(key) }
    const sound =
      typeof doc === 'string' && rowChecksum(place, Number(version), doc) === Number(crc)
    if (!sound) this.damaged(`row ${place.key} of ${place.table} in ${place.scope}`)
  }

  /** The columns by which a record is found are compared with what its checksummed text says. */
  record({ seq, time, account, region, crc, doc }: RawRecord): void {
    this.#records++
    if (typeof doc === 'string' && crc32(doc) === Number(crc)) {
      const { eventTime, recipientAccountId, awsRegion } = JSON.parse(doc)
      const sameTime = Date.parse(eventTime) === Number(time)
      if (sameTime && recipientAccountId === account && awsRegion === region) return
    }
    this.damaged(`audit record ${String(seq)}`)
  }

  /** An entry is to be as it was written, and its row to be there. */
  entry(entry: RawEntry): void {
    const [table, name, scope, value, key] = [
      String(entry.tbl),
      String(entry.name),
      String(entry.scope),
      String(entry.value),
      String(entry.key),
    ]
    const checksum = entryChecksum({ table, scope, key }, [name, value])
    const sound = entry.crc === null || Number(entry.crc) === checksum
    if (sound && entry.found !== null) return
    this.damaged(`entry of index ${name} for row ${key} of ${table} in ${scope}`)
  }

  damaged(what: string): void {
    this.#damaged++
    if (this.#damage.length < listed) this.#damage.push(what)
  }

  report(): ScrubReport {
    const damage = [...this.#damage]
    return { rows: this.#rows, records: this.#records, damaged: this.#damaged, damage }
  }
}
