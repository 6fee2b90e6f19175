import {
  GetSubscriptionAttributes$,
  ListSubscriptions$,
  ListSubscriptionsByTopic$,
  SetSubscriptionAttributes$,
  Subscribe$,
} from '@aws-sdk/client-sns'
import type {
  GetSubscriptionAttributesInput,
  GetSubscriptionAttributesResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  ListSubscriptionsInput,
  ListSubscriptionsResponse,
  SetSubscriptionAttributesInput,
  SubscribeInput,
  SubscribeResponse,
  Subscription,
} from '@aws-sdk/client-sns'
import { claimOf } from '../../kernel/claims.ts'
import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { sendConfirmation, tokenMs } from './confirmation.ts'
import { checkEndpoint } from './endpoints.ts'
import type { Endpoint } from './endpoints.ts'
import { invalidParameter } from './errors.ts'
import { pageOf } from './paging.ts'
import { ownSubscriptions, subscriptions } from './store.ts'
import type { SubscriptionRow } from './store.ts'
import { mergeSubscriptionAttributes, subscriptionAttributesOf } from './subscription-attributes.ts'
import { subscriptionAt, topicAccess, topicAt } from './topic-reference.ts'
import type { SubscriptionSubject, TopicSubject } from './topic-reference.ts'

const pendingText = 'pending confirmation'

/** Drops a subscription that nobody has confirmed in time. */
export const expirePendingJob: Job = {
  name: 'sns.expire-pending',
  async run(ctx, key) {
    const row = await ctx.store.table(subscriptions).get(key)
    if (row && !row.isConfirmed) forget(ctx, key, row)
  },
}

/** Removes a subscription from where it is kept and from its owner's list. */
export function forget(ctx: Context, key: string, row: SubscriptionRow): void {
  const [, , , region = '', account = ''] = row.topicArn.split(':')
  ctx.store.at({ account, region }).table(subscriptions).delete(key)
  ctx.store.at({ account: row.owner, region }).table(ownSubscriptions).delete(row.arn)
}

/** Writes a subscription where its topic is and into its owner's list. */
export function remember(ctx: Context, key: string, row: SubscriptionRow): void {
  const [, , , region = '', account = ''] = row.topicArn.split(':')
  const { owner, arn } = row
  ctx.store.at({ account, region }).table(subscriptions).put(key, row)
  ctx.store.at({ account: owner, region }).table(ownSubscriptions).put(arn, { arn })
}

/** The permission on a subscription: through its topic, or for its owner's account by IAM alone. */
export function subscriptionAccess(ctx: Context, { row, topic }: SubscriptionSubject): Access {
  if (ctx.account !== row.owner || row.owner === topic.account) return topicAccess(ctx, topic)
  return { resource: topic.arn, resourceAccount: row.owner }
}

function subscribeAccess(input: SubscribeInput, ctx: Context, { topic }: TopicSubject): Access {
  const { Protocol: protocol, Endpoint: endpoint } = input
  return topicAccess(ctx, topic, {
    conditions: { 'sns:protocol': protocol, 'sns:endpoint': endpoint },
  })
}

async function existing({ topic, tables }: TopicSubject, { protocol, endpoint }: Endpoint) {
  const equals = `${topic.name} ${protocol} ${endpoint}`
  const [found] = await tables.table(subscriptions).list({ index: 'endpoint', equals, limit: 1 })
  return found && { key: found.key, row: found.value }
}

function checkSame(row: SubscriptionRow, wanted: Readonly<Record<string, string>>): void {
  const names = new Set([...Object.keys(row.attributes), ...Object.keys(wanted)])
  if ([...names].every((name) => row.attributes[name] === wanted[name])) return
  throw invalidParameter('Attributes Reason: Subscription already exists with different attributes')
}

