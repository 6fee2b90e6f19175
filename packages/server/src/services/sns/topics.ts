import {
  CreateTopic$,
  DeleteTopic$,
  GetTopicAttributes$,
  ListTopics$,
  SetTopicAttributes$,
} from '@aws-sdk/client-sns'
import type {
  CreateTopicInput,
  CreateTopicResponse,
  DeleteTopicInput,
  GetTopicAttributesInput,
  GetTopicAttributesResponse,
  ListTopicsInput,
  ListTopicsResponse,
  SetTopicAttributesInput,
} from '@aws-sdk/client-sns'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { invalidParameter } from './errors.ts'
import { pageOf } from './paging.ts'
import { ownSubscriptions, subscriptions, topics } from './store.ts'
import type { TopicRow } from './store.ts'
import { mergeTags, tagsOf } from './tagging.ts'
import { isFifo, mergeTopicAttributes, topicAttributesOf } from './topic-attributes.ts'
import { keptAttributes, withShownPolicy } from './topic-policy.ts'
import { topicAccess, topicArn, topicAt } from './topic-reference.ts'
import type { TopicSubject } from './topic-reference.ts'

function checkName(name: string, fifo: boolean): void {
  if (fifo && !/^[A-Za-z0-9_-]{1,251}\.fifo$/.test(name)) {
    throw invalidParameter(
      'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
    )
  }
  if (!fifo && !/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalidParameter('Topic Name')
}

function createAccess(input: CreateTopicInput, ctx: Context): Access[] {
  const resource = topicArn(ctx.region, ctx.account, input.Name ?? '')
  const conditions = requestTagConditions(input.Tags)
  const create = { resource, conditions }
  return input.Tags?.length
    ? [create, { action: 'sns:TagResource', resource, conditions }]
    : [create]
}

/** A topic of the same name is returned if it is what is asked for, and else an error. */
function checkSame(topic: TopicRow, input: CreateTopicInput): void {
  const present = topicAttributesOf(topic)
  const differs = Object.entries(input.Attributes ?? {}).some(
    // What only FIFO topics have is false of the others, asked for or not.
    ([name, value]) => (present[name] ?? '') !== value && (isFifo(topic) || value !== 'false'),
  )
  if (differs) {
    throw invalidParameter('Attributes Reason: Topic already exists with different attributes')
  }
  const tags = input.Tags && tagsOf(input.Tags)
  const isTagged =
    !tags ||
    (Object.keys(tags).length === Object.keys(topic.tags).length &&
      Object.entries(tags).every(([key, value]) => topic.tags[key] === value))
  if (!isTagged) throw invalidParameter('Tags Reason: Topic already exists with different tags')
}

/** CreateTopic. */
export const CreateTopic = operation<CreateTopicInput, CreateTopicResponse>(CreateTopic$, {
  access: createAccess,
  async handle(input, ctx) {
    const { Name: name = '', Attributes: asked = {} } = input
    const fifo = asked['FifoTopic'] === 'true'
    checkName(name, fifo)
    const attributes = mergeTopicAttributes({}, asked, { isFifo: fifo, isNew: true })
    const { account, region } = ctx
    const existing = await ctx.store.table(topics).get(name)
    if (existing) {
      checkSame(await withShownPolicy(ctx, existing), input)
      return { TopicArn: existing.arn }
    }
    const arn = topicArn(region, account, name)
    ctx.store.table(topics).put(name, {
      name,
      account,
      region,
      arn,
      createdAt: ctx.now.toISOString(),
      attributes: await keptAttributes(ctx, attributes),
      tags: mergeTags({}, input.Tags),
    })
    ctx.audit.resource({ ARN: arn, accountId: account, type: 'AWS::SNS::Topic' })
    return { TopicArn: arn }
  },
})

/** DeleteTopic, with its subscriptions; a topic that is not there is no error. */
export const DeleteTopic = operation<DeleteTopicInput, object, TopicSubject | undefined>(
  DeleteTopic$,
  {
    resolve: (input, ctx) => topicAt(ctx, input.TopicArn).catch(absent),
    access: (input, ctx, subject) =>
      subject ? topicAccess(ctx, subject.topic) : { resource: input.TopicArn ?? '*' },
    async handle(_input, ctx, subject) {
      if (!subject) return {}
      const { topic, tables } = subject
      tables.table(topics).delete(topic.name)
      const view = tables.table(subscriptions)
      for (const { key, value } of await view.list({ prefix: `${topic.name}:` })) {
        view.delete(key)
        const { owner, arn } = value
        ctx.store.at({ account: owner, region: topic.region }).table(ownSubscriptions).delete(arn)
      }
      return {}
    },
  },
)

function absent(error: unknown): undefined {
  if (error instanceof Error && error.name === 'NotFoundException') return undefined
  throw error
}

/** ListTopics. */
export const ListTopics = operation<ListTopicsInput, ListTopicsResponse>(ListTopics$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { items, NextToken } = await pageOf(ctx, 'topics', input.NextToken, (page) =>
      ctx.store.table(topics).list(page),
    )
    return {
      Topics: items.map(({ arn }) => ({ TopicArn: arn })),
      ...(NextToken !== undefined && { NextToken }),
    }
  },
})

/** GetTopicAttributes. */
export const GetTopicAttributes = operation<
  GetTopicAttributesInput,
  GetTopicAttributesResponse,
  TopicSubject
>(GetTopicAttributes$, {
  resolve: (input, ctx) => topicAt(ctx, input.TopicArn),
  access: (_input, ctx, { topic }) => topicAccess(ctx, topic),
  async handle(_input, ctx, { topic, tables }) {
    const rows = await tables.table(subscriptions).list({ prefix: `${topic.name}:` })
    const confirmed = rows.filter(({ value }) => value.isConfirmed).length
    return {
      Attributes: {
        ...topicAttributesOf(await withShownPolicy(ctx, topic)),
        SubscriptionsConfirmed: String(confirmed),
        SubscriptionsPending: String(rows.length - confirmed),
        SubscriptionsDeleted: '0',
      },
    }
  },
})

/** SetTopicAttributes: one attribute. */
export const SetTopicAttributes = operation<SetTopicAttributesInput, object, TopicSubject>(
  SetTopicAttributes$,
  {
    resolve: (input, ctx) => topicAt(ctx, input.TopicArn),
    access: (_input, ctx, { topic }) => topicAccess(ctx, topic),
    async handle(input, ctx, { topic, tables }) {
      const changes = { [input.AttributeName ?? '']: input.AttributeValue ?? '' }
      const merged = mergeTopicAttributes(topic.attributes, changes, {
        isFifo: isFifo(topic),
        isNew: false,
      })
      const attributes = changes['Policy'] ? await keptAttributes(ctx, merged) : merged
      tables.table(topics).put(topic.name, { ...topic, attributes })
      return {}
    },
  },
)
