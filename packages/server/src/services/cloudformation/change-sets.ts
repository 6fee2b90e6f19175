import {
  CreateChangeSet$,
  DeleteChangeSet$,
  DescribeChangeSet$,
  ExecuteChangeSet$,
  ListChangeSets$,
  type Capability,
  type ChangeSetSummary,
  type CreateChangeSetInput,
  type CreateChangeSetOutput,
  type DeleteChangeSetInput,
  type DescribeChangeSetInput,
  type DescribeChangeSetOutput,
  type ExecuteChangeSetInput,
  type ListChangeSetsInput,
  type ListChangeSetsOutput,
  type ResourceChange,
} from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { plannedChanges } from './change-plan.ts'
import { findChangeSet } from './change-set-reference.ts'
import { definitionOf, sameDefinition } from './definitions.ts'
import { newStack, startCreate, startUpdate } from './deployment-start.ts'
import { alreadyExists, noChangeSet, validation, wrongChangeSetStatus } from './errors.ts'
import { pageOf } from './paging.ts'
import { definitionFrom, hiddenMembers } from './stack-definition.ts'
import { readDefinition } from './stack-scope.ts'
import { findStack, requireStack, stackAccess } from './stack-reference.ts'
import { statusOf } from './stack-events.ts'
import { deployAccess, requireUpdatable } from './stacks.ts'
import { changeSets, stacks, type ChangeSetRow, type StackRow } from './store.ts'

/** CreateChangeSet: what a deployment would do, ready when the call returns. */
export const CreateChangeSet = operation<
  CreateChangeSetInput,
  CreateChangeSetOutput,
  StackRow | undefined
>(CreateChangeSet$, {
  hides: hiddenMembers,
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) =>
    deployAccess(ctx, stack, input).map((access, index) =>
      index > 0
        ? access
        : {
            ...access,
            conditions: {
              ...access.conditions,
              'cloudformation:changesetname': input.ChangeSetName,
            },
          },
    ),
  async handle(input, ctx, found) {
    const { ChangeSetName: name = '', ChangeSetType: type = 'UPDATE' } = input
    if (type === 'IMPORT') throw validation('Importing existing resources is not supported.')
    const before = await stackFor(ctx, input, found)
    if (before && (await findChangeSet(ctx, before, name))) {
      throw alreadyExists(
        `ChangeSet ${name} cannot be created due to a mismatch with existing attribute`,
      )
    }
    const own = type === 'UPDATE' && before ? definitionOf(before) : undefined
    const { definition, template } = await definitionFrom(ctx, input, own)
    const stack = before ?? reviewed(ctx, input.StackName ?? '', { definition, template })
    const changes = await plannedChanges(ctx, stack, definition)
    const isSame = own !== undefined && changes.length === 0 && sameDefinition(own, definition)
    const isNothing =
      isSame || (own !== undefined && changes.length === 0 && sameOutputs(stack, definition))
    const id = `arn:aws:cloudformation:${ctx.region}:${ctx.account}:changeSet/${name}/${ctx.ids.uuid()}`
    const row: ChangeSetRow = {
      id,
      name,
      stackUuid: stack.uuid,
      type,
      status: isNothing ? 'FAILED' : 'CREATE_COMPLETE',
      ...(isNothing && {
        statusReason:
          "The submitted information didn't contain changes. Submit different information to create a change set.",
      }),
      execution: isNothing ? 'UNAVAILABLE' : 'AVAILABLE',
      createdAt: ctx.now.toISOString(),
      ...(input.Description !== undefined && { description: input.Description }),
      definition: JSON.stringify(definition),
      changes,
      ...(input.OnStackFailure && { onStackFailure: input.OnStackFailure }),
    }
    ctx.store.table(changeSets).put(`${stack.uuid}/${name}`, row)
    return { Id: id, StackId: stack.id }
  },
})

/** DescribeChangeSet. */
export const DescribeChangeSet = operation<DescribeChangeSetInput, DescribeChangeSetOutput, Named>(
  DescribeChangeSet$,
  {
    resolve: named,
    access: (input, ctx, { stack }) => stackAccess(ctx, stack, input.StackName),
    handle(input, ctx, { stack, set }) {
      if (!stack || !set) throw noChangeSet(input.ChangeSetName ?? '')
      const { definition, template } = readDefinition(set.definition)
      const list = { name: `changes/${set.id}`, items: set.changes }
      const { items, ...page } = pageOf(ctx, list, input.NextToken)
      return {
        ...summary(stack, set),
        NotificationARNs: [...definition.notificationArns],
        RollbackConfiguration: {},
        Capabilities: [...definition.capabilities] as Capability[],
        Tags: definition.tags.map((tag) => ({ ...tag })),
        Parameters: Object.entries(definition.parameters).map(([ParameterKey, value]) => ({
          ParameterKey,
          ParameterValue: template.parameters[ParameterKey]?.noEcho ? '****' : value,
        })),
        Changes: items.map((change: ResourceChange) => ({
          Type: 'Resource',
          ResourceChange: change,
        })),
        ...(set.onStackFailure && { OnStackFailure: set.onStackFailure }),
        ...page,
      }
    },
  },
)

