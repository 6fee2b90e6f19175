import type { Context, Tables } from '../../kernel/context.ts'
import type { RotationStep } from '../../kernel/secret-rotation.ts'
import { announce, saveSecret } from './secret-changes.ts'
import { secrets } from './store.ts'
import type { RunningRotation, SecretRotation, SecretRow } from './store.ts'
import { labelled, stage, versionOf } from './versions.ts'

/** A rotation on its way: what its tasks hand on to each other. */
export interface RotationRun {
  readonly name: string
  readonly arn: string
  readonly token: string
  readonly rotationToken: string
  readonly attempt: number
  readonly isTest: boolean
  /** The function that does it; the service that keeps the secret where there is none. */
  readonly lambdaArn?: string
  readonly owner?: string
  /** When it was due, ISO 8601: a clock that is moved runs ahead of the server's time. */
  readonly at: string
}

/** The task that runs a step. */
export const stepTaskName = 'secretsmanager.run-step'

/** What that task is given. */
export interface StepRun extends RotationRun {
  readonly step: RotationStep
}

/** The steps of a rotation, or of the test of one. */
export function stepsOf({ isTest }: Pick<RotationRun, 'isTest'>): readonly RotationStep[] {
  return isTest ? ['testSecret'] : ['createSecret', 'setSecret', 'testSecret', 'finishSecret']
}

/** What a run of a secret's rotation is given. */
function runOf(row: SecretRow, running: RunningRotation, at: Date): RotationRun {
  const { name, arn, rotation, owningService } = row
  const { token, rotationToken, attempt, isTest = false } = running
  const lambdaArn = rotation?.lambdaArn
  return {
    name,
    arn,
    token,
    rotationToken,
    attempt,
    isTest,
    ...(lambdaArn !== undefined && { lambdaArn }),
    ...(owningService !== undefined && { owner: owningService }),
    at: at.toISOString(),
  }
}

function launch(ctx: Context, row: SecretRow, running: RunningRotation, at: Date): void {
  const run = runOf(row, running, at)
  const [step = 'createSecret'] = stepsOf(run)
  announce(ctx, row, run.isTest ? 'TestRotationStarted' : 'RotationStarted')
  const { account, region } = row
  ctx.enqueue({ name: stepTaskName }, { ...run, step } satisfies StepRun, { account, region })
}

/**
 * Begins a rotation: its version exists from now on, without a value, and is AWSPENDING. A test
 * brings the value of its version along.
 */
export function begin(
  ctx: Context,
  { row, tables }: { readonly row: SecretRow; readonly tables: Tables },
  how: { readonly token: string; readonly at: Date; readonly isTest?: boolean },
): SecretRow {
  const { token, at, isTest = false } = how
  const known = versionOf(row.versions, token)
  const added = known
    ? row.versions
    : [...row.versions, { id: token, stages: [], createdAt: ctx.now.toISOString() }]
  const running: RunningRotation = {
    token,
    rotationToken: ctx.ids.uuid(),
    attempt: 1,
    ...(isTest && { isTest: true as const }),
  }
  const rotation: SecretRotation = { ...(row.rotation ?? { enabled: true }), running }
  const next = { ...row, versions: labelled(added, token, [stage.pending]), rotation }
  launch(ctx, next, running, at)
  return saveSecret(ctx, tables, next)
}

/** Tries the whole of a rotation again, with the version that it had. */
export function resume(
  ctx: Context,
  { row, tables }: { readonly row: SecretRow; readonly tables: Tables },
  at: Date,
): SecretRow {
  const { rotation } = row
  const pending = row.versions.find(({ stages }) => stages.includes(stage.pending))
  const token = rotation?.running?.token ?? pending?.id
  if (!rotation || token === undefined) return row
  const running: RunningRotation = {
    token,
    rotationToken: ctx.ids.uuid(),
    attempt: (rotation.running?.attempt ?? 0) + 1,
  }
  const next = { ...row, rotation: { ...rotation, running } }
  launch(ctx, next, running, at)
  tables.table(secrets).put(row.name, next)
  return next
}
