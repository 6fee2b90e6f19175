import { ListTagsForResource$, TagResource$, UntagResource$ } from '@aws-sdk/client-cloudwatch'
import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-cloudwatch'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { alarmArn, dashboardArn, tagConditions } from './alarm-arns.ts'
import { alarms } from './alarm-store.ts'
import { dashboards } from './dashboards.ts'
import { resourceNotFound } from './errors.ts'
import { mergeTags, tagMap, tagsOut } from './tagging.ts'

type Tags = Readonly<Record<string, string>>

/** Something that has tags: an alarm or a dashboard. */
interface Tagged {
  readonly arn: string
  readonly tags: Tags
  replace(tags: Tags): void
}

async function find(ctx: Context, arn: string | undefined): Promise<Tagged> {
  const alarm = named(arn, alarmArn(ctx, ''))
  const dashboard = named(arn, dashboardArn(ctx, ''))
  if (arn !== undefined && alarm !== undefined) {
    const view = ctx.store.table(alarms)
    const row = await view.get(alarm)
    if (row) return { arn, tags: row.tags, replace: (tags) => view.put(alarm, { ...row, tags }) }
  }
  if (arn !== undefined && dashboard !== undefined) {
    const view = ctx.store.table(dashboards)
    const row = await view.get(dashboard)
    if (row) {
      return { arn, tags: row.tags, replace: (tags) => view.put(dashboard, { ...row, tags }) }
    }
  }
  throw resourceNotFound(arn ?? '')
}

function named(arn: string | undefined, prefix: string): string | undefined {
  return arn?.startsWith(prefix) ? arn.slice(prefix.length) : undefined
}

function access({ arn, tags }: Tagged, more: Access['conditions'] = {}): Access {
  return { resource: arn, conditions: { ...tagConditions('resourcetag', tags), ...more } }
}

/** TagResource. */
export const TagResource = operation<TagResourceInput, object, Tagged>(TagResource$, {
  resolve: (input, ctx) => find(ctx, input.ResourceARN),
  access: (input, _ctx, tagged) => access(tagged, tagConditions('requesttag', tagMap(input.Tags))),
  handle(input, _ctx, tagged) {
    tagged.replace(mergeTags(tagged.tags, tagMap(input.Tags)))
    return {}
  },
})

/** UntagResource. */
export const UntagResource = operation<UntagResourceInput, object, Tagged>(UntagResource$, {
  resolve: (input, ctx) => find(ctx, input.ResourceARN),
  access: (input, _ctx, tagged) => access(tagged, { 'aws:tagkeys': input.TagKeys ?? [] }),
  handle({ TagKeys = [] }, _ctx, tagged) {
    const kept = Object.entries(tagged.tags).filter(([key]) => !TagKeys.includes(key))
    tagged.replace(Object.fromEntries(kept))
    return {}
  },
})

/** ListTagsForResource. */
export const ListTagsForResource = operation<
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  Tagged
>(ListTagsForResource$, {
  resolve: (input, ctx) => find(ctx, input.ResourceARN),
  access: (_input, _ctx, tagged) => access(tagged),
  handle: (_input, _ctx, tagged) => ({ Tags: tagsOut(tagged.tags) }),
})