/** ExecuteChangeSet: deploys what it was made from; the stack's other change sets go. */
export const ExecuteChangeSet = operation<ExecuteChangeSetInput, object, Named>(ExecuteChangeSet$, {
  resolve: named,
  access: (input, ctx, { stack }) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, { stack, set }) {
    if (!stack || !set) throw noChangeSet(input.ChangeSetName ?? '')
    if (set.execution !== 'AVAILABLE') {
      throw wrongChangeSetStatus(
        `ChangeSet [${set.id}] cannot be executed in its current status of [${set.status}]`,
      )
    }
    const view = ctx.store.table(changeSets)
    for (const { key } of await view.list({ prefix: `${stack.uuid}/` })) view.delete(key)
    view.put(`${stack.uuid}/${set.name}`, { ...set, execution: 'EXECUTE_COMPLETE' })
    const { template, definition } = readDefinition(set.definition)
    const { description } = template
    const { ClientRequestToken: token, DisableRollback } = input
    const next = { ...stack, changeSetId: set.id }
    const disableRollback = DisableRollback ?? set.onStackFailure === 'DO_NOTHING'
    if (stack.status === 'REVIEW_IN_PROGRESS') {
      const fresh = {
        ...next,
        definition: set.definition,
        deployer: JSON.stringify(ctx.principal),
        disableRollback,
        onFailure: set.onStackFailure ?? stack.onFailure,
        ...(description !== undefined && { description }),
      }
      startCreate(ctx, fresh, token)
      return {}
    }
    requireUpdatable(stack)
    startUpdate(ctx, next, { definition, description, disableRollback, token })
    return {}
  },
})

/** DeleteChangeSet. */
export const DeleteChangeSet = operation<DeleteChangeSetInput, object, Named>(DeleteChangeSet$, {
  resolve: named,
  access: (input, ctx, { stack }) => stackAccess(ctx, stack, input.StackName),
  handle(input, ctx, { stack, set }) {
    if (!stack && input.StackName !== undefined)
      throw validation(`Stack [${input.StackName}] does not exist`)
    if (stack && set) ctx.store.table(changeSets).delete(`${stack.uuid}/${set.name}`)
    return {}
  },
})

/** ListChangeSets of a stack. */
export const ListChangeSets = operation<
  ListChangeSetsInput,
  ListChangeSetsOutput,
  StackRow | undefined
>(ListChangeSets$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    if (!found) throw validation(`Stack [${input.StackName}] does not exist`)
    const stack = requireStack(found, input.StackName)
    const rows = await ctx.store.table(changeSets).list({ prefix: `${stack.uuid}/` })
    const list = {
      name: `change-sets/${stack.uuid}`,
      items: rows.map(({ value }) => summary(stack, value)),
    }
    const { items, ...page } = pageOf(ctx, list, input.NextToken)
    return { Summaries: items, ...page }
  },
})

interface Named {
  readonly stack: StackRow | undefined
  readonly set: ChangeSetRow | undefined
}

async function named(
  input: { readonly StackName?: string | undefined; readonly ChangeSetName?: string | undefined },
  ctx: Context,
): Promise<Named> {
  const given = input.StackName === undefined ? undefined : await findStack(ctx, input.StackName)
  const set = await findChangeSet(ctx, given, input.ChangeSetName)
  return { set, stack: given ?? (set && (await ctx.store.table(stacks).get(set.stackUuid))) }
}

/** The stack that a change set is for, as far as it is there and may be changed. */
async function stackFor(
  ctx: Context,
  { StackName: name = '', ChangeSetName: setName = '', ChangeSetType: type }: CreateChangeSetInput,
  found: StackRow | undefined,
): Promise<StackRow | undefined> {
  if (type === 'CREATE') {
    if (!found || found.status === 'REVIEW_IN_PROGRESS') return found
    throw validation(
      `Stack [${name}] already exists and cannot be created again with the changeSet [${setName}].`,
    )
  }
  if (!found) throw validation(`Stack [${name}] does not exist`)
  requireUpdatable(found)
  return ctx.store.table(stacks).get(found.uuid)
}

/** A stack that is only a name until a change set is executed. */
function reviewed(
  ctx: Context,
  name: string,
  { definition, template }: Awaited<ReturnType<typeof definitionFrom>>,
): StackRow {
  const { description } = template
  const stack = newStack(ctx, { name, definition, description })
  const next = statusOf(ctx, stack, 'REVIEW_IN_PROGRESS', 'User Initiated')
  ctx.store.table(stacks).put(stack.uuid, next)
  return next
}

/** Whether only what has no resource would change, and that neither. */
function sameOutputs(stack: StackRow, definition: ReturnType<typeof definitionOf>): boolean {
  const before = readDefinition(stack.definition).template.outputs
  const after = readDefinition(JSON.stringify(definition)).template.outputs
  return JSON.stringify(before) === JSON.stringify(after)
}

function summary(stack: StackRow, set: ChangeSetRow): ChangeSetSummary {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    ExecutionStatus: set.execution,
    Status: set.status,
    ...(set.statusReason !== undefined && { StatusReason: set.statusReason }),
    CreationTime: new Date(set.createdAt),
    ...(set.description !== undefined && { Description: set.description }),
    IncludeNestedStacks: false,
    ImportExistingResources: false,
  }
}
