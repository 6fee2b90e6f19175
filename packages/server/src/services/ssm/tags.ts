import {
  AddTagsToResource$,
  ListTagsForResource$,
  RemoveTagsFromResource$,
} from '@aws-sdk/client-ssm'
import type {
  AddTagsToResourceRequest,
  AddTagsToResourceResult,
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  RemoveTagsFromResourceRequest,
  RemoveTagsFromResourceResult,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { invalidResource } from './errors.ts'
import { isName, keyOf } from './names.ts'
import { parameterAccess, seekName } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { parameters } from './store.ts'
import type { ParameterRow } from './store.ts'
import { mergeTags, tagsOf } from './tagging.ts'

/** How requests name what is tagged. */
interface Tagged {
  readonly ResourceType: string | undefined
  readonly ResourceId: string | undefined
}

/** Looks for the parameter; there are no resources of other types here. Throws InvalidResourceId. */
function seekTagged(ctx: Context, { ResourceType, ResourceId = '' }: Tagged): Promise<Sought> {
  const name = ResourceId.trim()
  if (ResourceType !== 'Parameter' || !isName(name)) throw invalidResource()
  return seekName(ctx, name)
}

function tagged({ row }: Sought): ParameterRow {
  if (!row) throw invalidResource()
  return row
}

/** AddTagsToResource. */
export const AddTagsToResource = operation<
  AddTagsToResourceRequest,
  AddTagsToResourceResult,
  Sought
>(AddTagsToResource$, {
  resolve: (input, ctx) => seekTagged(ctx, input),
  access: (input, _ctx, sought) =>
    parameterAccess(sought, { conditions: requestTagConditions(tagsOf(input.Tags)) }),
  handle(input, ctx, sought) {
    const row = tagged(sought)
    const tags = mergeTags(row.tags, input.Tags)
    ctx.store.table(parameters).put(keyOf(row.name), { ...row, tags })
    return {}
  },
})

/** RemoveTagsFromResource; keys that are not there are passed over. */
export const RemoveTagsFromResource = operation<
  RemoveTagsFromResourceRequest,
  RemoveTagsFromResourceResult,
  Sought
>(RemoveTagsFromResource$, {
  resolve: (input, ctx) => seekTagged(ctx, input),
  access: (input, _ctx, sought) =>
    parameterAccess(sought, { conditions: { 'aws:tagkeys': input.TagKeys ?? [] } }),
  handle(input, ctx, sought) {
    const row = tagged(sought)
    const kept = Object.entries(row.tags).filter(([key]) => !input.TagKeys?.includes(key))
    ctx.store.table(parameters).put(keyOf(row.name), { ...row, tags: Object.fromEntries(kept) })
    return {}
  },
})

/** ListTagsForResource. */
export const ListTagsForResource = operation<
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  Sought
>(ListTagsForResource$, {
  resolve: (input, ctx) => seekTagged(ctx, input),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  handle: (_input, _ctx, sought) => ({
    TagList: Object.entries(tagged(sought).tags).map(([Key, Value]) => ({ Key, Value })),
  }),
})
