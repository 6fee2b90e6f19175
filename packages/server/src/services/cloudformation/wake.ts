import type { Context } from '../../kernel/context.ts'

/** What a run of the deployment's task is about. */
export interface Deploying {
  readonly uuid: string
  readonly deploymentId: string
}

/** The name of the task that deploys. */
export const deployTaskName = 'cloudformation.deploy'

/** Has a stack's deployment go on, now or at a time. Runs of one stack never overlap. */
export function goOn(ctx: Context, deploying: Deploying, due?: Date): void {
  const order = `${deployTaskName}/${deploying.uuid}`
  const options = due === undefined ? { order } : { due }
  ctx.enqueue({ name: deployTaskName }, { ...deploying }, options)
}
