import { ListTagsForResource$, TagResource$, UntagResource$ } from '@aws-sdk/client-cloudfront'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudfront'
import { endpointTag } from '../../dataplane/endpoint-tag.ts'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import {
  distributionAccess,
  distributionArn,
  seekDistribution,
  type DistributionSubject,
} from './distribution-reference.ts'
import { noSuchResource } from './errors.ts'
import { distributions, type DistributionRow } from './store.ts'
import { checkedTags, tagMap } from './tagging.ts'

async function seekByArn(ctx: Context, arn = ''): Promise<DistributionSubject> {
  const prefix = distributionArn(ctx.account, '')
  if (!arn.startsWith(prefix)) throw noSuchResource(arn)
  return seekDistribution(ctx, arn.slice(prefix.length))
}

function tagged({ row }: DistributionSubject, arn = ''): DistributionRow {
  if (!row) throw noSuchResource(arn)
  return row
}

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, DistributionSubject>(
  TagResource$,
  {
    resolve: ({ Resource }, ctx) => seekByArn(ctx, Resource),
    access: ({ Tags }, ctx, subject) =>
      distributionAccess(ctx, subject, requestTagConditions(tagMap(Tags))),
    handle({ Resource, Tags }, ctx, subject) {
      const row = tagged(subject, Resource)
      const tags = checkedTags(row.tags, Tags)
      ctx.store.table(distributions).put(row.id, { ...row, tags })
      return {}
    },
  },
)

/** UntagResource. */
export const UntagResource = operation<UntagResourceRequest, object, DistributionSubject>(
  UntagResource$,
  {
    resolve: ({ Resource }, ctx) => seekByArn(ctx, Resource),
    access: ({ TagKeys }, ctx, subject) =>
      distributionAccess(ctx, subject, { 'aws:tagkeys': TagKeys?.Items ?? [] }),
    handle({ Resource, TagKeys }, ctx, subject) {
      const row = tagged(subject, Resource)
      const gone = TagKeys?.Items ?? []
      const kept = Object.entries(row.tags).filter(([key]) => !gone.includes(key))
      ctx.store.table(distributions).put(row.id, { ...row, tags: Object.fromEntries(kept) })
      return {}
    },
  },
)

/** ListTagsForResource; one more than were given says where the distribution is reached. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  DistributionSubject
>(ListTagsForResource$, {
  resolve: ({ Resource }, ctx) => seekByArn(ctx, Resource),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  handle({ Resource }, _ctx, subject) {
    const row = tagged(subject, Resource)
    const Items = Object.entries(row.tags).map(([Key, Value]) => ({ Key, Value }))
    const Value = `http://${row.domainName}:${row.boundPort}`
    return { Tags: { Items: [...Items, { Key: endpointTag, Value }] } }
  },
})
