import type { Context, Principal } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { ResourceContext } from '../../kernel/resource-type.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { StackDefinition, StackRow, Step } from './store.ts'
import { typedInput } from './typed-input.ts'

/** Calls another service as a stack's role, or else as who deploys it. */
export function callAsStack(
  ctx: Context,
  stack: StackRow,
): (service: string, operation: string, input: object) => Promise<Record<string, unknown>> {
  const { roleArn } = JSON.parse(stack.definition) as StackDefinition
  const service = 'cloudformation.amazonaws.com'
  const actor =
    roleArn === undefined
      ? { service, onBehalfOf: JSON.parse(stack.deployer) as Principal }
      : { service, roleArn, sessionName: 'AWSCloudFormation', sourceArn: stack.id }
  return async (id, operation, input) =>
    ctx.callAs(actor, id, operation, await typedInput(ctx, [id, operation], input))
}

/** Lets time pass by the server's own timers. */
const pauses = defineRuntime(
  'cloudformation.pauses',
  ({ kernel }) =>
    (ms: number) =>
      new Promise<void>((resolve) => kernel.clock.after(ms, resolve)),
)

/** What a resource type works with, for one step. */
export function resourceContext(
  ctx: Context,
  stack: StackRow,
  step: Pick<Step, 'logicalId' | 'suffix'> & { readonly isRetry: boolean },
): ResourceContext {
  const call = callAsStack(ctx, stack)
  return {
    account: ctx.account,
    region: ctx.region,
    stackId: stack.id,
    stackName: stack.name,
    logicalId: step.logicalId,
    isRetry: step.isRetry,
    call,
    tryCall: async (codes, ...named) => {
      try {
        return await call(...named)
      } catch (error) {
        if (error instanceof AwsError && codes.includes(error.code)) return undefined
        throw error
      }
    },
    pause: (ms) => ctx.runtime(pauses)(ms),
    newName: ({ maxLength = 64, lowerCase = false } = {}) => {
      const room = maxLength - step.suffix.length - 1
      const stem = `${stack.name}-${step.logicalId}`.slice(0, room)
      const name = `${stem}-${step.suffix}`
      return lowerCase ? name.toLowerCase() : name
    },
  }
}
