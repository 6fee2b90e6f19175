import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import { actionsNamed } from '../../kernel/identity/policy-actions.ts'
import { invalidParameter } from './errors.ts'
import { defaultRetryPolicy, readRetryPolicy } from './retry-policy.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { SubscriptionRow, TopicRow } from './store.ts'

/** What an attribute of a topic may be set to. */
interface Settable {
  readonly fifo?: true
  /** Only CreateTopic takes it. */
  readonly atCreation?: true
  readonly holds: (value: string) => boolean
}

const isFlag = (value: string): boolean => value === 'true' || value === 'false'

const isOneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value)

const feedback = Object.fromEntries(
  ['HTTP', 'Firehose', 'Lambda', 'Application', 'SQS'].flatMap((protocol) => [
    [`${protocol}SuccessFeedbackRoleArn`, { holds: isRole }],
    [`${protocol}FailureFeedbackRoleArn`, { holds: isRole }],
    [
      `${protocol}SuccessFeedbackSampleRate`,
      { holds: (value: string) => /^\d{1,3}$/.test(value) && Number(value) <= 100 },
    ],
  ]),
) as Readonly<Record<string, Settable>>

function isRole(value: string): boolean {
  return value.startsWith('arn:')
}

/** The attributes that requests set (API reference of SetTopicAttributes). */
const settable: Readonly<Record<string, Settable>> = {
  DisplayName: { holds: (value) => value.length <= 100 },
  Policy: { holds: isPolicy },
  DeliveryPolicy: { holds: (value) => topicRetryPolicy(value) !== undefined },
  KmsMasterKeyId: { holds: (value) => value.length <= 2048 },
  SignatureVersion: { holds: isOneOf('1', '2') },
  TracingConfig: { holds: isOneOf('PassThrough', 'Active') },
  FifoTopic: { fifo: true, atCreation: true, holds: (value) => value === 'true' },
  ContentBasedDeduplication: { fifo: true, holds: isFlag },
  FifoThroughputScope: { fifo: true, holds: isOneOf('Topic', 'MessageGroup') },
  ...feedback,
}

function isPolicy(json: string): boolean {
  try {
    compilePolicy(json, 'resource')
    return true
  } catch (error) {
    if (error instanceof PolicySyntaxError || error instanceof SyntaxError) return false
    throw error
  }
}

/** What topics' policies may name; CreateTopic, which is about no topic, is not among it. */
const ofTopics = new Set(
  `addpermission confirmsubscription deletetopic getdataprotectionpolicy gettopicattributes
  listsubscriptionsbytopic listtagsforresource publish putdataprotectionpolicy receive
  removepermission settopicattributes subscribe tagresource untagresource`.split(/\s+/),
)

function checkScope(policy: string): void {
  for (const action of actionsNamed(policy).map((each) => each.toLowerCase())) {
    const name = action.startsWith('sns:') ? action.slice('sns:'.length) : undefined
    const hasWildcard = action === '*' || (name !== undefined && /[*?]/.test(name))
    if (hasWildcard || (name !== undefined && ofTopics.has(name))) continue
    throw invalidParameter('Policy statement action out of service scope!')
  }
}

/** Attributes that are empty rather than refused when they are set to nothing. */
const unsettable = ['DisplayName', 'DeliveryPolicy', 'KmsMasterKeyId', 'Policy', 'TracingConfig']

/** Checks what a request sets and returns the attributes that the topic then has; '' unsets. */
export function mergeTopicAttributes(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
  { isFifo, isNew }: { readonly isFifo: boolean; readonly isNew: boolean },
): Record<string, string> {
  const merged: Record<string, string> = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    const spec = Object.hasOwn(settable, name) ? settable[name] : undefined
    if (!spec || (spec.fifo && !isFifo && value !== 'false') || (spec.atCreation && !isNew)) {
      throw invalidParameter('AttributeName')
    }
    if (spec.fifo && !isFifo) continue
    if (value === '' && (unsettable.includes(name) || name.includes('Feedback'))) {
      delete merged[name]
      continue
    }
    if (!spec.holds(value)) {
      throw invalidParameter(
        name === 'Policy' ? 'Policy Error: null' : `Attributes Reason: ${name}: invalid value`,
      )
    }
    if (name === 'Policy') checkScope(value)
    merged[name] = value
  }
  return merged
}

