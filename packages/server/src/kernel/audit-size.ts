import type { AuditRecord } from './audit-record.ts'

const kilobyte = 1024
const recordLimit = 256 * kilobyte

/** The members that are left out when they are larger than so many bytes of JSON. */
const memberLimits = {
  requestParameters: 100 * kilobyte,
  responseElements: 100 * kilobyte,
  serviceEventDetails: 100 * kilobyte,
  additionalEventData: 28 * kilobyte,
} as const

type BoundMember = keyof typeof memberLimits
const boundMembers = Object.keys(memberLimits) as readonly BoundMember[]

/** In the order in which they go when the record as a whole is too large. */
const dispensable: readonly BoundMember[] = [
  'responseElements',
  'serviceEventDetails',
  'requestParameters',
  'additionalEventData',
]

const textLimit = kilobyte

/** A JSON text of so many UTF-16 units cannot hold anything that is too large. */
const harmlessLength = memberLimits.additionalEventData / 3

/** A user agent or message as a record holds it: the first 1,024 characters. */
export function boundText(text: string): string {
  return text.length > textLimit ? text.slice(0, textLimit) : text
}

/**
 * A record's JSON within CloudTrail's limits: members of more than 100 KB (28 KB of additional data)
 * are left out and say so, and no record is larger than 256 KB
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 */
export function boundedJson(record: AuditRecord): string {
  const json = JSON.stringify(record)
  return json.length <= harmlessLength ? json : boundedRecordJson(record, json)
}

function boundedRecordJson(record: AuditRecord, json: string): string {
  let text = json
  let bounded = record
  const omit = (name: BoundMember, size: number): void => {
    bounded = { ...bounded, [name]: omitted(name, size) }
    text = JSON.stringify(bounded)
  }
  for (const name of boundMembers) {
    const size = sizeOf(record[name])
    if (size > memberLimits[name]) omit(name, size)
  }
  for (const name of dispensable) {
    if (Buffer.byteLength(text) <= recordLimit) return text
    if (record[name] !== undefined && bounded[name] === record[name])
      omit(name, sizeOf(record[name]))
  }
  // What is left can only be a long list of resources: as many of the first as fit.
  while (Buffer.byteLength(text) > recordLimit && bounded.resources?.length) {
    const resources = bounded.resources.slice(0, Math.floor(bounded.resources.length / 2))
    bounded = { ...bounded, resources }
    text = JSON.stringify(bounded)
  }
  return text
}

/** Bytes of a member's JSON. */
function sizeOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
}

function omitted(name: BoundMember, originalSize: number): object {
  return { omitted: true, originalSize, reason: `${name} too large` }
}
