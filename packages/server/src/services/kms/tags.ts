import { ListResourceTags$, TagResource$, UntagResource$ } from '@aws-sdk/client-kms'
import type {
  ListResourceTagsRequest,
  ListResourceTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-kms'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { keyAccess } from './authorisation.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { ownKey } from './keys.ts'
import { pageOfList } from './paging.ts'
import { keys } from './store.ts'
import { mergeTags, refuseReserved, tagsOut } from './tagging.ts'

/** TagResource: adds tags or changes their values. */
export const TagResource = operation<TagResourceRequest, object, KeySubject>(TagResource$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'TagResource'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, { conditions: requestTagConditions(input.Tags) }),
  handle(input, _ctx, { key, tables }) {
    requireState(key, 'TagResource')
    tables.table(keys).put(key.id, { ...key, tags: mergeTags(key.tags, input.Tags) })
    return {}
  },
})

/** UntagResource; keys that are not there are passed over. */
export const UntagResource = operation<UntagResourceRequest, object, KeySubject>(UntagResource$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'UntagResource'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, { conditions: { 'aws:tagkeys': input.TagKeys ?? [] } }),
  handle(input, _ctx, { key, tables }) {
    requireState(key, 'UntagResource')
    for (const name of input.TagKeys ?? []) refuseReserved(name)
    const tags = key.tags.filter((tag) => !input.TagKeys?.includes(tag.key))
    tables.table(keys).put(key.id, { ...key, tags })
    return {}
  },
})

/** ListResourceTags. */
export const ListResourceTags = operation<
  ListResourceTagsRequest,
  ListResourceTagsResponse,
  KeySubject
>(ListResourceTags$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'ListResourceTags'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(input, ctx, { key }) {
    const listing = { ctx, name: `tags/${key.id}`, defaultLimit: 50, maxLimit: 50 }
    const { items, ...page } = await pageOfList(listing, input, tagsOut(key.tags))
    return { Tags: [...items], ...page }
  },
})
