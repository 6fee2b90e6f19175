import {
  AddTags$,
  DescribeTags$,
  RemoveTags$,
  type AddTagsInput,
  type DescribeTagsInput,
  type DescribeTagsOutput,
  type RemoveTagsInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Table } from '../../kernel/store/store.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { accessTo } from './access.ts'
import { kindOf } from './arns.ts'
import { invalid, noListener, noLoadBalancer, noRule, noTargetGroup } from './errors.ts'
import { plane } from './plane.ts'
import { listeners, loadBalancers, rules, targetGroups, type Named } from './store.ts'
import { mergeTags, tagList } from './tagging.ts'

/** Something with tags, and how they are replaced. */
interface Subject {
  readonly row: { readonly arn: string; readonly tags: Named }
  readonly put: (tags: Named) => void
}

async function inTable<Row extends Subject['row']>(
  ctx: Context,
  table: Table<Row>,
  arn: string,
  missing: () => Error,
): Promise<Subject> {
  const view = ctx.store.table(table)
  const row = await view.get(arn)
  if (!row) throw missing()
  return { row, put: (tags) => view.put(arn, { ...row, tags }) }
}

function subjectOf(ctx: Context, arn: string): Promise<Subject> {
  switch (kindOf(ctx, arn)) {
    case 'loadbalancer':
      return inTable(ctx, loadBalancers, arn, noLoadBalancer)
    case 'listener':
      return inTable(ctx, listeners, arn, noListener)
    case 'listener-rule':
      return inTable(ctx, rules, arn, noRule)
    case 'targetgroup':
      return inTable(ctx, targetGroups, arn, noTargetGroup)
    default:
      throw invalid(`'${arn}' is not a valid resource ARN`)
  }
}

function subjectsOf(ctx: Context, arns: readonly string[] = []): Promise<Subject[]> {
  return Promise.all(arns.map((arn) => subjectOf(ctx, arn)))
}

/** AddTags: to all of these resources, or to none. */
export const AddTags = operation<AddTagsInput, object, readonly Subject[]>(AddTags$, {
  resolve: (input, ctx) => subjectsOf(ctx, input.ResourceArns),
  access: (input, _ctx, subjects) =>
    subjects.map(({ row }) => accessTo(row, requestTagConditions(input.Tags))),
  handle(input, _ctx, subjects) {
    for (const { row, put } of subjects) put(mergeTags(row.tags, input.Tags))
    return {}
  },
})

/** RemoveTags. */
export const RemoveTags = operation<RemoveTagsInput, object, readonly Subject[]>(RemoveTags$, {
  resolve: (input, ctx) => subjectsOf(ctx, input.ResourceArns),
  access: (input, _ctx, subjects) =>
    subjects.map(({ row }) => accessTo(row, { 'aws:tagkeys': input.TagKeys ?? [] })),
  handle({ TagKeys = [] }, _ctx, subjects) {
    for (const { row, put } of subjects) {
      put(Object.fromEntries(Object.entries(row.tags).filter(([key]) => !TagKeys.includes(key))))
    }
    return {}
  },
})

/** The tag of a listener that says where on this machine it is reached. */
const endpointTag = 'aws:bartizan:endpoint'

/** DescribeTags; listeners have one more, which says where they are reached. */
export const DescribeTags = operation<DescribeTagsInput, DescribeTagsOutput, readonly Subject[]>(
  DescribeTags$,
  {
    resolve: (input, ctx) => subjectsOf(ctx, input.ResourceArns),
    access: (_input, _ctx, subjects) => subjects.map(({ row }) => accessTo(row)),
    handle: (_input, ctx, subjects) => ({
      TagDescriptions: subjects.map(({ row }) => {
        const endpoint = ctx.runtime(plane).endpointOf(row.arn)
        const own = endpoint === undefined ? [] : [{ Key: endpointTag, Value: endpoint }]
        return { ResourceArn: row.arn, Tags: [...tagList(row.tags), ...own] }
      }),
    }),
  },
)
