import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Task } from '../../kernel/tasks.ts'
import { rotatorOf } from './managed-secrets.ts'
import { planned } from './rotation-plan.ts'
import { retryJobName, retryDelayMs } from './rotation-retry.ts'
import { rotations } from './rotation-runtime.ts'
import { stepsOf, stepTaskName } from './rotation-state.ts'
import type { RotationRun, StepRun } from './rotation-state.ts'
import { announce, saveSecret } from './secret-changes.ts'
import { secrets, valueKey, values } from './store.ts'
import type { SecretRow, SecretRotation } from './store.ts'
import { holderOf, stage } from './versions.ts'

const service = 'secretsmanager.amazonaws.com'

function isCurrent(row: SecretRow | undefined, run: RotationRun): row is SecretRow {
  const running = row?.rotation?.running
  return row?.arn === run.arn && running?.token === run.token && running.attempt === run.attempt
}

/**
 * Runs one step. It reads and writes nothing of the secret in its own unit of work, as what the step
 * calls changes the secret meanwhile; a step that a crash cut off runs again.
 */
const stepTask: Task<StepRun> = {
  name: stepTaskName,
  async run(ctx, payload) {
    const { step, ...run } = payload
    const { account, region } = ctx
    const row = await ctx.runtime(rotations).current({ account, region, name: run.name })
    if (!isCurrent(row, run)) {
      ctx.runtime(rotations).end(run.arn)
      return undefined
    }
    const isDone = await succeeds(ctx, payload)
    const steps = stepsOf(run)
    const next = isDone ? steps[steps.indexOf(step) + 1] : undefined
    if (next !== undefined) ctx.enqueue(stepTask, { ...run, step: next })
    else ctx.enqueue(endTask, { ...run, isDone })
    return undefined
  },
}

async function succeeds(ctx: Context, payload: StepRun): Promise<boolean> {
  const { lambdaArn, owner, step, arn: secretArn, token } = payload
  const failed = (reason: string): false => {
    ctx.runtime(rotations).failed(secretArn, step, reason)
    return false
  }
  try {
    if (lambdaArn !== undefined) {
      const isDone = await invokes(ctx, lambdaArn, payload)
      return isDone || failed('the function failed')
    }
    const rotate = owner === undefined ? undefined : await rotatorOf(ctx, owner)
    if (!rotate) return failed('no service rotates the secret')
    await rotate(ctx, { step, secretArn, token })
    return true
  } catch (error) {
    // Anything that a service's own step throws means that it failed.
    if (error instanceof Error && (lambdaArn === undefined || error instanceof AwsError)) {
      return failed(error.message)
    }
    throw error
  }
}

async function invokes(ctx: Context, FunctionName: string, payload: StepRun): Promise<boolean> {
  const { step, arn, token, rotationToken } = payload
  const event = {
    Step: step,
    SecretId: arn,
    ClientRequestToken: token,
    RotationToken: rotationToken,
  }
  const actor = { service, sourceArn: arn }
  const Payload = Buffer.from(JSON.stringify(event))
  const answer = await ctx.callAs(actor, 'lambda', 'Invoke', { FunctionName, Payload })
  return answer['FunctionError'] === undefined
}

/** What the last step, or the one that failed, leaves. */
interface EndedRun extends RotationRun {
  readonly isDone: boolean
}

/** Draws the conclusion from a rotation's steps. */
const endTask: Task<EndedRun> = {
  name: 'secretsmanager.end-rotation',
  async run(ctx, run) {
    const row = await ctx.store.table(secrets).get(run.name)
    if (isCurrent(row, run)) conclude(ctx, row, run)
    ctx.afterCommit(() => ctx.runtime(rotations).end(run.arn))
    return undefined
  },
}

/** AWS takes a rotation for complete when AWSPENDING is nowhere, or where AWSCURRENT is. */
function isComplete({ versions }: SecretRow): boolean {
  const pending = holderOf(versions, stage.pending)
  return pending === undefined || pending.stages.includes(stage.current)
}

function conclude(ctx: Context, row: SecretRow, run: EndedRun): void {
  if (run.isTest) {
    endTest(ctx, row, run)
    return
  }
  const at = new Date(run.at)
  const now = at > ctx.now ? at : ctx.now
  const { running, ...rest } = row.rotation ?? { enabled: true }
  if (run.isDone && isComplete(row)) {
    const rotated: SecretRotation = { ...rest, lastAt: now.toISOString() }
    announce(ctx, row, 'RotationSucceeded')
    saveSecret(ctx, ctx.store, { ...row, rotation: planned(ctx, row, rotated, now) })
    return
  }
  announce(ctx, row, 'RotationFailed')
  if (!running) return
  const again = { ...running, isWaiting: true as const }
  ctx.store.table(secrets).put(row.name, { ...row, rotation: { ...rest, running: again } })
  const due = new Date(now.getTime() + retryDelayMs(run.attempt))
  ctx.schedule.at({ name: retryJobName }, row.name, due)
}

/** The version that a test was made with goes again. */
function endTest(ctx: Context, row: SecretRow, { token, isDone }: EndedRun): void {
  announce(ctx, row, isDone ? 'TestRotationSucceeded' : 'TestRotationFailed')
  const { running: _running, ...rotation } = row.rotation ?? { enabled: true }
  ctx.store.table(values).delete(valueKey(row, token))
  const versions = row.versions.filter(({ id }) => id !== token)
  ctx.store.table(secrets).put(row.name, { ...row, versions, rotation })
}

/** The tasks of rotation. */
export const rotationTasks: readonly Task<never>[] = [stepTask, endTask]
