import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { AuditRecord } from '../../kernel/audit-record.ts'
import type { StoredAudit } from '../../kernel/store/store.ts'
import { isSelected } from './selectors.ts'
import type { TrailRow } from './trail-store.ts'

/** A log file before it is delivered. */
export interface LogFile {
  readonly account: string
  readonly region: string
  readonly records: readonly AuditRecord[]
  /** The sequence number of its first record: what makes its name its own. */
  readonly firstSequence: number
}

const recordsPerFile = 5000

/** Services whose events belong to no Region: single-Region trails take them if they are told to. */
const globalSources = new Set([
  'iam.amazonaws.com',
  'sts.amazonaws.com',
  'cloudfront.amazonaws.com',
  'organizations.amazonaws.com',
])

/** Whether a trail takes a record at all. */
export function isFor(trail: TrailRow, record: AuditRecord): boolean {
  const isGlobal = globalSources.has(record.eventSource) && record.awsRegion === 'us-east-1'
  if (isGlobal && !trail.includesGlobalEvents) return false
  if (!trail.isMultiRegion && !isGlobal && record.awsRegion !== trail.homeRegion) return false
  return isSelected(trail, record)
}

/** The files that records of an account make: one a Region and so many records. */
export function filesOf(
  trail: TrailRow,
  account: string,
  records: readonly StoredAudit[],
): readonly LogFile[] {
  const open = new Map<string, { records: AuditRecord[]; firstSequence: number }>()
  const files: LogFile[] = []
  for (const { sequence, record } of records) {
    if (!isFor(trail, record)) continue
    const region = trail.isMultiRegion ? record.awsRegion : trail.homeRegion
    let file = open.get(region)
    if (!file || file.records.length === recordsPerFile) {
      file = { records: [], firstSequence: sequence }
      open.set(region, file)
      files.push({ account, region, ...file })
    }
    file.records.push(record)
  }
  return files
}

/** A file's content: `{"Records":[…]}`, and what a digest says of it. */
export function contentOf({ records }: LogFile): {
  readonly body: Buffer
  readonly sha256: string
  readonly oldest: string
  readonly newest: string
} {
  const json = JSON.stringify({ Records: records })
  const times = records.map(({ eventTime }) => eventTime).toSorted()
  return {
    body: gzipSync(json),
    sha256: hash('sha256', json),
    oldest: times[0] ?? '',
    newest: times.at(-1) ?? '',
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Sixteen letters and digits that are the same for the same trail and records. */
function uniquePart(trail: TrailRow, { region, account, firstSequence }: LogFile): string {
  const bytes = Buffer.from(
    hash('sha256', [trail.arn, account, region, firstSequence].join('|'), 'hex'),
    'hex',
  )
  return [...bytes.subarray(0, 16)].map((byte) => letters[byte % letters.length]).join('')
}

/**
 * A file's key
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html).
 */
export function fileKey(base: string, trail: TrailRow, file: LogFile, at: Date): string {
  const { account, region } = file
  const name = `${account}_CloudTrail_${region}_${compactMinute(at)}_${uniquePart(trail, file)}.json.gz`
  return `${base}/CloudTrail/${region}/${datePath(at)}/${name}`
}

/** `2026/11/24`. */
export function datePath(at: Date): string {
  return at.toISOString().slice(0, 10).replaceAll('-', '/')
}

/** `20261124T0800Z`. */
function compactMinute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace(/[-:]/g, '')}Z`
}
