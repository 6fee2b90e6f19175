import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { memberships } from '../../kernel/identity/organization-tables.ts'
import type { Job } from '../../kernel/jobs.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { StoredAudit } from '../../kernel/store/store.ts'
import {
  asCloudTrail,
  asLogsRole,
  createStream,
  keyStart,
  logGroupName,
  logStreamName,
  putObject,
} from './destinations.ts'
import { contentOf, fileKey, filesOf } from './log-files.ts'
import type { LogFile } from './log-files.ts'
import { ownerOf } from './trail-lookup.ts'
import { deliveries, trails } from './trail-store.ts'
import type { Attempt, DeliveryRow, TrailRow, UndigestedFile } from './trail-store.ts'

const everyMs = 5 * 60_000
/** Records younger than this wait for the next time: other nodes may still be committing older ones. */
const settleMs = 15_000
const recordsAtATime = 5000
const logEventsPerCall = 500
const maxLogBytes = 900_000

/** The audit log and the time, which belong to the kernel. */
const auditLog = defineRuntime('cloudtrail.audit-log', ({ kernel }) => ({
  store: kernel.store,
  clock: kernel.clock,
}))

/** Delivers a trail's new records every five minutes. */
export const deliverJob: Job = {
  name: 'cloudtrail.deliver',
  async run(ctx, key) {
    const trail = await ctx.store.table(trails).get(key)
    const state = await ctx.store.table(deliveries).get(key)
    if (!trail || !state || !(state.isLogging || state.isDraining)) return
    const { state: delivered, againMs } = await deliverAll(ctx, trail, state)
    const { isDraining: _drained, ...next } = delivered
    if (delivered !== state || state.isDraining) ctx.store.table(deliveries).put(key, next)
    if (state.isLogging) ctx.schedule.at(deliverJob, key, nextTime(ctx, againMs))
  },
}

/**
 * Five minutes later; where the clock was moved far ahead and nothing happened meanwhile, the first
 * such time at which there can be something to deliver.
 */
function nextTime(ctx: Context, againMs: number): Date {
  const nowMs = ctx.now.getTime()
  const steps = Math.max(1, Math.floor((againMs + settleMs - nowMs) / everyMs))
  return new Date(nowMs + steps * everyMs)
}

/** The sequence number from which on a trail that starts now records an account. */
export async function lastSequence(ctx: Context, account: string): Promise<number> {
  const [last] = await ctx.runtime(auditLog).store.lookupAudit({ account, limit: 1 })
  return last?.sequence ?? 0
}

/** The accounts whose records a trail delivers. */
export async function accountsOf(ctx: Context, trail: TrailRow): Promise<readonly string[]> {
  const owner = ownerOf(trail)
  if (trail.organizationId === undefined) return [owner]
  const members = await ctx.store.table(memberships).list()
  const accounts = members
    .filter(({ value }) => value.organizationId === trail.organizationId)
    .map(({ value }) => value.accountId)
  return [...new Set([owner, ...accounts])]
}

/** Delivers what there is; `againMs` is the time before which there is nothing else. */
async function deliverAll(
  ctx: Context,
  trail: TrailRow,
  state: DeliveryRow,
): Promise<{ state: DeliveryRow; againMs: number }> {
  let next = state
  let againMs = Infinity
  for (const account of await accountsOf(ctx, trail)) {
    for (;;) {
      const after = next.cursors[account] ?? 0
      const { records, last, isMore, pendingMs } = await newRecords(ctx, account, after)
      againMs = Math.min(againMs, pendingMs)
      if (last === after) break
      const step = await deliverRecords(ctx, trail, next, { account, records })
      next = step.isDelivered
        ? { ...step.state, cursors: { ...step.state.cursors, [account]: last } }
        : step.state
      if (!step.isDelivered) againMs = 0
      if (!isMore || !step.isDelivered) break
    }
  }
  return { state: next, againMs }
}

/** The records that have come after a sequence number and are old enough, and how far they reach. */
async function newRecords(
  ctx: Context,
  account: string,
  after: number,
): Promise<{
  records: readonly StoredAudit[]
  last: number
  isMore: boolean
  /** When the next record happened, or none can have happened before. */
  pendingMs: number
}> {
  const { store, clock } = ctx.runtime(auditLog)
  const presentMs = clock.now().getTime()
  const read = await store.auditAfter({ account, after, limit: recordsAtATime })
  const untilMs = ctx.now.getTime() - settleMs
  const end = read.findIndex(({ record }) => Date.parse(record.eventTime) > untilMs)
  const records = end < 0 ? read : read.slice(0, end)
  return {
    records,
    last: records.at(-1)?.sequence ?? after,
    isMore: end < 0 && read.length === recordsAtATime,
    pendingMs: end < 0 ? presentMs : Date.parse(read[end]?.record.eventTime ?? ''),
  }
}

