import type { LifecycleRule } from '@aws-sdk/client-s3'
import type { Context } from '../../../kernel/context.ts'
import type { Job } from '../../../kernel/jobs.ts'
import type { BucketSubject } from '../bucket-access.ts'
import { configurationOf } from '../bucket-operations.ts'
import { VersionStream } from '../list-versions.ts'
import { announce } from '../notifications/announce.ts'
import { buckets, uploads, type MarkerRow, type ObjectRow } from '../store.ts'
import { removeUpload } from '../uploads.ts'
import { isLocked, removeVersion, replaceRow, writeMarker } from '../version-rows.ts'
import { abortsUpload, dueFor, midnightAfter } from './rules.ts'

/** How many versions one run changes; what is left over is taken up by the next, right after. */
const maxChanges = 500
const uploadPage = 1000

/** Applies a bucket's lifecycle rules, and has itself run again at the next midnight (UTC). */
export const lifecycleJob: Job = {
  name: 's3.lifecycle',
  async run(ctx, name) {
    const bucket = await ctx.store.table(buckets).get(name)
    const rules = bucket && configurationOf<{ Rules: LifecycleRule[] }>(bucket, 'lifecycle')?.Rules
    if (!bucket || !rules) return
    const place = { account: bucket.accountId, region: bucket.region }
    const subject = { bucket, tables: ctx.store.at(place) }
    const isDone = await applyRules(ctx, subject, rules)
    const next = isDone
      ? midnightAfter(new Date(ctx.now.getTime() + 1).toISOString(), 0)
      : new Date(ctx.now.getTime() + 1)
    ctx.schedule.at(lifecycleJob, name, next, place)
  },
}

async function applyRules(
  ctx: Context,
  subject: BucketSubject,
  rules: readonly LifecycleRule[],
): Promise<boolean> {
  const { bucket, tables } = subject
  let changes = 0
  const started = await tables.table(uploads).list({ prefix: `${bucket.name}/`, limit: uploadPage })
  for (const { value } of started) {
    if (!abortsUpload(rules, value, ctx.now)) continue
    await removeUpload(ctx, subject, value)
    changes += 1
    if (changes >= maxChanges) return false
  }
  const stream = new VersionStream(subject, '', undefined)
  let ofKey: (ObjectRow | MarkerRow)[] = []
  for (;;) {
    const row = await stream.next()
    if (row && (ofKey.length === 0 || ofKey[0]?.key === row.key)) {
      ofKey.push(row)
      continue
    }
    changes += await applyToKey(ctx, subject, rules, ofKey)
    if (!row) return true
    if (changes >= maxChanges) return false
    ofKey = [row]
  }
}

/** Applies the rules to the versions of one key, newest first. */
async function applyToKey(
  ctx: Context,
  subject: BucketSubject,
  rules: readonly LifecycleRule[],
  ofKey: readonly (ObjectRow | MarkerRow)[],
): Promise<number> {
  let changes = 0
  let newerNoncurrent = 0
  for (const row of ofKey) {
    const facts = {
      ...(row.marker ? { size: 0, tags: [], storageClass: 'STANDARD' } : row),
      key: row.key,
      modifiedAt: row.modifiedAt,
      noncurrentSince: row.noncurrentSince,
      isMarker: row.marker ?? false,
      newerNoncurrent,
      isOnly: ofKey.length === 1,
    }
    if (row.noncurrentSince !== undefined) newerNoncurrent += 1
    const due = dueFor(rules, facts, ctx.now)
    if (
      !due ||
      (due.kind === 'expire' && isLocked(row, { now: ctx.now, bypassesGovernance: false }))
    )
      continue
    changes += 1
    if (due.kind === 'expire') await expire(ctx, subject, row)
    else if (!row.marker) await replaceRow(subject, { ...row, storageClass: due.to as never })
  }
  return changes
}

async function expire(
  ctx: Context,
  subject: BucketSubject,
  row: ObjectRow | MarkerRow,
): Promise<void> {
  const isHidden = subject.bucket.versioning && row.noncurrentSince === undefined && !row.marker
  if (isHidden) {
    const marker = await writeMarker(ctx, subject, row.key)
    announce(ctx, subject, { name: 'LifecycleExpiration:DeleteMarkerCreated', row: marker })
    return
  }
  await removeVersion(ctx, subject, row)
  announce(ctx, subject, { name: 'LifecycleExpiration:Delete', row })
}
