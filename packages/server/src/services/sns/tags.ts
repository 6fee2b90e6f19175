import { ListTagsForResource$, TagResource$, UntagResource$ } from '@aws-sdk/client-sns'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-sns'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { noResource } from './errors.ts'
import { topics } from './store.ts'
import { mergeTags } from './tagging.ts'
import { topicAccess, topicAt } from './topic-reference.ts'
import type { TopicSubject } from './topic-reference.ts'

async function resourceAt(ctx: Context, arn: string | undefined): Promise<TopicSubject> {
  try {
    return await topicAt(ctx, arn, 'ResourceArn')
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') throw noResource()
    throw error
  }
}

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, TopicSubject>(TagResource$, {
  resolve: (input, ctx) => resourceAt(ctx, input.ResourceArn),
  access: (input, ctx, { topic }) =>
    topicAccess(ctx, topic, { conditions: requestTagConditions(input.Tags) }),
  handle(input, _ctx, { topic, tables }) {
    tables.table(topics).put(topic.name, { ...topic, tags: mergeTags(topic.tags, input.Tags) })
    return {}
  },
})

/** UntagResource; keys that are not there are passed over. */
export const UntagResource = operation<UntagResourceRequest, object, TopicSubject>(UntagResource$, {
  resolve: (input, ctx) => resourceAt(ctx, input.ResourceArn),
  access: (input, ctx, { topic }) =>
    topicAccess(ctx, topic, { conditions: { 'aws:tagkeys': input.TagKeys ?? [] } }),
  handle(input, _ctx, { topic, tables }) {
    const kept = Object.entries(topic.tags).filter(([key]) => !input.TagKeys?.includes(key))
    tables.table(topics).put(topic.name, { ...topic, tags: Object.fromEntries(kept) })
    return {}
  },
})

/** ListTagsForResource. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TopicSubject
>(ListTagsForResource$, {
  resolve: (input, ctx) => resourceAt(ctx, input.ResourceArn),
  access: (_input, ctx, { topic }) => topicAccess(ctx, topic),
  handle: (_input, _ctx, { topic }) => ({
    Tags: Object.entries(topic.tags).map(([Key, Value]) => ({ Key, Value })),
  }),
})
