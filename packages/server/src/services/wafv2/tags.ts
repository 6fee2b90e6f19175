import { ListTagsForResource$, TagResource$, UntagResource$ } from '@aws-sdk/client-wafv2'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-wafv2'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { entityKey } from './arns.ts'
import { entityAccess, entityTable, required, seekByArn, type EntitySubject } from './entities.ts'
import { listPage } from './paging.ts'
import { checkedTags, tagMap } from './tagging.ts'

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, EntitySubject>(TagResource$, {
  resolve: ({ ResourceARN = '' }, ctx) => seekByArn(ctx, ResourceARN),
  access: ({ Tags }, _ctx, subject) => entityAccess(subject, requestTagConditions(tagMap(Tags))),
  handle({ Tags }, ctx, subject) {
    const row = required(subject)
    entityTable(ctx).put(entityKey(row), { ...row, tags: checkedTags(row.tags, Tags) })
    return {}
  },
})

/** UntagResource. */
export const UntagResource = operation<UntagResourceRequest, object, EntitySubject>(
  UntagResource$,
  {
    resolve: ({ ResourceARN = '' }, ctx) => seekByArn(ctx, ResourceARN),
    access: ({ TagKeys = [] }, _ctx, subject) => entityAccess(subject, { 'aws:tagkeys': TagKeys }),
    handle({ TagKeys = [] }, ctx, subject) {
      const row = required(subject)
      const kept = Object.entries(row.tags).filter(([key]) => !TagKeys.includes(key))
      entityTable(ctx).put(entityKey(row), { ...row, tags: Object.fromEntries(kept) })
      return {}
    },
  },
)

/** ListTagsForResource. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  EntitySubject
>(ListTagsForResource$, {
  resolve: ({ ResourceARN = '' }, ctx) => seekByArn(ctx, ResourceARN),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle(input, ctx, subject) {
    const row = required(subject)
    const tags = Object.entries(row.tags).map(([Key, Value]) => ({ Key, Value }))
    const { items, marker } = listPage(ctx, `tags/${row.arn}`, tags, input)
    return { ...marker, TagInfoForResource: { ResourceARN: row.arn, TagList: items } }
  },
})
