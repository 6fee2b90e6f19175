import {
  AddTags$,
  CloudTrailARNInvalidException$,
  ListTags$,
  RemoveTags$,
  ResourceNotFoundException$,
} from '@aws-sdk/client-cloudtrail'
import type {
  AddTagsRequest,
  ListTagsRequest,
  ListTagsResponse,
  RemoveTagsRequest,
} from '@aws-sdk/client-cloudtrail'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { ownerOf, putTrail, seekTrail, trailAccess } from './trail-lookup.ts'
import type { TrailRow } from './trail-store.ts'
import { mergeTags } from './trail-tagging.ts'

async function tagged(ctx: Context, arn: string | undefined): Promise<TrailRow> {
  if (!arn || !/^arn:[a-z-]+:cloudtrail:[a-z0-9-]+:\d{12}:trail\/.+$/.test(arn)) {
    throw awsError(CloudTrailARNInvalidException$, `The ARN ${arn} is not valid.`)
  }
  const trail = await seekTrail(ctx, arn)
  if (!trail || ownerOf(trail) !== ctx.account) {
    throw awsError(ResourceNotFoundException$, `The resource ${arn} does not exist.`)
  }
  return trail
}

/** AddTags. */
export const AddTags = operation<AddTagsRequest, object, TrailRow>(AddTags$, {
  resolve: (input, ctx) => tagged(ctx, input.ResourceId),
  access(input, ctx, trail) {
    const access = trailAccess(ctx, trail)
    const tags = mergeTags({}, input.TagsList)
    const requested = Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, value]),
    )
    const conditions = { ...access.conditions, ...requested, 'aws:tagkeys': Object.keys(tags) }
    return { ...access, conditions }
  },
  handle(input, ctx, trail) {
    putTrail(ctx, { ...trail, tags: mergeTags(trail.tags, input.TagsList) })
    return {}
  },
})

/** RemoveTags: by key; a value that is given does not matter. */
export const RemoveTags = operation<RemoveTagsRequest, object, TrailRow>(RemoveTags$, {
  resolve: (input, ctx) => tagged(ctx, input.ResourceId),
  access(input, ctx, trail) {
    const access = trailAccess(ctx, trail)
    const keys = (input.TagsList ?? []).map(({ Key = '' }) => Key)
    return { ...access, conditions: { ...access.conditions, 'aws:tagkeys': keys } }
  },
  handle(input, ctx, trail) {
    const keys = (input.TagsList ?? []).map(({ Key }) => Key)
    const kept = Object.entries(trail.tags).filter(([key]) => !keys.includes(key))
    putTrail(ctx, { ...trail, tags: Object.fromEntries(kept) })
    return {}
  },
})

/** ListTags. */
export const ListTags = operation<ListTagsRequest, ListTagsResponse, readonly TrailRow[]>(
  ListTags$,
  {
    async resolve(input, ctx) {
      const found: TrailRow[] = []
      for (const arn of input.ResourceIdList ?? []) found.push(await tagged(ctx, arn))
      return found
    },
    access: (_input, ctx, all) => all.map((trail) => trailAccess(ctx, trail)),
    handle: (_input, _ctx, all) => ({
      ResourceTagList: all.map(({ arn, tags }) => ({
        ResourceId: arn,
        TagsList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
    }),
  },
)