/** Subscribe: queues and functions of the caller's account are confirmed at once, others are asked. */
export const Subscribe = operation<SubscribeInput, SubscribeResponse, TopicSubject>(Subscribe$, {
  hides: ['Endpoint'],
  resolve: (input, ctx) => topicAt(ctx, input.TopicArn),
  access: subscribeAccess,
  async handle(input, ctx, subject) {
    const { topic } = subject
    const place = checkEndpoint(ctx, topic, input)
    const { protocol, endpoint, secretEndpoint, account } = place
    const asked = input.Attributes ?? {}
    const attributes = mergeSubscriptionAttributes({}, asked, { protocol, topic })
    const claim = await claimOf(subject.tables, `sns ${topic.arn} ${protocol} ${endpoint}`)
    let found = await existing(subject, place)
    if (found) {
      if (Object.keys(asked).length > 0) checkSame(found.row, attributes)
    } else {
      const id = ctx.ids.uuid()
      const isConfirmed = account === ctx.account
      const row: SubscriptionRow = {
        arn: `${topic.arn}:${id}`,
        topicArn: topic.arn,
        topicName: topic.name,
        protocol,
        endpoint,
        ...(secretEndpoint !== undefined && { secretEndpoint }),
        owner: ctx.account,
        principal: ctx.principal.roleArn ?? ctx.principal.arn,
        isConfirmed,
        wasAuthenticated: isConfirmed,
        createdAt: ctx.now.toISOString(),
        attributes,
      }
      found = { key: `${topic.name}:${id}`, row }
      claim()
      remember(ctx, found.key, row)
      if (!isConfirmed) {
        const due = new Date(ctx.now.getTime() + tokenMs)
        ctx.schedule.at(expirePendingJob, found.key, due, { account: topic.account })
      }
    }
    const { row } = found
    if (!row.isConfirmed) await sendConfirmation(ctx, topic, found, 'SubscriptionConfirmation')
    const isTold = row.isConfirmed || input.ReturnSubscriptionArn === true
    return { SubscriptionArn: isTold ? row.arn : pendingText }
  },
})

/** GetSubscriptionAttributes. */
export const GetSubscriptionAttributes = operation<
  GetSubscriptionAttributesInput,
  GetSubscriptionAttributesResponse,
  SubscriptionSubject
>(GetSubscriptionAttributes$, {
  resolve: (input, ctx) => subscriptionAt(ctx, input.SubscriptionArn),
  access: (_input, ctx, subject) => subscriptionAccess(ctx, subject),
  handle: (_input, _ctx, { row, topic }) => ({ Attributes: subscriptionAttributesOf(row, topic) }),
})

/** SetSubscriptionAttributes: one attribute. */
export const SetSubscriptionAttributes = operation<
  SetSubscriptionAttributesInput,
  object,
  SubscriptionSubject
>(SetSubscriptionAttributes$, {
  resolve: (input, ctx) => subscriptionAt(ctx, input.SubscriptionArn),
  access: (_input, ctx, subject) => subscriptionAccess(ctx, subject),
  handle(input, _ctx, { key, row, topic, tables }) {
    const changes = { [input.AttributeName ?? '']: input.AttributeValue ?? '' }
    const kind = { protocol: row.protocol, topic }
    const attributes = mergeSubscriptionAttributes(row.attributes, changes, kind)
    tables.table(subscriptions).put(key, { ...row, attributes })
    return {}
  },
})

function listed(row: SubscriptionRow): Subscription {
  return {
    SubscriptionArn: row.isConfirmed ? row.arn : 'PendingConfirmation',
    Owner: row.owner,
    Protocol: row.protocol,
    Endpoint: row.endpoint,
    TopicArn: row.topicArn,
  }
}

/** ListSubscriptions: those that the caller's account owns. */
export const ListSubscriptions = operation<ListSubscriptionsInput, ListSubscriptionsResponse>(
  ListSubscriptions$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const { items, NextToken } = await pageOf(ctx, 'subscriptions', input.NextToken, (page) =>
        ctx.store.table(ownSubscriptions).list(page),
      )
      const Subscriptions: Subscription[] = []
      for (const { arn } of items) {
        const [, , , region = '', account = '', name, id] = arn.split(':')
        const view = ctx.store.at({ account, region }).table(subscriptions)
        const row = await view.get(`${name}:${id}`)
        if (row) Subscriptions.push(listed(row))
      }
      return { Subscriptions, ...(NextToken !== undefined && { NextToken }) }
    },
  },
)

/** ListSubscriptionsByTopic. */
export const ListSubscriptionsByTopic = operation<
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  TopicSubject
>(ListSubscriptionsByTopic$, {
  resolve: (input, ctx) => topicAt(ctx, input.TopicArn),
  access: (_input, ctx, { topic }) => topicAccess(ctx, topic),
  async handle(input, ctx, { topic, tables }) {
    const { items, NextToken } = await pageOf(ctx, topic.arn, input.NextToken, (page) =>
      tables.table(subscriptions).list({ prefix: `${topic.name}:`, ...page }),
    )
    return {
      Subscriptions: items.map(listed),
      ...(NextToken !== undefined && { NextToken }),
    }
  },
})
