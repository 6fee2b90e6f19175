import {
  CreateTags$,
  DeleteTags$,
  type CreateTagsRequest,
  type DeleteTagsRequest,
  type Filter,
  type Tag,
  type TagSpecification,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../kernel/context.ts'
import { networkIn } from '../../kernel/network.ts'
import { partitionOf } from '../../kernel/partition.ts'
import { operation } from '../../kernel/service.ts'
import { defineTable } from '../../kernel/store/store.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { invalid } from './errors.ts'

/** Tags of a resource, by its id. */
const tags = defineTable<{ readonly tags: Readonly<Record<string, string>> }>({
  name: 'ec2.tags',
  scope: 'region',
})

/** The tags of all resources, as the API lists them. */
export async function allTags(ctx: Context): Promise<ReadonlyMap<string, Tag[]>> {
  const rows = await ctx.store.table(tags).list()
  return new Map(
    rows.map(({ key, value }) => [
      key,
      Object.entries(value.tags).map(([Key, Value]) => ({ Key, Value })),
    ]),
  )
}

/** Puts the tags of a request that makes something on it. */
export function tagNew(
  ctx: Context,
  id: string,
  type: string,
  given: readonly TagSpecification[] | undefined,
): Tag[] {
  const own = (given ?? []).flatMap(({ ResourceType, Tags }) =>
    ResourceType === type ? (Tags ?? []) : [],
  )
  if (own.length > 0) ctx.store.table(tags).put(id, { tags: merged({}, own) })
  return own
}

/** Forgets the tags of something that is gone. */
export function untag(ctx: Context, id: string): void {
  ctx.store.table(tags).delete(id)
}

function merged(existing: Readonly<Record<string, string>>, added: readonly Tag[]) {
  const all = { ...existing }
  for (const { Key = '', Value = '' } of added) {
    if (Key.startsWith('aws:')) throw invalid(`Tag keys starting with 'aws:' are reserved`)
    all[Key] = Value
  }
  if (Object.keys(all).length > 50) throw invalid('A resource has at most 50 tags')
  return all
}

/** An ARN of something of the caller's. */
export function arnOf({ account, region }: Context, type: string, id: string): string {
  return `arn:${partitionOf(region)}:ec2:${region}:${account}:${type}/${id}`
}

const types: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  sg: 'security-group',
}

function resourceOf(ctx: Context, id: string): string {
  return arnOf(ctx, types[id.split('-')[0] ?? ''] ?? '*', id)
}

async function checkResources(ctx: Context, ids: readonly string[] = []): Promise<void> {
  const { vpcs, subnets, securityGroups } = await networkIn(ctx)
  const known = new Set([...vpcs, ...subnets, ...securityGroups].map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined) throw invalid(`The ID '${missing}' does not exist`)
}

/** CreateTags. */
export const CreateTags = operation<CreateTagsRequest, object>(CreateTags$, {
  access: (input, ctx) =>
    (input.Resources ?? []).map((id) => ({
      resource: resourceOf(ctx, id),
      conditions: requestTagConditions(input.Tags),
    })),
  async handle({ Resources, Tags = [] }, ctx) {
    await checkResources(ctx, Resources)
    const table = ctx.store.table(tags)
    for (const id of Resources ?? []) {
      table.put(id, { tags: merged((await table.get(id))?.tags ?? {}, Tags) })
    }
    return {}
  },
})

/** DeleteTags: of these keys, or all; one with a value only where it has it. */
export const DeleteTags = operation<DeleteTagsRequest, object>(DeleteTags$, {
  access: (input, ctx) =>
    (input.Resources ?? []).map((id) => ({
      resource: resourceOf(ctx, id),
      conditions: { 'aws:tagkeys': (input.Tags ?? []).map(({ Key = '' }) => Key) },
    })),
  async handle({ Resources, Tags }, ctx) {
    const table = ctx.store.table(tags)
    for (const id of Resources ?? []) {
      const left = Object.entries((await table.get(id))?.tags ?? {}).filter(
        ([key, value]) =>
          Tags !== undefined &&
          !Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)),
      )
      table.put(id, { tags: Object.fromEntries(left) })
    }
    return {}
  },
})

/** Whether something has one of the wanted values under every filter's name. Throws for names that are none. */
export function matches(
  filters: readonly Filter[] | undefined,
  values: Readonly<Record<string, string>>,
  own: readonly Tag[],
): boolean {
  return (filters ?? []).every(({ Name = '', Values = [] }) => {
    if (Name === 'tag-key') return own.some(({ Key = '' }) => Values.includes(Key))
    if (Name.startsWith('tag:')) {
      const tag = own.find(({ Key }) => Key === Name.slice(4))
      return tag !== undefined && Values.includes(tag.Value ?? '')
    }
    if (!Object.hasOwn(values, Name)) throw invalid(`The filter '${Name}' is invalid`)
    return Values.includes(values[Name] ?? '')
  })
}
