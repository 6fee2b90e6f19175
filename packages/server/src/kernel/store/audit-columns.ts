import { crc32 } from 'node:zlib'
import type { AuditIdentity, AuditRecord } from '../audit-record.ts'
import { CorruptRow } from './store.ts'
import type { AuditAttribute, AuditQuery } from './store.ts'

/**
 * The columns of the audit table after its sequence number. What lookups search by is one text of
 * `\nName:value\n` lines instead of a column each: binding columns is most of what an append costs.
 */
export const auditColumns = ['time', 'account', 'region', 'facets', 'crc', 'doc'] as const

/** A record's values for `auditColumns`. */
export type AuditValues = [
  time: number,
  account: string,
  region: string,
  facets: string,
  crc: number,
  doc: string,
]

/** What lookups search by, taken out of the record, and the record itself with its checksum. */
export function auditValues(record: AuditRecord): AuditValues {
  const doc = JSON.stringify(record)
  return [
    Date.parse(record.eventTime),
    record.recipientAccountId,
    record.awsRegion,
    facetsOf(record),
    crc32(doc),
    doc,
  ]
}

/** A row of the audit table, as lookups read it. */
export interface AuditRow {
  readonly seq: number
  readonly crc: number
  readonly doc: string
}

/** The record of a row of the audit table; throws CorruptRow when the text was altered. */
export function auditRecord(row: AuditRow): AuditRecord {
  if (crc32(row.doc) !== row.crc) throw new CorruptRow('audit', String(row.seq))
  return JSON.parse(row.doc)
}

/** The name that LookupEvents calls Username: the user's, the role session's, or `root`. */
export function userNameOf(identity: AuditIdentity): string {
  if (identity.userName !== undefined) return identity.userName
  if (identity.type === 'Root') return 'root'
  const session = identity.principalId?.split(':')[1]
  return session ?? identity.invokedBy ?? ''
}

/** Resources are found by ARN and by the last part of it. */
function facetsOf(record: AuditRecord): string {
  let lines = `\nEventId:${record.eventID}\nEventName:${record.eventName}\nEventSource:${record.eventSource}\nReadOnly:${record.readOnly}\n`
  const username = userNameOf(record.userIdentity)
  if (username) lines += facet('Username', username)
  const { accessKeyId } = record.userIdentity
  if (accessKeyId) lines += facet('AccessKeyId', accessKeyId)
  for (const { ARN, type } of record.resources ?? []) {
    lines += facet('ResourceType', type) + facet('ResourceName', ARN)
    const short = ARN.slice(Math.max(ARN.lastIndexOf('/'), ARN.lastIndexOf(':')) + 1)
    if (short !== ARN) lines += facet('ResourceName', short)
  }
  return lines
}

/** Names that callers choose may hold line ends, which would read as facets of their own. */
function facet(name: AuditAttribute, value: string): string {
  return `${name}:${oneLine(value)}\n`
}

function oneLine(value: string): string {
  return value.replace(/[\n\0]/g, ' ')
}

/** A condition on the audit table that compares with one value. */
export interface AuditCondition {
  readonly before: string
  readonly value: string | number
  readonly after: string
}

/** The conditions of a query other than its account, `before` and limit; `find` is the dialect's instr. */
export function auditConditions(query: AuditQuery, find: 'instr' | 'strpos'): AuditCondition[] {
  const conditions: AuditCondition[] = []
  const { region, from, to, attribute } = query
  if (region !== undefined) conditions.push({ before: 'region = ', value: region, after: '' })
  if (from !== undefined) conditions.push({ before: 'time >= ', value: from, after: '' })
  if (to !== undefined) conditions.push({ before: 'time <= ', value: to, after: '' })
  if (attribute) {
    const line = `\n${attribute.name}:${oneLine(attribute.value)}\n`
    conditions.push({ before: `${find}(facets, `, value: line, after: ') > 0' })
  }
  return conditions
}
