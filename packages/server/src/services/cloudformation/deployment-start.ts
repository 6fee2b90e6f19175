import type { OnFailure, StackStatus } from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { statusOf } from './stack-events.ts'
import {
  settings,
  stackNames,
  stacks,
  type Deployment,
  type StackDefinition,
  type StackRow,
} from './store.ts'
import { goOn } from './wake.ts'

/** What a new stack is made from. */
export interface NewStack {
  readonly name: string
  readonly definition: StackDefinition
  readonly description?: string | undefined
  readonly disableRollback?: boolean | undefined
  readonly onFailure?: OnFailure | undefined
  readonly retainExceptOnCreate?: boolean | undefined
  readonly timeoutMinutes?: number | undefined
  readonly parent?: StackRow['parent']
  readonly rootId?: string | undefined
  readonly changeSetId?: string | undefined
  /** JSON of who deploys; the caller by default. */
  readonly deployer?: string
}

/** A stack's row before anything was done: what a change set of type CREATE leaves, or a create begins with. */
export function newStack(ctx: Context, spec: NewStack): StackRow {
  const uuid = ctx.ids.uuid()
  const { timeoutMinutes, description, parent, rootId, changeSetId } = spec
  const row: StackRow = {
    uuid,
    id: `arn:aws:cloudformation:${ctx.region}:${ctx.account}:stack/${spec.name}/${uuid}`,
    name: spec.name,
    status: 'REVIEW_IN_PROGRESS',
    createdAt: ctx.now.toISOString(),
    ...(description !== undefined && { description }),
    definition: JSON.stringify(spec.definition),
    previousDefinition: '',
    deployer: spec.deployer ?? JSON.stringify(ctx.principal),
    outputs: [],
    disableRollback: spec.disableRollback ?? false,
    onFailure: spec.onFailure ?? 'ROLLBACK',
    retainExceptOnCreate: spec.retainExceptOnCreate ?? false,
    ...(timeoutMinutes !== undefined && { timeoutMinutes }),
    ...(changeSetId !== undefined && { changeSetId }),
    ...(parent && { parent }),
    ...(rootId !== undefined && { rootId }),
  }
  ctx.store.table(stackNames).put(spec.name, { uuid })
  return row
}

const minuteMs = 60_000

/** Starts to make what a stack's definition says. */
export function startCreate(ctx: Context, stack: StackRow, token?: string): StackRow {
  const { timeoutMinutes } = stack
  const deadline =
    timeoutMinutes === undefined
      ? undefined
      : new Date(ctx.now.getTime() + timeoutMinutes * minuteMs)
  const next = started(ctx, stack, {
    status: 'CREATE_IN_PROGRESS',
    reason: 'User Initiated',
    deployment: {
      kind: 'create',
      ...(token !== undefined && { token }),
      ...(deadline && { deadline: deadline.toISOString() }),
    },
  })
  const deploymentId = next.deployment?.id ?? ''
  if (deadline) goOn(ctx, { uuid: stack.uuid, deploymentId }, deadline)
  return next
}

/** Starts to bring a stack to a new definition. */
export function startUpdate(
  ctx: Context,
  stack: StackRow,
  update: {
    readonly definition: StackDefinition
    readonly description?: string | undefined
    readonly disableRollback?: boolean | undefined
    readonly token?: string | undefined
    readonly deployer?: string
  },
): StackRow {
  const { description: _before, ...rest } = stack
  const next: StackRow = {
    ...rest,
    definition: JSON.stringify(update.definition),
    previousDefinition: stack.definition,
    deployer: update.deployer ?? JSON.stringify(ctx.principal),
    updatedAt: ctx.now.toISOString(),
    disableRollback: update.disableRollback ?? false,
    ...(update.description !== undefined && { description: update.description }),
  }
  return started(ctx, next, {
    status: 'UPDATE_IN_PROGRESS',
    reason: 'User Initiated',
    deployment: { kind: 'update', ...(update.token !== undefined && { token: update.token }) },
  })
}

/** Starts to delete a stack. */
export function startDelete(
  ctx: Context,
  stack: StackRow,
  deletion: {
    readonly token?: string | undefined
    readonly retained?: readonly string[] | undefined
    readonly isForced?: boolean
    readonly deployer?: string
  },
): StackRow {
  const { token, retained = [], isForced = false } = deletion
  const deployer = deletion.deployer ?? JSON.stringify(ctx.principal)
  return started(
    ctx,
    { ...stack, deployer },
    {
      status: 'DELETE_IN_PROGRESS',
      reason: 'User Initiated',
      deployment: { kind: 'delete', retained, isForced, ...(token !== undefined && { token }) },
    },
  )
}

interface Start {
  readonly status: StackStatus
  readonly reason: string
  readonly deployment: Partial<Deployment> & Pick<Deployment, 'kind'>
}

/** Begins a deployment in any phase: its first steps are found by the task. */
export function started(ctx: Context, stack: StackRow, start: Start): StackRow {
  const deployment: Deployment = {
    id: ctx.ids.uuid(),
    phase: start.deployment.kind === 'delete' ? 'cleanup' : 'forward',
    steps: [],
    mode: 'plan',
    retained: [],
    isForced: false,
    ...start.deployment,
  }
  const next = statusOf(ctx, { ...stack, deployment }, start.status, start.reason)
  ctx.store.table(stacks).put(stack.uuid, next)
  goOn(ctx, { uuid: stack.uuid, deploymentId: deployment.id })
  return next
}

/** Forgets a policy that was in force for one update. */
export async function endUpdatePolicy(ctx: Context, uuid: string): Promise<void> {
  const view = ctx.store.table(settings)
  const row = await view.get(uuid)
  if (row?.policyDuringUpdate === undefined) return
  const { policyDuringUpdate: _over, ...rest } = row
  view.put(uuid, rest)
}
