import { GetTags$, TagResource$, UntagResource$ } from '@aws-sdk/client-api-gateway'
import type {
  GetTagsRequest,
  TagResourceRequest,
  Tags,
  UntagResourceRequest,
} from '@aws-sdk/client-api-gateway'
import { endpointTag } from '../../dataplane/endpoint-tag.ts'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { gatewayArn, type Verb } from './api-reference.ts'
import { noSuchTagged } from './errors.ts'
import { servedAt } from './plane.ts'
import { restApis, stages } from './store.ts'
import { checkedTags } from './tagging.ts'

type Pairs = Readonly<Record<string, string>>

/** What an ARN names that has tags: an API or a stage. */
interface Tagged {
  readonly arn: string
  readonly tags: Pairs | undefined
  /** Where it is reached. */
  readonly endpoint: string | undefined
  keep(tags: Pairs): void
}

async function seekTagged(
  { resourceArn = '' }: { readonly resourceArn?: string | undefined },
  ctx: Context,
): Promise<Tagged> {
  const [, apiId = '', stageName] =
    /:\/restapis\/(\w+)(?:\/stages\/([\w-]+))?$/.exec(resourceArn) ?? []
  const isHere = resourceArn.startsWith(gatewayArn(ctx.region, ''))
  const key = stageName === undefined ? apiId : `${apiId}/${stageName}`
  const apis = ctx.store.table(restApis)
  const named = ctx.store.table(stages)
  const api = isHere && stageName === undefined ? await apis.get(key) : undefined
  const stage = isHere && stageName !== undefined ? await named.get(key) : undefined
  return {
    arn: resourceArn,
    tags: (api ?? stage)?.tags,
    endpoint: await endpointIn(ctx, apiId, stageName),
    keep(tags) {
      if (api) apis.put(key, { ...api, tags })
      if (stage) named.put(key, { ...stage, tags })
    },
  }
}

async function endpointIn(
  ctx: Context,
  apiId: string,
  stageName = '',
): Promise<string | undefined> {
  const api = await ctx.store.table(restApis).get(apiId)
  return api && `${servedAt(ctx.region, api)}/${stageName}`
}

const tagsAccess = (
  ctx: Context,
  verb: Verb,
  { arn, tags }: Tagged,
  conditions: Readonly<Record<string, string | readonly string[]>> = {},
) => ({
  action: `apigateway:${verb}`,
  resource: gatewayArn(ctx.region, `/tags/${encodeURIComponent(arn)}`),
  resourceAccount: ctx.account,
  conditions: { ...resourceTagConditions(tags), ...conditions },
})

function requireTags({ tags }: Tagged): Pairs {
  if (!tags) throw noSuchTagged()
  return tags
}

/** TagResource. */
export const TagResource = operation<TagResourceRequest, object, Tagged>(TagResource$, {
  resolve: seekTagged,
  access: (input, ctx, subject) =>
    tagsAccess(ctx, 'PUT', subject, requestTagConditions(input.tags)),
  handle(input, _ctx, subject) {
    subject.keep(checkedTags(requireTags(subject), input.tags))
    return {}
  },
})

/** UntagResource. */
export const UntagResource = operation<UntagResourceRequest, object, Tagged>(UntagResource$, {
  resolve: seekTagged,
  access: (input, ctx, subject) =>
    tagsAccess(ctx, 'DELETE', subject, { 'aws:tagkeys': input.tagKeys ?? [] }),
  handle({ tagKeys = [] }, _ctx, subject) {
    const kept = Object.entries(requireTags(subject)).filter(([name]) => !tagKeys.includes(name))
    subject.keep(Object.fromEntries(kept))
    return {}
  },
})

/** GetTags: one more than were given says where the API or the stage is reached. */
export const GetTags = operation<GetTagsRequest, Tags, Tagged>(GetTags$, {
  resolve: seekTagged,
  access: (_input, ctx, subject) => tagsAccess(ctx, 'GET', subject),
  handle: (_input, _ctx, subject) => ({
    tags: {
      ...requireTags(subject),
      ...(subject.endpoint !== undefined && { [endpointTag]: subject.endpoint }),
    },
  }),
})
