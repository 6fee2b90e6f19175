import { crc32 } from 'node:zlib'
import type { AuditIdentity, AuditRecord } from '../audit-record.ts'
import { derivedTelltales, isDerivedType, touchedResources } from '../audit-resources.ts'
import { boundedJson } from '../audit-size.ts'
import { CorruptRow } from './store.ts'
import type { AuditQuery, StoredAudit } from './store.ts'

/**
 * The columns of the audit table after its sequence number. Nothing that the document holds is
 * repeated for lookups by attribute: the bytes of a record are most of what an append costs.
 */
export const auditColumns = ['time', 'account', 'region', 'crc', 'doc'] as const

/** A record's values for `auditColumns`. */
export type AuditValues = [time: number, account: string, region: string, crc: number, doc: string]

/** The columns that lookups need without reading the record, and the record with its checksum. */
export function auditValues(record: AuditRecord): AuditValues {
  const doc = boundedJson(record)
  const { recipientAccountId, awsRegion } = record
  return [epochMs(record.eventTime), recipientAccountId, awsRegion, crc32(doc), doc]
}

let parsed = { text: '', time: NaN }

/** Records come in runs of the same second. */
function epochMs(text: string): number {
  if (text !== parsed.text) parsed = { text, time: Date.parse(text) }
  return parsed.time
}

/** A row of the audit table, as lookups read it. */
export interface AuditRow {
  readonly seq: number
  readonly crc: number
  readonly doc: string
}

/** The record of a row of the audit table; throws CorruptRow when the text was altered. */
function auditRecord(row: AuditRow): AuditRecord {
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

/** True when a lookup by this attribute finds the record; resources are found by ARN and its last part. */
function hasAttribute(record: AuditRecord, { name, value }: Attribute): boolean {
  const { userIdentity } = record
  switch (name) {
    case 'EventId':
      return record.eventID === value
    case 'EventName':
      return record.eventName === value
    case 'EventSource':
      return record.eventSource === value
    case 'ReadOnly':
      return String(record.readOnly) === value
    case 'Username':
      return value !== '' && userNameOf(userIdentity) === value
    case 'AccessKeyId':
      return value !== '' && userIdentity.accessKeyId === value
    case 'ResourceType':
      return touchedResources(record).some(({ type }) => type === value)
    case 'ResourceName':
      return touchedResources(record).some(
        ({ name: own }) => own === value || lastPart(own) === value,
      )
  }
}

type Attribute = NonNullable<AuditQuery['attribute']>

function lastPart(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1)
}

/** Text without which no record's JSON can have the attribute. Finding it does not mean it has. */
function telltale({ name, value }: Attribute): string {
  // The account's own records may say `root` only by `"type":"Root"`.
  if (name === 'Username' && value === 'root') return 'oot'
  const text = JSON.stringify(value).slice(1, -1)
  return name === 'ReadOnly' ? `"readOnly":${text}` : text
}

/** A condition on the audit table that compares with one value. */
export interface AuditCondition {
  readonly before: string
  readonly value: string | number
  readonly after: string
}

/**
 * The conditions of a query other than its account, `before` and limit; `find` is the dialect's
 * instr. They let through some records that lack its attribute: `hasAttribute` decides.
 */
export function auditConditions(query: AuditQuery, find: 'instr' | 'strpos'): AuditCondition[] {
  const conditions: AuditCondition[] = []
  const { region, from, to, attribute } = query
  if (region !== undefined) conditions.push({ before: 'region = ', value: region, after: '' })
  if (from !== undefined) conditions.push({ before: 'time >= ', value: from, after: '' })
  if (to !== undefined) conditions.push({ before: 'time <= ', value: to, after: '' })
  if (query.managementOnly) {
    conditions.push({ before: `${find}(doc, `, value: '"managementEvent":true', after: ') > 0' })
  }
  if (attribute) {
    // Resources of IAM and STS are found by what was asked, so their type is in no record's text.
    const isDerived = attribute.name === 'ResourceType' && isDerivedType(attribute.value)
    const others = isDerived ? derivedTelltales.map((text) => `${find}(doc, '${text}') + `) : []
    const before = `${others.join('')}${find}(doc, `
    conditions.push({ before, value: telltale(attribute), after: ') > 0' })
  }
  return conditions
}

/** The records of rows that have the attribute a query asks for. */
export function matching(
  rows: readonly AuditRow[],
  { attribute, managementOnly }: Pick<AuditQuery, 'attribute' | 'managementOnly'>,
): StoredAudit[] {
  return rows
    .map((row) => ({ sequence: row.seq, record: auditRecord(row) }))
    .filter(({ record }) => record.managementEvent || !managementOnly)
    .filter(({ record }) => !attribute || hasAttribute(record, attribute))
}