interface Step {
  readonly state: DeliveryRow
  readonly isDelivered: boolean
}

async function deliverRecords(
  ctx: Context,
  trail: TrailRow,
  state: DeliveryRow,
  { account, records }: { account: string; records: readonly StoredAudit[] },
): Promise<Step> {
  // Of an account that came into the organization later, what happened before the start stays out.
  const since = state.startedAt ?? ''
  const until = state.isLogging ? '~' : (state.stoppedAt ?? '')
  const recent = records.filter(
    ({ record }) => record.eventTime >= since && record.eventTime.slice(0, 19) <= until,
  )
  const files = filesOf(trail, account, recent)
  if (files.length === 0) return { state, isDelivered: true }
  const at = ctx.now.toISOString()
  const delivered: UndigestedFile[] = []
  try {
    for (const file of files) delivered.push(await deliverFile(ctx, trail, file))
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const delivery = { ...state.delivery, at, error: error.code }
    return { state: { ...state, delivery }, isDelivered: false }
  }
  const notification = await notify(ctx, trail, state.notification, delivered)
  const logs = await deliverToLogs(ctx, trail, state.logs, files)
  const next = {
    ...state,
    delivery: { at, succeededAt: at },
    ...(notification && { notification }),
    ...(logs && { logs }),
    undigested: trail.validatesFiles ? [...state.undigested, ...delivered] : [],
  }
  return { state: next, isDelivered: true }
}

async function deliverFile(ctx: Context, trail: TrailRow, file: LogFile): Promise<UndigestedFile> {
  const { account, region } = file
  const { body, ...facts } = contentOf(file)
  const key = fileKey(keyStart(trail, account), trail, file, ctx.now)
  await putObject(ctx, trail, { key, body })
  return { account, region, bucket: trail.bucket, key, ...facts }
}

async function notify(
  ctx: Context,
  trail: TrailRow,
  before: Attempt | undefined,
  files: readonly UndigestedFile[],
): Promise<Attempt | undefined> {
  if (trail.snsTopicArn === undefined) return undefined
  return attempt(ctx, before, async () => {
    await ctx.callAs(asCloudTrail(trail), 'sns', 'Publish', {
      TopicArn: trail.snsTopicArn,
      Message: JSON.stringify({
        s3Bucket: trail.bucket,
        s3ObjectKey: files.map(({ key }) => key),
      }),
    })
  })
}

async function deliverToLogs(
  ctx: Context,
  trail: TrailRow,
  before: Attempt | undefined,
  files: readonly LogFile[],
): Promise<Attempt | undefined> {
  if (trail.logGroupArn === undefined) return undefined
  return attempt(ctx, before, async () => {
    for (const file of files) {
      const stream = logStreamName(file.account, file.region)
      await createStream(ctx, trail, stream)
      for (const logEvents of logBatches(file)) {
        await ctx.callAs(asLogsRole(trail), 'logs', 'PutLogEvents', {
          logGroupName: logGroupName(trail),
          logStreamName: stream,
          logEvents,
        })
      }
    }
  })
}

interface LogEvent {
  readonly timestamp: number
  readonly message: string
}

/** Events by time, in batches that CloudWatch Logs takes. */
function logBatches({ records }: LogFile): LogEvent[][] {
  const events = records
    .map((record) => ({ timestamp: Date.parse(record.eventTime), message: JSON.stringify(record) }))
    .toSorted((a, b) => a.timestamp - b.timestamp)
  const batches: LogEvent[][] = []
  let bytes = 0
  for (const event of events) {
    const size = Buffer.byteLength(event.message) + 26
    const batch = batches.at(-1)
    const first = batch?.[0]?.timestamp ?? 0
    const isRoom = bytes + size <= maxLogBytes && event.timestamp - first < 20 * 3_600_000
    if (batch && isRoom && batch.length < logEventsPerCall) {
      batch.push(event)
      bytes += size
    } else {
      batches.push([event])
      bytes = size
    }
  }
  return batches
}

/** Does something that may be refused, and says how it went. */
async function attempt(
  ctx: Context,
  before: Attempt | undefined,
  run: () => Promise<void>,
): Promise<Attempt> {
  const at = ctx.now.toISOString()
  try {
    await run()
    return { at, succeededAt: at }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { ...before, at, error: error.code }
  }
}
