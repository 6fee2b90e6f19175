import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Again, Task } from '../../kernel/tasks.ts'
import { functionArn } from './arns.ts'
import { unreservedConcurrency } from './concurrency-limits.ts'
import { deliverTask, type InvocationRecord } from './destinations.ts'
import { Throttled, type CallResult } from './execution/pool.ts'
import { functionPool } from './function-pool.ts'
import { findFunction, versionOf, type VersionSubject } from './function-reference.ts'
import { runnableVersion } from './routing.ts'
import type { EventInvokeSettings, VersionRow } from './store.ts'

/** An event on a function's internal queue. */
export interface QueuedEvent {
  readonly functionName: string
  readonly qualifier?: string
  /** Base64. */
  readonly payload: string
  readonly requestId: string
  /** ISO 8601. */
  readonly receivedAt: string
  /** How often the function has run for it. */
  readonly invokeCount: number
}

/** AWS's defaults of asynchronous invocation. */
const defaultRetries = 2
const defaultAgeSeconds = 21_600
/** Between the first and second, and the second and third attempt, in milliseconds. */
const retryDelaysMs = [60_000, 120_000]
/** Throttled and failed by the system: from a second up to five minutes. */
const minBackoffMs = 1_000
const maxBackoffMs = 300_000

/** Runs a function for a queued event, and again when it fails, then tells its destinations. */
export const invokeTask: Task<QueuedEvent> = {
  name: 'lambda.invoke',
  async run(ctx, event, attempt) {
    const subject = await subjectOf(ctx, event)
    if (!subject) return undefined
    const settings = settingsOf(subject)
    const version = await runnableVersion(ctx, subject)
    if (isTooOld(ctx, event, settings)) {
      settle(ctx, { subject, version, settings, event }, 'EventAgeExceeded')
      return undefined
    }
    if (subject.row.reservedConcurrency === 0) {
      settle(ctx, { subject, version, settings, event }, 'ZeroReservedConcurrency')
      return undefined
    }
    try {
      const result = await runFor(ctx, subject, version, event)
      return afterRun(ctx, { subject, version, settings, event, result })
    } catch (error) {
      if (!(error instanceof Throttled || error instanceof AwsError)) throw error
      const delay = Math.min(minBackoffMs * 2 ** Math.min(attempt.number - 1, 20), maxBackoffMs)
      return { retryAt: new Date(ctx.now.getTime() + delay) }
    }
  },
}

async function subjectOf(ctx: Context, event: QueuedEvent): Promise<VersionSubject | undefined> {
  const found = await findFunction(ctx, event.functionName, event.qualifier)
  if (!found.row) return undefined
  try {
    return await versionOf(found)
  } catch (error) {
    // The version or alias was deleted while its event waited.
    if (error instanceof AwsError) return undefined
    throw error
  }
}

/** The settings of the qualifier that was invoked. */
function settingsOf({ row, reference }: VersionSubject): EventInvokeSettings | undefined {
  return row.eventInvoke[reference.qualifier ?? '$LATEST']
}

function isTooOld(ctx: Context, event: QueuedEvent, settings?: EventInvokeSettings): boolean {
  const seconds = settings?.maximumEventAgeInSeconds ?? defaultAgeSeconds
  return ctx.now.getTime() - Date.parse(event.receivedAt) > seconds * 1000
}

async function runFor(
  ctx: Context,
  subject: VersionSubject,
  version: VersionRow,
  event: QueuedEvent,
): Promise<CallResult> {
  const payload = Buffer.from(event.payload, 'base64')
  const call = {
    requestId: event.requestId,
    payload: payload.length > 0 ? payload : Buffer.from('{}'),
    functionArn: subject.arn,
  }
  const unreserved = await unreservedConcurrency(subject.tables)
  return ctx.runtime(functionPool).run(subject.row, version, call, unreserved)
}

interface Run {
  readonly subject: VersionSubject
  readonly version: VersionRow
  readonly settings: EventInvokeSettings | undefined
  readonly event: QueuedEvent
  readonly result?: CallResult
}

function afterRun(ctx: Context, run: Run & { readonly result: CallResult }): Again | undefined {
  const { result, settings, event } = run
  const invokeCount = event.invokeCount + 1
  const counted = { ...run, event: { ...event, invokeCount } }
  if (result.errorType === undefined) {
    settle(ctx, counted, 'Success')
    return undefined
  }
  const retries = settings?.maximumRetryAttempts ?? defaultRetries
  if (invokeCount > retries) {
    settle(ctx, counted, 'RetriesExhausted')
    return undefined
  }
  const delay = retryDelaysMs[invokeCount - 1] ?? 0
  return { retryAt: new Date(ctx.now.getTime() + delay), payload: counted.event }
}

/** Sends the record of an invocation to its destination, and a failed event to the dead-letter queue. */
function settle(ctx: Context, run: Run, condition: string): void {
  const { subject, version, settings, event, result } = run
  const isSuccess = condition === 'Success'
  const destination = isSuccess ? settings?.onSuccess : settings?.onFailure
  const from = { functionName: subject.row.name, roleArn: version.role }
  if (destination !== undefined) {
    const record = recordOf(ctx, run, condition)
    ctx.enqueue(deliverTask, {
      ...from,
      kind: 'destination',
      target: destination,
      isSuccess,
      record,
    })
  }
  if (!isSuccess && version.deadLetterTarget !== undefined) {
    const message = result?.payload.toString('utf8') ?? condition
    ctx.enqueue(deliverTask, {
      ...from,
      kind: 'dead-letter',
      target: version.deadLetterTarget,
      body: Buffer.from(event.payload, 'base64').toString('utf8'),
      requestId: event.requestId,
      errorMessage: errorMessageOf(message),
    })
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function recordOf(ctx: Context, run: Run, condition: string): InvocationRecord {
  const { subject, version, event, result } = run
  const { row, reference } = subject
  const payload = Buffer.from(event.payload, 'base64').toString('utf8')
  return {
    version: '1.0',
    timestamp: ctx.now.toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: functionArn(row, row.name, reference.qualifier ?? '$LATEST'),
      condition,
      approximateInvokeCount: event.invokeCount,
    },
    requestPayload: parsed(payload === '' ? '{}' : payload),
    ...(result && {
      responseContext: {
        statusCode: 200,
        executedVersion: version.version,
        ...(result.errorType !== undefined && { functionError: 'Unhandled' }),
      },
      responsePayload: parsed(result.payload.toString('utf8')),
    }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function errorMessageOf(payload: string): string {
  const value = parsed(payload)
  const isObject = typeof value === 'object' && value !== null && 'errorMessage' in value
  return (isObject ? String(value.errorMessage) : payload).slice(0, 1024)
}
