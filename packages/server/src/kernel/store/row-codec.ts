import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { SecretBox } from '../context.ts'
import { decrypt, encrypt } from './sealed.ts'
import { CorruptRow } from './store.ts'
import type { Table } from './store.ts'

/** Where a row lives. */
export interface RowPlace {
  readonly table: Table<object>
  readonly scope: string
  readonly key: string
}

/** The place of a row of a table, whatever its rows are. */
export function placeOf<T extends object>(table: Table<T>, scope: string, key: string): RowPlace {
  // Tables are invariant in their rows; a place only ever meets rows of its own table.
  return { table: table as unknown as Table<object>, scope, key }
}

/** A row in the form that goes to disk. */
export interface EncodedRow {
  readonly doc: string
  readonly crc: number
}

/** Turns rows into checksummed JSON text with sealed fields, and back. */
export interface RowCodec {
  /** Freezes `value` deeply, as it is going to be shared. */
  encode(place: RowPlace, version: number, value: object): EncodedRow
  /** Throws CorruptRow when the text is not what `encode` made for this place and version. */
  decode(place: RowPlace, version: number, row: EncodedRow): object
}

/** One entry under which a row is found: index name and value. */
export type IndexEntry = readonly [name: string, value: string]

/** A row's name in caches and plans. */
export function rowId(place: RowPlace): string {
  return `${place.table.name}\0${place.scope}\0${place.key}`
}

/** The index entries of a row, without repeats. */
export function indexEntries(table: Table<object>, value: object | undefined): IndexEntry[] {
  const entries: IndexEntry[] = []
  if (value === undefined) return entries
  for (const [name, valuesOf] of Object.entries(table.indexes)) {
    const values = valuesOf(value)
    if (values === undefined) continue
    if (typeof values === 'string') entries.push([name, values])
    else for (const each of new Set(values)) entries.push([name, each])
  }
  return entries
}

/** The entries of `left` that `right` does not have. */
export function entriesWithout(left: readonly IndexEntry[], right: readonly IndexEntry[]) {
  return left.filter(([name, value]) => !right.some((r) => r[0] === name && r[1] === value))
}

/** A codec that seals under keys derived from the root key, one per table. */
export function rowCodec(box: SecretBox): RowCodec {
  const keys = new Map<string, KeyObject>()
  const keyOf = (table: Table<object>): KeyObject => {
    const known = keys.get(table.name)
    if (known) return known
    const key = createSecretKey(box.derive(`store-row:${table.name}`))
    keys.set(table.name, key)
    return key
  }
  return {
    encode(place, version, value) {
      deepFreeze(value)
      const { table } = place
      const sealed = table.sealed.length === 0 ? value : sealFields(place, keyOf(table), value)
      const doc = JSON.stringify(sealed)
      return { doc, crc: checksum(place, version, doc) }
    },
    decode(place, version, { doc, crc }) {
      if (checksum(place, version, doc) !== crc) throw new CorruptRow(place.table.name, place.key)
      const value: Record<string, unknown> = JSON.parse(doc)
      if (place.table.sealed.length > 0) openFields(place, keyOf(place.table), value)
      return deepFreeze(value)
    },
  }
}

function checksum({ table, scope, key }: RowPlace, version: number, doc: string): number {
  return rowChecksum({ table: table.name, scope, key }, version, doc)
}

/** The checksum of a row: of its text, and of where it is, so that it is found nowhere else. */
export function rowChecksum(
  { table, scope, key }: { readonly table: string; readonly scope: string; readonly key: string },
  version: number,
  doc: string,
): number {
  return crc32(doc, crc32(`${table}|${scope}|${key}|${version}|`))
}

/** The checksum of an index entry: an entry that leads to another row, even one that exists, has not got it. */
export function entryChecksum(
  { table, scope, key }: { readonly table: string; readonly scope: string; readonly key: string },
  [name, value]: IndexEntry,
): number {
  return crc32(value, crc32(`${table}|${scope}|${key}|${name}|`))
}

function fieldContext(place: RowPlace, field: string): Buffer {
  return Buffer.from(JSON.stringify([place.table.name, place.scope, place.key, field]))
}

function sealFields(place: RowPlace, key: KeyObject, value: object): object {
  const copy: Record<string, unknown> = { ...value }
  for (const field of place.table.sealed) {
    const text = copy[field]
    if (text === undefined) continue
    if (typeof text !== 'string') {
      throw new TypeError(`sealed field ${field} of ${place.table.name} must be text`)
    }
    const sealed = encrypt(key, Buffer.from(text, 'utf8'), fieldContext(place, field))
    copy[field] = sealed.toString('base64')
  }
  return copy
}

function openFields(place: RowPlace, key: KeyObject, value: Record<string, unknown>): void {
  for (const field of place.table.sealed) {
    const sealed = value[field]
    if (sealed === undefined) continue
    const bytes = Buffer.from(String(sealed), 'base64')
    const text = decrypt(key, bytes, fieldContext(place, field))
    if (!text) throw new CorruptRow(place.table.name, place.key)
    value[field] = text.toString('utf8')
  }
}

/** Frozen subtrees are skipped: rows are made by spreading rows that are frozen already. */
function deepFreeze<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) deepFreeze(child)
  }
  return Object.freeze(value)
}
