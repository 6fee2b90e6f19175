import type {
  CreateEventSourceMappingRequest,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda'
import { parseArn } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { compileEventPattern, PatternError } from '../../kernel/event-pattern/index.ts'
import { invalid } from './errors.ts'
import { sessionNameOf } from './function-pool.ts'
import type { EventSourceMappingRow, VersionRow } from './store.ts'

type MappingRequest = Partial<CreateEventSourceMappingRequest & UpdateEventSourceMappingRequest>

/** Batches of a standard queue, of a FIFO queue, and filters of a mapping. */
const maxBatch = 10_000
const maxFifoBatch = 10
const maxFilters = 5
const filterFields = new Set([
  'body',
  'messageId',
  'attributes',
  'messageAttributes',
  'eventSource',
  'eventSourceARN',
  'awsRegion',
  'md5OfBody',
])

/** AWS's own checks on a mapping. Throws InvalidParameterValueException. */
export function checkMapping(input: MappingRequest): void {
  const { EventSourceArn: arn } = input
  if ('EventSourceArn' in input && parseArn(arn ?? '')?.service !== 'sqs') {
    throw invalid(`Bartizan maps Amazon SQS queues to functions, not ${arn}.`)
  }
  if (input.StartingPosition !== undefined) {
    throw invalid('StartingPosition is not valid for SQS event sources.')
  }
  if (input.DestinationConfig?.OnFailure?.Destination !== undefined) {
    throw invalid('Unsupported DestinationConfig parameter for given event source mapping type.')
  }
  if (input.KMSKeyArn) throw invalid('Filter criteria cannot be encrypted with a key of your own.')
  const filters = input.FilterCriteria?.Filters ?? []
  if (filters.length > maxFilters) {
    throw invalid(`Only ${maxFilters} filters are allowed for an event source mapping.`)
  }
  for (const { Pattern } of filters) checkFilter(Pattern ?? '')
}

function checkFilter(pattern: string): void {
  try {
    compileEventPattern(pattern)
  } catch (error) {
    if (error instanceof PatternError) throw invalid('Invalid filter pattern definition.')
    throw error
  }
  const fields = Object.keys(JSON.parse(pattern) as object)
  if (!fields.every((field) => filterFields.has(field) || field === '$or')) {
    throw invalid('Invalid filter pattern definition.')
  }
}

/** A mapping with what a request changes. Throws InvalidParameterValueException. */
export function changedMapping(
  before: EventSourceMappingRow,
  input: MappingRequest,
): EventSourceMappingRow {
  const { maximumConcurrency: _, ...kept } = before
  const maximum = input.ScalingConfig
    ? input.ScalingConfig.MaximumConcurrency
    : before.maximumConcurrency
  const row: EventSourceMappingRow = {
    ...kept,
    enabled: input.Enabled ?? before.enabled,
    batchSize: input.BatchSize ?? before.batchSize,
    batchingWindowSeconds: input.MaximumBatchingWindowInSeconds ?? before.batchingWindowSeconds,
    filters: input.FilterCriteria
      ? (input.FilterCriteria.Filters ?? []).map(({ Pattern }) => Pattern ?? '{}')
      : before.filters,
    reportBatchItemFailures: input.FunctionResponseTypes
      ? input.FunctionResponseTypes.includes('ReportBatchItemFailures')
      : before.reportBatchItemFailures,
    ...(maximum !== undefined && { maximumConcurrency: maximum }),
  }
  const isFifo = row.eventSourceArn.endsWith('.fifo')
  const limit = isFifo ? maxFifoBatch : maxBatch
  if (row.batchSize > limit) {
    throw invalid(
      `1 validation error detected: Value '${row.batchSize}' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to ${limit}`,
    )
  }
  if (isFifo && row.batchingWindowSeconds > 0) {
    throw invalid('Batching window is not supported for FIFO queues.')
  }
  if (row.batchSize > 10 && row.batchingWindowSeconds === 0) {
    throw invalid(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    )
  }
  return row
}

/** Throws InvalidParameterValueException unless the execution role can read the queue, and has time to. */
export async function requireReadable(
  ctx: Context,
  row: EventSourceMappingRow,
  version: VersionRow,
): Promise<void> {
  const actor = {
    service: 'lambda.amazonaws.com',
    roleArn: version.role,
    sessionName: sessionNameOf(row.functionName),
  }
  const QueueUrl = queueUrlOf(ctx.endpoint, row.eventSourceArn)
  const input = { QueueUrl, AttributeNames: ['VisibilityTimeout'] }
  try {
    const { Attributes } = await ctx.callAs(actor, 'sqs', 'GetQueueAttributes', input)
    const { VisibilityTimeout: seconds = '0' } = Attributes as Record<string, string>
    if (Number(seconds) < version.timeout) {
      throw invalid(
        `Queue visibility timeout: ${seconds} seconds is less than Function timeout: ${version.timeout} seconds`,
      )
    }
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'InvalidParameterValueException') throw error
    if (error.code.startsWith('AccessDenied')) {
      throw invalid(
        'The provided execution role does not have permissions to call ReceiveMessage on SQS',
      )
    }
    throw invalid(
      `Error occurred while ReceiveMessage. SQS Error Code: ${error.code}. SQS Error Message: ${error.message}`,
    )
  }
}

/** The URL of a queue under an address of the server. */
export function queueUrlOf(endpoint: string, queueArn: string): string {
  const arn = parseArn(queueArn)
  return `${endpoint}/${arn?.account}/${arn?.resource}`
}
