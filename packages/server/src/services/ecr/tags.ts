import { ListTagsForResource$, TagResource$, UntagResource$ } from '@aws-sdk/client-ecr'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecr'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import {
  put,
  repositoryAccess,
  required,
  seekByArn,
  type RepositorySubject,
} from './repository-reference.ts'
import { mergeTags, tagMap } from './tagging.ts'

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, RepositorySubject>(TagResource$, {
  resolve: (input, ctx) => seekByArn(ctx, input.resourceArn),
  access: (input, ctx, subject) =>
    repositoryAccess(ctx, subject, requestTagConditions(tagMap(input.tags))),
  handle(input, _ctx, subject) {
    const row = required(subject)
    put(subject, { ...row, tags: mergeTags(row.tags, input.tags) })
    return {}
  },
})

/** UntagResource. */
export const UntagResource = operation<UntagResourceRequest, object, RepositorySubject>(
  UntagResource$,
  {
    resolve: (input, ctx) => seekByArn(ctx, input.resourceArn),
    access: (input, ctx, subject) =>
      repositoryAccess(ctx, subject, { 'aws:tagkeys': input.tagKeys ?? [] }),
    handle({ tagKeys = [] }, _ctx, subject) {
      const row = required(subject)
      const left = Object.entries(row.tags).filter(([key]) => !tagKeys.includes(key))
      put(subject, { ...row, tags: Object.fromEntries(left) })
      return {}
    },
  },
)

/** ListTagsForResource. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  RepositorySubject
>(ListTagsForResource$, {
  resolve: (input, ctx) => seekByArn(ctx, input.resourceArn),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle: (_input, _ctx, subject) => ({
    tags: Object.entries(required(subject).tags).map(([Key, Value]) => ({ Key, Value })),
  }),
})