/** The policy of a topic: its own, or the one that AWS gives each topic. */
export function policyTextOf({ attributes, arn, account }: TopicRow): string {
  const own = attributes['Policy']
  if (own !== undefined) return own
  const actions = [
    'GetTopicAttributes',
    'SetTopicAttributes',
    'AddPermission',
    'RemovePermission',
    'DeleteTopic',
    'Subscribe',
    'ListSubscriptionsByTopic',
    'Publish',
  ]
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: actions.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  })
}

/** Whether a topic is a FIFO topic. */
export function isFifo({ attributes }: Pick<TopicRow, 'attributes'>): boolean {
  return attributes['FifoTopic'] === 'true'
}

function member(json: string | undefined, ...path: readonly string[]): unknown {
  let value: unknown
  try {
    value = json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** The retry policy of a topic's DeliveryPolicy; undefined when it is malformed. */
function topicRetryPolicy(json: string): RetryPolicy | undefined {
  if (typeof member(json, 'http') !== 'object') return undefined
  return readRetryPolicy(member(json, 'http', 'defaultHealthyRetryPolicy') ?? {})
}

/** The retry policy of a subscription's DeliveryPolicy; undefined when it is malformed. */
export function subscriptionRetryPolicy(json: string): RetryPolicy | undefined {
  if (typeof member(json) !== 'object') return undefined
  return readRetryPolicy(member(json, 'healthyRetryPolicy') ?? {})
}

/** How deliveries to a subscription are tried again: its own policy, the topic's, or AWS's. */
export function effectiveRetryPolicy(topic: TopicRow, subscription?: SubscriptionRow): RetryPolicy {
  const ofTopic = topic.attributes['DeliveryPolicy']
  const own = subscription?.attributes['DeliveryPolicy']
  const isOverridden = member(ofTopic, 'http', 'disableSubscriptionOverrides') === true
  const hasOwn = own !== undefined && member(own, 'healthyRetryPolicy') !== undefined
  if (hasOwn && !isOverridden) return subscriptionRetryPolicy(own) ?? defaultRetryPolicy
  return (ofTopic === undefined ? undefined : topicRetryPolicy(ofTopic)) ?? defaultRetryPolicy
}

/** The content type that a delivery to a web server has. */
export function contentTypeOf(topic: TopicRow, subscription: SubscriptionRow): string {
  const own = member(
    subscription.attributes['DeliveryPolicy'],
    'requestPolicy',
    'headerContentType',
  )
  const ofTopic = member(
    topic.attributes['DeliveryPolicy'],
    'http',
    'defaultRequestPolicy',
    'headerContentType',
  )
  const type = own ?? ofTopic
  return typeof type === 'string' ? type : 'text/plain; charset=UTF-8'
}

/** The attributes of a topic that are not counts, defaults filled in. */
export function topicAttributesOf(topic: TopicRow): Record<string, string> {
  const { attributes, arn, account } = topic
  return {
    DisplayName: '',
    ...(isFifo(topic) && { ContentBasedDeduplication: 'false', FifoThroughputScope: 'Topic' }),
    ...attributes,
    TopicArn: arn,
    Owner: account,
    Policy: policyTextOf(topic),
    EffectiveDeliveryPolicy: JSON.stringify({
      http: {
        defaultHealthyRetryPolicy: effectiveRetryPolicy(topic),
        disableSubscriptionOverrides:
          member(attributes['DeliveryPolicy'], 'http', 'disableSubscriptionOverrides') === true,
        defaultRequestPolicy: {
          headerContentType:
            member(
              attributes['DeliveryPolicy'],
              'http',
              'defaultRequestPolicy',
              'headerContentType',
            ) ?? 'text/plain; charset=UTF-8',
        },
      },
    }),
  }
}
