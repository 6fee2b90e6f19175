import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import type { CompiledPolicy } from '@bartizan/policy'
import { actionsNamed } from '../../kernel/identity/policy-actions.ts'
import { invalidAttribute, invalidParameter, unknownAttribute } from './errors.ts'
import type { QueueRow } from './store.ts'

/** An attribute that can be set. */
interface Settable {
  readonly fallback?: string
  /** Only FIFO queues have it. */
  readonly fifo?: true
  /** Only CreateQueue takes it. */
  readonly atCreation?: true
  readonly holds: (value: string) => boolean
  /** What is wrong with a value, where AWS says more than that. */
  readonly explain?: (value: string) => string
}

const within = (low: number, high: number) => (value: string) =>
  /^\d{1,9}$/.test(value) && Number(value) >= low && Number(value) <= high

const isFlag = (value: string): boolean => value === 'true' || value === 'false'

const isOneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value)

/** The attributes that requests set, with AWS's limits and defaults (API reference, SetQueueAttributes). */
const settable: Readonly<Record<string, Settable>> = {
  DelaySeconds: { fallback: '0', holds: within(0, 900) },
  MaximumMessageSize: { fallback: '1048576', holds: within(1024, 1_048_576) },
  MessageRetentionPeriod: { fallback: '345600', holds: within(60, 1_209_600) },
  Policy: { holds: (value) => policyOfText(value) !== undefined && isOfQueues(value) },
  ReceiveMessageWaitTimeSeconds: { fallback: '0', holds: within(0, 20) },
  VisibilityTimeout: { fallback: '30', holds: within(0, 43_200) },
  RedrivePolicy: { holds: (value) => redriveOf(value) !== undefined, explain: redriveFault },
  RedriveAllowPolicy: { holds: (value) => redriveAllowOf(value) !== undefined },
  KmsMasterKeyId: { holds: (value) => value.length <= 2048 },
  KmsDataKeyReusePeriodSeconds: { fallback: '300', holds: within(60, 86_400) },
  SqsManagedSseEnabled: { holds: isFlag },
  FifoQueue: { fifo: true, atCreation: true, holds: (value) => value === 'true' },
  ContentBasedDeduplication: { fallback: 'false', fifo: true, holds: isFlag },
  DeduplicationScope: { fallback: 'queue', fifo: true, holds: isOneOf('messageGroup', 'queue') },
  FifoThroughputLimit: {
    fallback: 'perQueue',
    fifo: true,
    holds: isOneOf('perQueue', 'perMessageGroupId'),
  },
}

/** Attributes that queues tell about themselves. */
const computed = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
]

/** The names that GetQueueAttributes is asked for, `All` spelled out. Throws InvalidAttributeName. */
export function askedAttributes(names: readonly string[]): ReadonlySet<string> {
  for (const name of names) {
    const isKnown = name === 'All' || computed.includes(name) || Object.hasOwn(settable, name)
    if (!isKnown) throw unknownAttribute(name)
  }
  return new Set(names.includes('All') ? [...computed, ...Object.keys(settable)] : names)
}

/** Checks what a request sets and returns the attributes that the queue then has; '' unsets. */
export function mergeAttributes(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
  { isFifo, isNew }: { readonly isFifo: boolean; readonly isNew: boolean },
): Record<string, string> {
  const merged: Record<string, string> = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    const spec = Object.hasOwn(settable, name) ? settable[name] : undefined
    if (!spec || (spec.fifo && !isFifo) || (spec.atCreation && !isNew)) throw unknownAttribute(name)
    if (value === '') {
      delete merged[name]
      continue
    }
    if (!spec.holds(value)) {
      if (!spec.explain) throw invalidAttribute(name)
      throw invalidParameter(
        `Value ${value} for parameter ${name} is invalid. Reason: ${spec.explain(value)}`,
      )
    }
    merged[name] = value
  }
  checkThroughput(merged)
  return chooseEncryption(merged, changes)
}

function checkThroughput(attributes: Readonly<Record<string, string>>): void {
  const perGroup = attributes['FifoThroughputLimit'] === 'perMessageGroupId'
  if (perGroup && attributes['DeduplicationScope'] !== 'messageGroup') {
    throw invalidParameter(
      'The FifoThroughputLimit can be set to perMessageGroupId only when the DeduplicationScope is set to messageGroup.',
    )
  }
}

/** One kind of encryption at a time: what the request asks for takes the other's place. */
function chooseEncryption(
  merged: Record<string, string>,
  changes: Readonly<Record<string, string>>,
): Record<string, string> {
  const managed = changes['SqsManagedSseEnabled'] === 'true'
  if (managed && changes['KmsMasterKeyId']) {
    throw invalidParameter(
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    )
  }
  if (managed) delete merged['KmsMasterKeyId']
  else if (changes['KmsMasterKeyId']) delete merged['SqsManagedSseEnabled']
  return merged
}

/** The attributes of a queue that are not counts, defaults filled in. */
export function attributesOf(queue: QueueRow): Record<string, string> {
  const { attributes } = queue
  const isFifo = attributes['FifoQueue'] === 'true'
  const kms = attributes['KmsMasterKeyId'] !== undefined
  const shown: Record<string, string> = {
    QueueArn: queue.arn,
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.modifiedAt),
    SqsManagedSseEnabled: String(!kms && attributes['SqsManagedSseEnabled'] !== 'false'),
  }
  for (const [name, { fallback, fifo }] of Object.entries(settable)) {
    const value = attributes[name] ?? fallback
    if (value === undefined || name === 'SqsManagedSseEnabled') continue
    if ((fifo && !isFifo) || (name === 'KmsDataKeyReusePeriodSeconds' && !kms)) continue
    shown[name] = value
  }
  return shown
}

