import { parseArn } from '@bartizan/policy'
import type { Task } from '../../kernel/tasks.ts'
import { answer } from './callbacks.ts'
import { callAsStack } from './stack-calls.ts'
import { stacks } from './store.ts'

/** Hands a custom resource's request to its function or topic; a refusal is the resource's failure. */
export const invokeTask: Task<{
  readonly uuid: string
  readonly token: string
  readonly serviceToken: string
  readonly message: string
}> = {
  name: 'cloudformation.invoke-custom-resource',
  async run(ctx, { uuid, token, serviceToken, message }) {
    const stack = await ctx.store.table(stacks).get(uuid)
    if (!stack) return undefined
    const call = callAsStack(ctx, stack)
    try {
      if (parseArn(serviceToken)?.service === 'sns') {
        const Subject = 'AWS CloudFormation custom resource request'
        await call('sns', 'Publish', { TopicArn: serviceToken, Subject, Message: message })
      } else {
        const Payload = Buffer.from(message)
        await call('lambda', 'Invoke', {
          FunctionName: serviceToken,
          InvocationType: 'Event',
          Payload,
        })
      }
    } catch (error) {
      const Reason = error instanceof Error ? error.message : String(error)
      await answer(ctx, token, JSON.stringify({ Status: 'FAILED', Reason }))
    }
    return undefined
  },
}
