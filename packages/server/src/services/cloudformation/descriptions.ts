import {
  DescribeStackEvents$,
  DescribeStackResource$,
  DescribeStackResources$,
  DescribeStacks$,
  ListExports$,
  ListImports$,
  ListStackResources$,
  ListStacks$,
  type DescribeStackEventsInput,
  type DescribeStackEventsOutput,
  type DescribeStackResourceInput,
  type DescribeStackResourceOutput,
  type DescribeStackResourcesInput,
  type DescribeStackResourcesOutput,
  type DescribeStacksInput,
  type DescribeStacksOutput,
  type ListExportsInput,
  type ListExportsOutput,
  type ListImportsInput,
  type ListImportsOutput,
  type ListStackResourcesInput,
  type ListStackResourcesOutput,
  type ListStacksInput,
  type ListStacksOutput,
} from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { validation } from './errors.ts'
import { pageOf } from './paging.ts'
import { resourcesOf } from './stack-scope.ts'
import { findStack, requireStack, stackAccess } from './stack-reference.ts'
import { eventShape, resourceShape, stackShape, stackSummary } from './shapes.ts'
import {
  events,
  exportsTable,
  imports,
  resources,
  settings,
  stacks,
  type ResourceRow,
  type StackRow,
} from './store.ts'

/** DescribeStacks: one by name or id, or all that are not deleted. */
export const DescribeStacks = operation<
  DescribeStacksInput,
  DescribeStacksOutput,
  StackRow | undefined
>(DescribeStacks$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) =>
    input.StackName === undefined ? { resource: '*' } : stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    if (input.StackName !== undefined) {
      const stack = requireStack(found, input.StackName)
      return { Stacks: [await shown(ctx, stack)] }
    }
    const rows = (await allStacks(ctx)).filter(({ deletedAt }) => deletedAt === undefined)
    const { items, ...page } = pageOf(ctx, { name: 'stacks', items: rows }, input.NextToken)
    return { Stacks: await Promise.all(items.map((stack) => shown(ctx, stack))), ...page }
  },
})

/** ListStacks: the deleted ones of the last 90 days too. */
export const ListStacks = operation<ListStacksInput, ListStacksOutput>(ListStacks$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const wanted = input.StackStatusFilter ?? []
    const rows = (await allStacks(ctx)).filter(
      ({ status }) => wanted.length === 0 || wanted.includes(status),
    )
    const list = { name: `summaries/${wanted.join()}`, items: rows.map(stackSummary) }
    const { items, ...page } = pageOf(ctx, list, input.NextToken)
    return { StackSummaries: items, ...page }
  },
})

/** DescribeStackEvents, the latest first. */
export const DescribeStackEvents = operation<
  DescribeStackEventsInput,
  DescribeStackEventsOutput,
  StackRow | undefined
>(DescribeStackEvents$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    const { StackName: name = '' } = input
    if (!found) throw validation(`Stack [${name}] does not exist`)
    const rows = await ctx.store.table(events).list({ prefix: `${found.uuid}/` })
    const items = rows.map(({ value }) => eventShape(found, value)).reverse()
    const { items: StackEvents, ...page } = pageOf(
      ctx,
      { name: `events/${found.uuid}`, items },
      input.NextToken,
    )
    return { StackEvents, ...page }
  },
})

/** DescribeStackResource, with the template's metadata. */
export const DescribeStackResource = operation<
  DescribeStackResourceInput,
  DescribeStackResourceOutput,
  StackRow | undefined
>(DescribeStackResource$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    if (!found) throw validation(`Stack '${input.StackName}' does not exist`)
    const { LogicalResourceId: logicalId = '' } = input
    const row = (await resourcesOf(ctx, found.uuid)).get(logicalId)
    if (!row) {
      throw validation(`Resource ${logicalId} does not exist for stack ${found.name}`)
    }
    const { Timestamp, ...shape } = resourceShape(found, row)
    return {
      StackResourceDetail: {
        ...shape,
        LastUpdatedTimestamp: Timestamp,
        ...(row.metadata !== undefined && { Metadata: row.metadata }),
      },
    }
  },
})

/** DescribeStackResources: of a stack, or of the stack that a physical id belongs to. */
export const DescribeStackResources = operation<
  DescribeStackResourcesInput,
  DescribeStackResourcesOutput,
  StackRow | undefined
>(DescribeStackResources$, {
  resolve: (input, ctx) =>
    input.StackName === undefined
      ? stackHolding(ctx, input.PhysicalResourceId)
      : findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    if (!found && input.StackName === undefined) {
      throw validation(`Stack for ${input.PhysicalResourceId} does not exist`)
    }
    const stack = requireStack(found, input.StackName)
    const rows = [...(await resourcesOf(ctx, stack.uuid)).values()].filter(
      (row) => input.LogicalResourceId === undefined || row.logicalId === input.LogicalResourceId,
    )
    return { StackResources: rows.map((row) => resourceShape(stack, row)) }
  },
})

/** ListStackResources. */
export const ListStackResources = operation<
  ListStackResourcesInput,
  ListStackResourcesOutput,
  StackRow | undefined
>(ListStackResources$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    const stack = requireStack(found, input.StackName)
    const rows = [...(await resourcesOf(ctx, stack.uuid)).values()]
    const summaries = rows.map((row) => {
      const { Timestamp, StackId: _id, StackName: _name, ...shape } = resourceShape(stack, row)
      return { ...shape, LastUpdatedTimestamp: Timestamp }
    })
    const list = { name: `resources/${stack.uuid}`, items: summaries }
    const { items, ...page } = pageOf(ctx, list, input.NextToken)
    return { StackResourceSummaries: items, ...page }
  },
})

/** ListExports of the account and Region. */
export const ListExports = operation<ListExportsInput, ListExportsOutput>(ListExports$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const rows = await ctx.store.table(exportsTable).list()
    const items = rows.map(({ value }) => ({
      Name: value.name,
      Value: value.value,
      ExportingStackId: value.stackId,
    }))
    const { items: Exports, ...page } = pageOf(ctx, { name: 'exports', items }, input.NextToken)
    return { Exports, ...page }
  },
})

/** ListImports: the stacks that use an export. */
export const ListImports = operation<ListImportsInput, ListImportsOutput>(ListImports$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { ExportName: name = '' } = input
    const rows = await ctx.store.table(imports).list({ index: 'export', equals: name })
    if (rows.length === 0) throw validation(`Export '${name}' is not imported by any stack.`)
    const items = rows.map(({ value }) => value.stackName)
    const list = { name: `imports/${name}`, items }
    const { items: Imports, ...page } = pageOf(ctx, list, input.NextToken)
    return { Imports, ...page }
  },
})

const keptMs = 90 * 86_400_000

async function allStacks(ctx: Context): Promise<StackRow[]> {
  const rows = await ctx.store.table(stacks).list()
  return rows
    .map(({ value }) => value)
    .filter(
      ({ deletedAt }) =>
        deletedAt === undefined || ctx.now.getTime() - Date.parse(deletedAt) < keptMs,
    )
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
}

async function shown(ctx: Context, stack: StackRow) {
  const set = await ctx.store.table(settings).get(stack.uuid)
  return stackShape(stack, set?.isProtected ?? false)
}

async function stackHolding(ctx: Context, physicalId = ''): Promise<StackRow | undefined> {
  const rows = await ctx.store.table(resources).list()
  const isIt = (row: ResourceRow) => row.physicalId === physicalId
  const found = rows.find(({ value }) => isIt(value))
  return found && ctx.store.table(stacks).get(found.key.split('/')[0] ?? '')
}