/** The value that CreateQueue compares a requested attribute with. */
export function effectiveAttribute(queue: QueueRow, name: string): string | undefined {
  return attributesOf(queue)[name] ?? settable[name]?.fallback
}

const seconds = (iso: string): string => String(Math.floor(Date.parse(iso) / 1000))

/** A redrive policy as it is used. */
export interface Redrive {
  readonly deadLetterTargetArn: string
  readonly maxReceiveCount: number
}

function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** A RedrivePolicy's meaning; undefined when it is malformed. */
export function redriveOf(json: string): Redrive | undefined {
  const policy = parsed(json)
  if (!policy) return undefined
  const { deadLetterTargetArn, maxReceiveCount } = policy
  const count = Number(maxReceiveCount ?? 10)
  if (typeof deadLetterTargetArn !== 'string' || !deadLetterTargetArn.startsWith('arn:')) {
    return undefined
  }
  return Number.isInteger(count) && count >= 1 && count <= 1000
    ? { deadLetterTargetArn, maxReceiveCount: count }
    : undefined
}

/** Why a redrive policy is none, in AWS's words. */
function redriveFault(json: string): string {
  const policy = parsed(json)
  if (!policy) return 'Redrive policy is not a valid JSON map.'
  const { deadLetterTargetArn: arn, maxReceiveCount } = policy
  if (arn === undefined) {
    return 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.'
  }
  return typeof arn === 'string' && arn.startsWith('arn:')
    ? `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to 1000 both inclusive.`
    : 'Invalid value for deadLetterTargetArn.'
}

/** Which source queues may name this one as their dead-letter queue. */
export interface RedriveAllow {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue'
  readonly sourceQueueArns: readonly string[]
}

/** A RedriveAllowPolicy's meaning; undefined when it is malformed. */
export function redriveAllowOf(json: string): RedriveAllow | undefined {
  const policy = parsed(json)
  const { redrivePermission, sourceQueueArns } = policy ?? {}
  if (redrivePermission === 'allowAll' || redrivePermission === 'denyAll') {
    return sourceQueueArns === undefined ? { redrivePermission, sourceQueueArns: [] } : undefined
  }
  if (redrivePermission !== 'byQueue' || !Array.isArray(sourceQueueArns)) return undefined
  const arns = sourceQueueArns.filter((arn): arn is string => typeof arn === 'string')
  const isWellFormed =
    arns.length === sourceQueueArns.length && arns.length > 0 && arns.length <= 10
  return isWellFormed ? { redrivePermission, sourceQueueArns: arns } : undefined
}

/** Whether a well-formed policy names no other service's actions. */
function isOfQueues(policy: string): boolean {
  return actionsNamed(policy).every((action) => /^(\*|sqs:.*)$/i.test(action))
}

/** A queue policy, compiled; undefined when it is malformed. */
function policyOfText(json: string): CompiledPolicy | undefined {
  try {
    return compilePolicy(json, 'resource')
  } catch (error) {
    if (error instanceof PolicySyntaxError || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A queue's attributes as its operations use them. Durations are milliseconds. */
export interface QueueSettings {
  readonly isFifo: boolean
  readonly delayMs: number
  readonly maximumMessageSize: number
  readonly retentionMs: number
  readonly waitMs: number
  readonly visibilityMs: number
  readonly policy: CompiledPolicy | undefined
  readonly redrive: Redrive | undefined
  readonly redriveAllow: RedriveAllow
  readonly kmsKeyId: string | undefined
  readonly keyReuseMs: number
  readonly deduplicatesByContent: boolean
  readonly deduplicatesByGroup: boolean
}

const compiled = new WeakMap<QueueRow, QueueSettings>()

/** The settings of a queue: worked out once for as long as the row is kept. */
export function settingsOf(queue: QueueRow): QueueSettings {
  let settings = compiled.get(queue)
  if (!settings) compiled.set(queue, (settings = compile(queue.attributes)))
  return settings
}

function compile(attributes: QueueRow['attributes']): QueueSettings {
  const number = (name: string): number => Number(attributes[name] ?? settable[name]?.fallback)
  const { Policy, RedrivePolicy, RedriveAllowPolicy } = attributes
  return {
    isFifo: attributes['FifoQueue'] === 'true',
    delayMs: number('DelaySeconds') * 1000,
    maximumMessageSize: number('MaximumMessageSize'),
    retentionMs: number('MessageRetentionPeriod') * 1000,
    waitMs: number('ReceiveMessageWaitTimeSeconds') * 1000,
    visibilityMs: number('VisibilityTimeout') * 1000,
    policy: Policy === undefined ? undefined : policyOfText(Policy),
    redrive: RedrivePolicy === undefined ? undefined : redriveOf(RedrivePolicy),
    redriveAllow: (RedriveAllowPolicy !== undefined && redriveAllowOf(RedriveAllowPolicy)) || {
      redrivePermission: 'allowAll',
      sourceQueueArns: [],
    },
    kmsKeyId: attributes['KmsMasterKeyId'],
    keyReuseMs: number('KmsDataKeyReusePeriodSeconds') * 1000,
    deduplicatesByContent: attributes['ContentBasedDeduplication'] === 'true',
    deduplicatesByGroup: attributes['DeduplicationScope'] === 'messageGroup',
  }
}
