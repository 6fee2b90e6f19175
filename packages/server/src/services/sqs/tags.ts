import { ListQueueTags$, TagQueue$, UntagQueue$ } from '@aws-sdk/client-sqs'
import type {
  ListQueueTagsRequest,
  ListQueueTagsResult,
  TagQueueRequest,
  UntagQueueRequest,
} from '@aws-sdk/client-sqs'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { missingParameter } from './errors.ts'
import { queueAccess, queueAt } from './queue-reference.ts'
import type { QueueSubject } from './queue-reference.ts'
import { queues } from './store.ts'
import { checkTags } from './tagging.ts'

/** TagQueue. */
export const TagQueue = operation<TagQueueRequest, object, QueueSubject>(TagQueue$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (input, ctx, { queue }) =>
    queueAccess(ctx, queue, { isOwn: true, conditions: requestTagConditions(input.Tags) }),
  handle(input, _ctx, { queue, tables }) {
    if (Object.keys(input.Tags ?? {}).length === 0) throw missingParameter('Tags')
    tables.table(queues).put(queue.name, { ...queue, tags: checkTags(queue.tags, input.Tags) })
    return {}
  },
})

/** UntagQueue; keys that are not there are passed over. */
export const UntagQueue = operation<UntagQueueRequest, object, QueueSubject>(UntagQueue$, {
  resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
  access: (input, ctx, { queue }) =>
    queueAccess(ctx, queue, { isOwn: true, conditions: { 'aws:tagkeys': input.TagKeys ?? [] } }),
  handle(input, _ctx, { queue, tables }) {
    if (!input.TagKeys?.length) throw missingParameter('TagKeys')
    const kept = Object.entries(queue.tags).filter(([key]) => !input.TagKeys?.includes(key))
    tables.table(queues).put(queue.name, { ...queue, tags: Object.fromEntries(kept) })
    return {}
  },
})

/** ListQueueTags. */
export const ListQueueTags = operation<ListQueueTagsRequest, ListQueueTagsResult, QueueSubject>(
  ListQueueTags$,
  {
    resolve: (input, ctx) => queueAt(ctx, input.QueueUrl),
    access: (_input, ctx, { queue }) => queueAccess(ctx, queue, { isOwn: true }),
    handle: (_input, _ctx, { queue }) =>
      Object.keys(queue.tags).length > 0 ? { Tags: { ...queue.tags } } : {},
  },
)
