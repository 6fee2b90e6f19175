import {
  Invoke$,
  InvalidRequestContentException$,
  TooManyRequestsException$,
} from '@aws-sdk/client-lambda'
import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { invokeTask } from './async-invocation.ts'
import { functionArn } from './arns.ts'
import { bodyOf, payloadTooLarge } from './errors.ts'
import { Throttled } from './execution/pool.ts'
import { functionPool } from './function-pool.ts'
import {
  findFunction,
  functionAccess,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
  type VersionSubject,
} from './function-reference.ts'
import { runnableVersion } from './routing.ts'
import { unreservedConcurrency } from './concurrency-limits.ts'

type Found = FunctionSubject | MissingFunction

/** What a call's payload may be, in bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const maxPayload = { RequestResponse: 6_291_456, Event: 1_048_576, DryRun: 6_291_456 }

const invokeBody = bodyOf('InvokeFunction', maxPayload.RequestResponse)

/** Invoke. */
export const Invoke = operation<InvocationRequest, InvocationResponse, Found>(Invoke$, {
  dataEvent: true,
  body: invokeBody,
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject, { action: 'InvokeFunction' }),
  async handle(input, ctx, found) {
    const type = input.InvocationType ?? 'RequestResponse'
    const payload = Buffer.from((input.Payload as Uint8Array | undefined) ?? [])
    checkPayload(payload, type)
    const subject = await versionOf(requireFunction(found))
    ctx.audit.resource({
      ARN: functionArn(subject.row, subject.row.name),
      accountId: subject.row.accountId,
      type: 'AWS::Lambda::Function',
    })
    if (type === 'DryRun') return { StatusCode: 204 }
    if (type === 'Event') return invokeLater(ctx, subject, payload)
    return invokeNow(ctx, subject, input, payload)
  },
})

function checkPayload(payload: Buffer, type: keyof typeof maxPayload): void {
  if (payload.length > invokeBody.maxBytes) throw invokeBody.refused()
  const limit = maxPayload[type]
  if (payload.length > limit) {
    throw payloadTooLarge(
      `${payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
    )
  }
  if (payload.length === 0) return
  try {
    JSON.parse(payload.toString('utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw awsError(
      InvalidRequestContentException$,
      `Could not parse request body into json: Could not parse payload into json: ${reason}`,
      { Type: 'User' },
    )
  }
}

/** Put on the function's internal queue: a task that is committed with this call. */
function invokeLater(ctx: Context, subject: FunctionSubject, payload: Buffer): InvocationResponse {
  const { reference, row } = subject
  ctx.enqueue(
    invokeTask,
    {
      functionName: row.name,
      ...(reference.qualifier !== undefined && { qualifier: reference.qualifier }),
      payload: payload.toString('base64'),
      requestId: ctx.requestId,
      receivedAt: ctx.now.toISOString(),
      invokeCount: 0,
    },
    { account: row.accountId, region: row.region },
  )
  return { StatusCode: 202 }
}

async function invokeNow(
  ctx: Context,
  subject: VersionSubject,
  input: InvocationRequest,
  payload: Buffer,
): Promise<InvocationResponse> {
  const { row, arn } = subject
  const version = await runnableVersion(ctx, subject)
  const unreserved = await unreservedConcurrency(subject.tables)
  try {
    const result = await ctx.runtime(functionPool).run(
      row,
      version,
      {
        requestId: ctx.requestId,
        payload: payload.length > 0 ? payload : Buffer.from('{}'),
        functionArn: arn,
        ...(input.ClientContext !== undefined && {
          clientContext: Buffer.from(input.ClientContext, 'base64').toString('utf8'),
        }),
      },
      unreserved,
    )
    return {
      StatusCode: 200,
      Payload: result.payload as never,
      ExecutedVersion: version.version,
      ...(result.errorType !== undefined && { FunctionError: 'Unhandled' }),
      ...(input.LogType === 'Tail' && { LogResult: result.logTail }),
    }
  } catch (error) {
    throw error instanceof Throttled ? throttled(error) : error
  }
}

/** TooManyRequestsException of a function that runs as often as it may. */
export function throttled({ message, reason }: Throttled): AwsError {
  const fields = { Reason: reason, Type: 'User', retryAfterSeconds: '1' }
  return awsError(TooManyRequestsException$, message, fields)
}
