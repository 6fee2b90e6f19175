import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { Task } from '../../kernel/tasks.ts'
import { beginWork } from '../../kernel/unit-of-work.ts'
import { finishPhase, type PhaseEnd } from './phase-end.ts'
import { stepsOf } from './plan.ts'
import { TemplateError } from './engine/template-error.ts'
import { giveUp, perform } from './steps.ts'
import { resourcesOf } from './stack-scope.ts'
import { beginnings, settings, stacks, type Deployment, type StackRow, type Step } from './store.ts'
import { deployTaskName, goOn, type Deploying } from './wake.ts'

/**
 * Brings a stack's deployment a step further. A run either performs what was marked as running and
 * commits how it went, or finds what is next and marks it: so whatever is done to the world was
 * committed as begun before, and a server that is stopped in between knows where it was.
 */
export const deployTask: Task<Deploying> = {
  name: deployTaskName,
  async run(ctx, { uuid, deploymentId }, { number }) {
    const stack = await ctx.store.table(stacks).get(uuid)
    if (stack?.deployment?.id !== deploymentId) return undefined
    const { deployment } = stack
    const isLast = number >= maxAttempts
    if (deployment.mode === 'perform') await performRunning(ctx, stack, { deployment, isLast })
    else await advance(ctx, stack, deployment)
    return undefined
  },
}

const starts = defineRuntime('cloudformation.beginnings', ({ kernel }) => ({
  /** Notes durably that work begins; true when it had begun before. */
  async note(place: { account: string; region: string }, key: string): Promise<boolean> {
    const { account, region } = place
    const work = beginWork(kernel.store, account, region)
    const view = work.store.table(beginnings)
    if (await view.get(key)) return true
    view.put(key, { at: kernel.clock.now().toISOString() })
    await kernel.store.commit({ ...(await work.batch()), audit: [] })
    return false
  },
}))

/** Work that breaks unforeseen is tried again so many times. */
const maxAttempts = 3

async function performRunning(
  ctx: Context,
  stack: StackRow,
  { deployment, isLast }: { readonly deployment: Deployment; readonly isLast: boolean },
): Promise<void> {
  const rows = await resourcesOf(ctx, stack.uuid)
  const running = deployment.steps.filter(({ state }) => state === 'running')
  const ends = await Promise.all(
    running.map(async (step) => {
      const key = `${deployment.id}/${deployment.phase}/${step.logicalId}`
      const isRetry = await ctx.runtime(starts).note(ctx, key)
      const work = { ctx, stack, step, rows, isRetry }
      const end = await perform(work, 'begin').catch((error: unknown) => {
        if (!isLast) throw error
        return giveUp(work)
      })
      return [step.logicalId, end] as const
    }),
  )
  save(ctx, stack, { ...deployment, mode: 'advance', steps: withEnds(deployment.steps, ends) })
}

/** Asks after what is awaited, and marks what can run now; at the end of a phase comes the next. */
async function advance(ctx: Context, stack: StackRow, deployment: Deployment): Promise<void> {
  const planned =
    deployment.mode === 'plan'
      ? await withPlan(ctx, stack, deployment)
      : { ...deployment, steps: await asked(ctx, stack, deployment) }
  const failure = planned.failure ?? (await failureOf(ctx, stack, planned))
  const { steps } = planned
  const current = { ...planned, ...(failure !== undefined && { failure }) }
  const isStopping = failure !== undefined && current.phase === 'forward'
  const ready = isStopping ? [] : readySteps(steps)
  if (ready.length > 0) {
    const startedAt = ctx.now.toISOString()
    const next = steps.map((step) =>
      ready.includes(step) ? { ...step, state: 'running' as const, startedAt } : step,
    )
    return save(ctx, stack, { ...current, mode: 'perform', steps: next })
  }
  if (steps.some(({ state }) => state === 'pending') && !isStopping) {
    return wait(ctx, stack, { ...current, mode: 'advance' })
  }
  await endPhase(ctx, { ...stack, deployment: current })
}

async function withPlan(
  ctx: Context,
  stack: StackRow,
  deployment: Deployment,
): Promise<Deployment> {
  try {
    return { ...deployment, mode: 'advance', steps: await stepsOf(ctx, stack, deployment) }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return { ...deployment, mode: 'advance', failure: error.message }
  }
}

async function asked(
  ctx: Context,
  stack: StackRow,
  deployment: Deployment,
): Promise<readonly Step[]> {
  const pending = deployment.steps.filter(({ state }) => state === 'pending')
  if (pending.length === 0) return deployment.steps
  const rows = await resourcesOf(ctx, stack.uuid)
  const ends: (readonly [string, Pick<Step, 'state' | 'reason'>])[] = []
  for (const step of pending) {
    const work = { ctx, stack, step, rows, isRetry: false }
    ends.push([step.logicalId, await perform(work, 'ask')])
  }
  return withEnds(deployment.steps, ends)
}

/** What makes the phase fail: a step, the time, or the wish to cancel. */
async function failureOf(
  ctx: Context,
  stack: StackRow,
  { id, kind, phase, steps, deadline }: Deployment,
): Promise<string | undefined> {
  const failed = steps.filter(({ state }) => state === 'failed').map(({ logicalId }) => logicalId)
  if (failed.length > 0) {
    const rows = await resourcesOf(ctx, stack.uuid)
    const verbOf = (id: string) => /^[A-Z]+/.exec(rows.get(id)?.status ?? '')?.[0].toLowerCase()
    const verb = phase === 'forward' ? kind : phase === 'rollback' ? 'update' : 'delete'
    return Object.entries(Object.groupBy(failed.sort(), (id) => verbOf(id) ?? verb))
      .map(
        ([each, ids = []]) => `The following resource(s) failed to ${each}: [${ids.join(', ')}]. `,
      )
      .join('')
  }
  if (phase !== 'forward') return undefined
  if (deadline !== undefined && ctx.now >= new Date(deadline)) {
    return 'Stack creation time exceeded the specified timeout. '
  }
  const set = await ctx.store.table(settings).get(stack.uuid)
  return set?.cancelled === id ? 'User Initiated' : undefined
}

function readySteps(steps: readonly Step[]): readonly Step[] {
  const isDone = new Map(steps.map(({ logicalId, state }) => [logicalId, state === 'done']))
  return steps.filter(
    ({ state, needs }) => state === 'waiting' && needs.every((name) => isDone.get(name) ?? true),
  )
}

function withEnds(
  steps: readonly Step[],
  ends: readonly (readonly [string, Pick<Step, 'state' | 'reason'>])[],
): Step[] {
  const byId = new Map(ends)
  return steps.map((step) => ({ ...step, ...byId.get(step.logicalId) }))
}

function save(ctx: Context, stack: StackRow, deployment: Deployment): void {
  wait(ctx, stack, deployment)
  goOn(ctx, { uuid: stack.uuid, deploymentId: deployment.id })
}

function wait(ctx: Context, stack: StackRow, deployment: Deployment): void {
  ctx.store.table(stacks).put(stack.uuid, { ...stack, deployment })
}

async function endPhase(ctx: Context, stack: StackRow): Promise<void> {
  const end: PhaseEnd = await finishPhase(ctx, stack)
  ctx.store.table(stacks).put(stack.uuid, end.stack)
  if (end.stack.deployment) {
    goOn(ctx, { uuid: stack.uuid, deploymentId: end.stack.deployment.id })
    return
  }
  const { parent } = end.stack
  const above = parent && (await ctx.store.table(stacks).get(parent.uuid))
  if (above?.deployment) goOn(ctx, { uuid: above.uuid, deploymentId: above.deployment.id })
}
