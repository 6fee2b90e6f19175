import { compilePolicy } from '@bartizan/policy'
import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { invalidParameter, noSubscription, noTopic } from './errors.ts'
import { subscriptions, topics } from './store.ts'
import type { SubscriptionRow, TopicRow } from './store.ts'
import { policyTextOf } from './topic-attributes.ts'

/** A topic with its account's and Region's tables. */
export interface TopicSubject {
  readonly topic: TopicRow
  readonly tables: Tables
}

/** A subscription, with the topic that it is of. */
export interface SubscriptionSubject extends TopicSubject {
  readonly key: string
  readonly row: SubscriptionRow
}

/** A topic's ARN. */
export function topicArn(region: string, account: string, name: string): string {
  return `arn:${region.startsWith('cn-') ? 'aws-cn' : 'aws'}:sns:${region}:${account}:${name}`
}

interface TopicArnParts {
  readonly region: string
  readonly account: string
  readonly name: string
  readonly subscription: string | undefined
}

function partsOf(arn: string, parameter: string): TopicArnParts {
  const parts = arn.split(':')
  if (parts.length < 6) {
    throw invalidParameter(
      `${parameter} Reason: An ARN must have at least 6 elements, not ${parts.length}`,
    )
  }
  const [scheme, , service, region = '', account = '', name = '', subscription] = parts
  if (scheme !== 'arn' || service !== 'sns' || !/^\d{12}$/.test(account)) {
    throw invalidParameter(parameter)
  }
  return { region, account, name, subscription }
}

/** A topic that is not there: who may not use it is told so before that. */
export interface MissingTopic {
  readonly arn: string
  readonly account: string
  readonly topic?: undefined
}

/** Finds a topic by its ARN, or says that there is none. Throws InvalidParameter for another Region's. */
export async function topicOrMissing(
  ctx: Context,
  arn: string | undefined,
  parameter = 'TopicArn',
): Promise<TopicSubject | MissingTopic> {
  try {
    return await topicAt(ctx, arn, parameter)
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== noTopic().code || !arn) throw error
    return { arn, account: partsOf(arn, parameter).account }
  }
}

/** The topic. Throws NotFound. */
export function requireTopic(subject: TopicSubject | MissingTopic): TopicSubject {
  if (!subject.topic) throw noTopic()
  return subject
}

/** Finds a topic by its ARN. Throws NotFound, and InvalidParameter for another Region's. */
export async function topicAt(
  ctx: Context,
  arn: string | undefined,
  parameter = 'TopicArn',
): Promise<TopicSubject> {
  if (!arn) throw invalidParameter(parameter)
  const { region, account, name } = partsOf(arn, parameter)
  const isOpen = ctx.principal.kind === 'anonymous'
  // Links are followed without a signature and so without a Region of their own.
  if (!isOpen && region !== ctx.region) throw invalidParameter(parameter)
  const tables = ctx.store.at({ account, region })
  const topic = await tables.table(topics).get(name)
  if (!topic || topic.arn !== arn.split(':').slice(0, 6).join(':')) throw noTopic()
  ctx.audit.resource({ ARN: topic.arn, accountId: account, type: 'AWS::SNS::Topic' })
  return { topic, tables }
}

/** Finds a subscription by its ARN. Throws NotFound. */
export async function subscriptionAt(
  ctx: Context,
  arn: string | undefined,
): Promise<SubscriptionSubject> {
  if (!arn) throw invalidParameter('SubscriptionArn')
  if (arn === 'PendingConfirmation' || arn === 'pending confirmation') {
    throw invalidParameter('SubscriptionArn Reason: An ARN must have at least 6 elements, not 1')
  }
  const { account, region, name, subscription } = partsOf(arn, 'SubscriptionArn')
  if (subscription === undefined) throw invalidParameter('SubscriptionArn')
  if (ctx.principal.kind !== 'anonymous' && region !== ctx.region) {
    throw invalidParameter('SubscriptionArn')
  }
  const tables = ctx.store.at({ account, region })
  const key = `${name}:${subscription}`
  const row = await tables.table(subscriptions).get(key)
  const topic = row && (await tables.table(topics).get(name))
  if (!row || !topic || row.arn !== arn) throw noSubscription()
  ctx.audit.resource({ ARN: topic.arn, accountId: account, type: 'AWS::SNS::Topic' })
  return { key, row, topic, tables }
}

const sources = new WeakMap<TopicRow, PolicySource>()

function policyOf(topic: TopicRow): PolicySource {
  let source = sources.get(topic)
  if (!source) {
    source = { id: topic.arn, policy: compilePolicy(policyTextOf(topic), 'resource') }
    sources.set(topic, source)
  }
  return source
}

/** What an operation adds to the permission that it needs on a topic. */
export interface TopicUse {
  /** Defaults to the operation's own name. */
  readonly action?: string
  readonly conditions?: Access['conditions']
}

/**
 * Services that publish under a topic's default policy: they say for which account they act
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html, "Sources").
 */
const actForOwner = [
  'apigateway',
  'cloudwatch',
  'devops-guru',
  'elasticache',
  'guardduty',
  'rds',
  'redshift',
  'ses',
  'storagegateway',
].map((name) => `${name}.amazonaws.com`)

/** The permission that publishing needs, also to a topic that is not there. */
export function publishAccess(ctx: Context, subject: TopicSubject | MissingTopic): Access {
  if (subject.topic) return topicAccess(ctx, subject.topic, { action: 'Publish' })
  const { arn, account } = subject
  return { action: 'sns:Publish', resource: arn, resourceAccount: account, unseen: 'this resource' }
}

/** The permission that an operation needs on a topic. */
export function topicAccess(ctx: Context, topic: TopicRow, use: TopicUse = {}): Access {
  const { kind, service = '' } = ctx.principal
  const hasOwner = kind === 'service' && actForOwner.includes(service)
  return {
    ...(use.action !== undefined && { action: `sns:${use.action}` }),
    resource: topic.arn,
    resourceAccount: topic.account,
    unseen: 'this resource',
    resourcePolicy: policyOf(topic),
    conditions: {
      ...(hasOwner && { 'aws:sourceowner': ctx.account }),
      ...resourceTagConditions(topic.tags),
      ...use.conditions,
    },
  }
}
