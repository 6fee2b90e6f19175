import { FilterPolicyLimitExceededException$ } from '@aws-sdk/client-sns'
import { awsError } from '../../kernel/errors.ts'
import { invalidParameter } from './errors.ts'
import { FilterPolicyError } from './filter-policy/filter-policy-error.ts'
import { parseFilterPolicy } from './filter-policy/filter-policy.ts'
import type { FilterPolicy, FilterScope } from './filter-policy/filter-policy.ts'
import type { Protocol, SubscriptionRow, TopicRow } from './store.ts'
import { effectiveRetryPolicy, subscriptionRetryPolicy } from './topic-attributes.ts'

const maxPolicyBytes = 262_144

/** Endpoints that can have the bare message. */
const rawProtocols: readonly Protocol[] = ['sqs', 'http', 'https']

/** What a subscription's attributes are for: they must fit it. */
export interface SubscriptionKind {
  readonly protocol: Protocol
  readonly topic: TopicRow
}

function scopeOf(attributes: Readonly<Record<string, string>>): FilterScope {
  return attributes['FilterPolicyScope'] === 'MessageBody' ? 'MessageBody' : 'MessageAttributes'
}

type Check = (value: string, kind: SubscriptionKind) => string | undefined

function checkRedrive(json: string, { topic }: SubscriptionKind): string | undefined {
  let arn: unknown
  try {
    arn = (JSON.parse(json) as { readonly deadLetterTargetArn?: unknown }).deadLetterTargetArn
  } catch {
    return 'RedrivePolicy: failed to parse JSON.'
  }
  const [, , service, region, account, name] = typeof arn === 'string' ? arn.split(':') : []
  return service === 'sqs' && region === topic.region && account && name
    ? undefined
    : 'RedrivePolicy: deadLetterTargetArn is an invalid arn'
}

/** Answers with what is wrong with a value; '' never comes here. */
const checks: Readonly<Record<string, Check>> = {
  RawMessageDelivery: (value, { protocol }) => {
    if (value !== 'true' && value !== 'false') return 'RawMessageDelivery: Invalid value'
    return value === 'true' && !rawProtocols.includes(protocol)
      ? `Delivery protocol [${protocol}] does not support raw message delivery.`
      : undefined
  },
  FilterPolicyScope: (value) =>
    value === 'MessageAttributes' || value === 'MessageBody'
      ? undefined
      : `FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`,
  FilterPolicy: () => undefined,
  RedrivePolicy: checkRedrive,
  DeliveryPolicy: (value, { protocol }) =>
    protocol.startsWith('http') && subscriptionRetryPolicy(value)
      ? undefined
      : 'DeliveryPolicy: invalid value',
}

/** Checks what a request sets and returns the attributes that the subscription then has; '' unsets. */
export function mergeSubscriptionAttributes(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
  kind: SubscriptionKind,
): Record<string, string> {
  const merged: Record<string, string> = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!check) throw invalidParameter('AttributeName')
    if (value === '' || (name === 'FilterPolicy' && value === '{}')) {
      delete merged[name]
      continue
    }
    const wrong = check(value, kind)
    if (wrong !== undefined) throw invalidParameter(wrong)
    merged[name] = value
  }
  checkFilter(merged)
  return merged
}

function checkFilter(attributes: Readonly<Record<string, string>>): void {
  const json = attributes['FilterPolicy']
  if (json === undefined) return
  try {
    if (Buffer.byteLength(json) > maxPolicyBytes) {
      throw new FilterPolicyError('Filter policy is too large')
    }
    parseFilterPolicy(json, scopeOf(attributes))
  } catch (error) {
    if (!(error instanceof FilterPolicyError)) throw error
    if (error.message.includes('too complex')) {
      throw awsError(FilterPolicyLimitExceededException$, `FilterPolicy: ${error.message}`)
    }
    throw invalidParameter(`FilterPolicy: ${error.message}`)
  }
}

const filters = new WeakMap<SubscriptionRow, FilterPolicy>()

/** The filter policy of a subscription, compiled once for as long as the row is kept. */
function filterOf(row: SubscriptionRow): FilterPolicy | undefined {
  const json = row.attributes['FilterPolicy']
  if (json === undefined) return undefined
  let filter = filters.get(row)
  if (!filter) filters.set(row, (filter = parseFilterPolicy(json, scopeOf(row.attributes))))
  return filter
}

/** What a filter policy is asked about. */
export interface FilteredMessage {
  readonly body: string
  readonly attributes: Parameters<FilterPolicy['matchesAttributes']>[0]
}

/** Why a subscription does not get a message, as CloudWatch counts it; undefined when it does. */
export function filteredOut(row: SubscriptionRow, message: FilteredMessage): string | undefined {
  const filter = filterOf(row)
  if (!filter) return undefined
  if (scopeOf(row.attributes) === 'MessageBody') {
    return filter.matchesBody(message.body) ? undefined : 'FilteredOut-MessageBody'
  }
  if (filter.matchesAttributes(message.attributes)) return undefined
  return Object.keys(message.attributes).length === 0
    ? 'FilteredOut-NoMessageAttributes'
    : 'FilteredOut-MessageAttributes'
}

/** The attributes of a subscription as the API shows them. */
export function subscriptionAttributesOf(
  row: SubscriptionRow,
  topic: TopicRow,
): Record<string, string> {
  const { attributes } = row
  const { FilterPolicyScope: _scope, ...set } = attributes
  return {
    SubscriptionArn: row.arn,
    TopicArn: row.topicArn,
    Protocol: row.protocol,
    Endpoint: row.endpoint,
    Owner: row.owner,
    SubscriptionPrincipal: row.principal,
    PendingConfirmation: String(!row.isConfirmed),
    ConfirmationWasAuthenticated: String(row.wasAuthenticated),
    RawMessageDelivery: 'false',
    ...set,
    ...(attributes['FilterPolicy'] !== undefined && { FilterPolicyScope: scopeOf(attributes) }),
    ...(row.protocol.startsWith('http') && {
      EffectiveDeliveryPolicy: JSON.stringify({
        healthyRetryPolicy: effectiveRetryPolicy(topic, row),
        sicklyRetryPolicy: null,
        throttlePolicy: null,
        guaranteed: false,
      }),
    }),
  }
}
