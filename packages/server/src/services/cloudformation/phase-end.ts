import type { StackStatus } from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { closeCallbacks } from './callbacks.ts'
import { endUpdatePolicy } from './deployment-start.ts'
import { TemplateError } from './engine/template-error.ts'
import { forgetImports, noteImports, outputsOf, publishExports } from './outputs.ts'
import { noteResource, statusOf } from './stack-events.ts'
import { resourcesOf } from './stack-scope.ts'
import {
  beginnings,
  changeSets,
  resources,
  settings,
  stackNames,
  type Deployment,
  type OutputRow,
  type StackRow,
} from './store.ts'

/** A stack after a phase: in its next one, or without a deployment when all is over. */
export interface PhaseEnd {
  readonly stack: StackRow
}

/** Ends a phase whose steps are over, and enters the next or ends the deployment. */
export async function finishPhase(ctx: Context, stack: StackRow): Promise<PhaseEnd> {
  const { deployment } = stack
  if (!deployment) return { stack }
  if (deployment.phase === 'forward') {
    return deployment.failure === undefined
      ? forwardDone(ctx, stack, deployment)
      : forwardFailed(ctx, stack, deployment)
  }
  if (deployment.kind === 'delete') return deletion(ctx, stack, deployment)
  if (deployment.phase === 'cleanup') return updated(ctx, stack)
  return rolledBack(ctx, stack, deployment)
}

async function forwardDone(
  ctx: Context,
  stack: StackRow,
  deployment: Deployment,
): Promise<PhaseEnd> {
  let outputs: readonly OutputRow[]
  try {
    outputs = await outputsOf(ctx, stack)
    await publishExports(ctx, stack, outputs)
    await noteImports(ctx, stack)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return forwardFailed(ctx, stack, { ...deployment, failure: error.message })
  }
  const next = { ...stack, outputs }
  if (deployment.kind === 'create') return over(ctx, next, 'CREATE_COMPLETE')
  return enter(ctx, next, { phase: 'cleanup', status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' })
}

async function forwardFailed(
  ctx: Context,
  stack: StackRow,
  deployment: Deployment,
): Promise<PhaseEnd> {
  const { failure = '' } = deployment
  await cancelPending(ctx, stack, deployment)
  if (deployment.kind === 'update') {
    if (stack.disableRollback) return over(ctx, stack, 'UPDATE_FAILED', failure)
    const back = {
      ...stack,
      definition: stack.previousDefinition,
      previousDefinition: stack.definition,
    }
    return enter(ctx, back, {
      phase: 'rollback',
      status: 'UPDATE_ROLLBACK_IN_PROGRESS',
      reason: failure,
    })
  }
  if (stack.disableRollback || stack.onFailure === 'DO_NOTHING') {
    return over(ctx, stack, 'CREATE_FAILED', failure)
  }
  return enter(ctx, stack, {
    phase: 'rollback-cleanup',
    status: stack.onFailure === 'DELETE' ? 'DELETE_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS',
    reason: `${failure}Rollback requested by user.`,
  })
}

/** What is still awaited when another resource has failed is given up. */
async function cancelPending(
  ctx: Context,
  stack: StackRow,
  { steps, kind }: Deployment,
): Promise<void> {
  const rows = await resourcesOf(ctx, stack.uuid)
  for (const { logicalId, state } of steps) {
    const row = rows.get(logicalId)
    if (state !== 'pending' || !row) continue
    const status = row.past === '' && kind === 'create' ? 'CREATE_FAILED' : 'UPDATE_FAILED'
    const next = { ...row, status, reason: 'Resource creation cancelled' } as const
    ctx.store.table(resources).put(`${stack.uuid}/${logicalId}`, next)
    noteResource(ctx, stack, next)
  }
}

async function rolledBack(
  ctx: Context,
  stack: StackRow,
  deployment: Deployment,
): Promise<PhaseEnd> {
  const { phase, kind } = deployment
  const failure = failureIn(deployment)
  if (phase === 'rollback') {
    return failure === undefined
      ? enter(ctx, stack, {
          phase: 'rollback-cleanup',
          status: 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
        })
      : over(ctx, stack, 'UPDATE_ROLLBACK_FAILED', failure)
  }
  if (kind === 'update') return updated(ctx, stack, 'UPDATE_ROLLBACK_COMPLETE')
  if (stack.onFailure === 'DELETE') return deletion(ctx, stack, deployment)
  return failure === undefined
    ? over(ctx, stack, 'ROLLBACK_COMPLETE')
    : over(ctx, stack, 'ROLLBACK_FAILED', failure)
}

function failureIn({ steps, phase }: Deployment): string | undefined {
  const failed = steps.filter(({ state }) => state === 'failed').map(({ logicalId }) => logicalId)
  if (failed.length === 0) return undefined
  const verb = phase === 'rollback' ? 'update' : 'delete'
  return `The following resource(s) failed to ${verb}: [${failed.sort().join(', ')}]. `
}

/** An update is over, one way or the other: nothing of a resource's past is needed any more. */
async function updated(
  ctx: Context,
  stack: StackRow,
  status: StackStatus = 'UPDATE_COMPLETE',
): Promise<PhaseEnd> {
  const view = ctx.store.table(resources)
  for (const row of (await resourcesOf(ctx, stack.uuid)).values()) {
    if (row.past === '') continue
    view.put(`${stack.uuid}/${row.logicalId}`, { ...row, past: '' })
  }
  if (status === 'UPDATE_ROLLBACK_COMPLETE') await noteImports(ctx, stack)
  return over(ctx, { ...stack, previousDefinition: '' }, status)
}

async function deletion(ctx: Context, stack: StackRow, deployment: Deployment): Promise<PhaseEnd> {
  const failure = deployment.failure ?? failureIn(deployment)
  if (failure !== undefined) return over(ctx, stack, 'DELETE_FAILED', failure)
  const { uuid, name } = stack
  await publishExports(ctx, stack, [])
  await forgetImports(ctx, uuid)
  for (const { key } of await ctx.store.table(changeSets).list({ prefix: `${uuid}/` })) {
    ctx.store.table(changeSets).delete(key)
  }
  ctx.store.table(stackNames).delete(name)
  return over(ctx, { ...stack, deletedAt: ctx.now.toISOString() }, 'DELETE_COMPLETE')
}

async function over(
  ctx: Context,
  stack: StackRow,
  status: StackStatus,
  reason?: string,
): Promise<PhaseEnd> {
  const next = statusOf(ctx, stack, status, reason)
  const { deployment, ...rest } = next
  const begun = ctx.store.table(beginnings)
  for (const { key } of await begun.list({ prefix: `${deployment?.id}/` })) begun.delete(key)
  for (const { logicalId, state } of deployment?.steps ?? []) {
    if (state === 'pending') await closeCallbacks(ctx, stack.uuid, logicalId)
  }
  await endUpdatePolicy(ctx, stack.uuid)
  if (status === 'DELETE_COMPLETE') ctx.store.table(settings).delete(stack.uuid)
  return { stack: rest }
}

interface NextPhase {
  readonly phase: Deployment['phase']
  readonly status: StackStatus
  readonly reason?: string
}

function enter(ctx: Context, stack: StackRow, { phase, status, reason }: NextPhase): PhaseEnd {
  const { deployment } = stack
  if (!deployment) return { stack }
  const { failure: _over, ...rest } = deployment
  const next: Deployment = { ...rest, phase, mode: 'plan', steps: [] }
  return { stack: statusOf(ctx, { ...stack, deployment: next }, status, reason) }
}
