import { ListTagsForResource$, TagResource$, UntagResource$ } from '@aws-sdk/client-eventbridge'
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { arnOf, arnParts } from './arns.ts'
import { busAccess, defaultBus, findBus, lookUpRule, ruleAccess } from './bus-reference.ts'
import type { BusSubject, RuleSubject } from './bus-reference.ts'
import { busRowOf } from './buses.ts'
import { validation } from './errors.ts'
import { existing, refuseManaged } from './rules.ts'
import { buses, rules } from './store.ts'
import type { TagRow } from './store.ts'
import { mergeTags, refuseReserved, tagsOut } from './tagging.ts'

/** A bus or rule that a request names by its ARN. */
type Tagged = { readonly bus: BusSubject } | { readonly rule: RuleSubject }

async function find(ctx: Context, arn = ''): Promise<Tagged> {
  const parts = arnParts(arn)
  const { resource = '' } = parts ?? {}
  if (parts?.service !== 'events' || parts.account !== ctx.account || parts.region !== ctx.region) {
    throw validation(
      `Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.`,
    )
  }
  if (resource.startsWith('event-bus/')) return { bus: await findBus(ctx, arn) }
  if (!resource.startsWith('rule/')) {
    throw validation(
      `Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.`,
    )
  }
  const [name = '', ...bus] = resource.split('/').slice(1).reverse()
  const busName = bus.reverse().join('/') || defaultBus
  return { rule: await lookUpRule(ctx, name, arnOf(ctx, `event-bus/${busName}`)) }
}

function accessOf(tagged: Tagged, conditions: NonNullable<Access['conditions']> = {}): Access {
  return 'bus' in tagged
    ? busAccess(tagged.bus, { conditions })
    : ruleAccess(tagged.rule, conditions)
}

function tagsOf(tagged: Tagged): readonly TagRow[] {
  return 'bus' in tagged ? (tagged.bus.row?.tags ?? []) : existing(tagged.rule).tags
}

async function putTags(ctx: Context, tagged: Tagged, tags: readonly TagRow[]): Promise<void> {
  if ('bus' in tagged) {
    const { bus } = tagged
    bus.tables.table(buses).put(bus.name, { ...(await busRowOf(ctx, bus)), tags })
    return
  }
  const rule = existing(tagged.rule)
  refuseManaged(rule)
  tagged.rule.bus.tables.table(rules).put(`${rule.bus}|${rule.name}`, { ...rule, tags })
}

/** TagResource: of a bus or rule. */
export const TagResource = operation<TagResourceRequest, object, Tagged>(TagResource$, {
  resolve: (input, ctx) => find(ctx, input.ResourceARN),
  access: (input, _ctx, tagged) => accessOf(tagged, requestTagConditions(input.Tags)),
  async handle(input, ctx, tagged) {
    await putTags(ctx, tagged, mergeTags(tagsOf(tagged), input.Tags))
    return {}
  },
})

/** UntagResource: keys that are not there are passed over. */
export const UntagResource = operation<UntagResourceRequest, object, Tagged>(UntagResource$, {
  resolve: (input, ctx) => find(ctx, input.ResourceARN),
  access: (input, _ctx, tagged) => accessOf(tagged, { 'aws:tagkeys': input.TagKeys ?? [] }),
  async handle({ TagKeys = [] }, ctx, tagged) {
    for (const key of TagKeys) refuseReserved(key)
    const tags = tagsOf(tagged).filter(({ key }) => !TagKeys.includes(key))
    await putTags(ctx, tagged, tags)
    return {}
  },
})

/** ListTagsForResource. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  Tagged
>(ListTagsForResource$, {
  resolve: (input, ctx) => find(ctx, input.ResourceARN),
  access: (_input, _ctx, tagged) => accessOf(tagged),
  handle: (_input, _ctx, tagged) => ({ Tags: tagsOut(tagsOf(tagged)) }),
})
