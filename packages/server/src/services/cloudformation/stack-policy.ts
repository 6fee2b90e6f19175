import { GetStackPolicy$, SetStackPolicy$ } from '@aws-sdk/client-cloudformation'
import type {
  GetStackPolicyInput,
  GetStackPolicyOutput,
  SetStackPolicyInput,
} from '@aws-sdk/client-cloudformation'
import { operation } from '../../kernel/service.ts'
import { validation } from './errors.ts'
import { findStack, requireStack, stackAccess } from './stack-reference.ts'
import { settings, type StackRow } from './store.ts'
import { checkPolicyText } from './policy-document.ts'

/** SetStackPolicy: what updates may touch. */
export const SetStackPolicy = operation<SetStackPolicyInput, object, StackRow | undefined>(
  SetStackPolicy$,
  {
    resolve: (input, ctx) => findStack(ctx, input.StackName),
    access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
    async handle(input, ctx, found) {
      const stack = requireStack(found, input.StackName)
      const policy = input.StackPolicyBody
      if (policy === undefined)
        throw validation('Either StackPolicyBody or StackPolicyURL is needed.')
      checkPolicyText(policy)
      const view = ctx.store.table(settings)
      const before = (await view.get(stack.uuid)) ?? { isProtected: false }
      view.put(stack.uuid, { ...before, policy })
      return {}
    },
  },
)

/** GetStackPolicy. */
export const GetStackPolicy = operation<
  GetStackPolicyInput,
  GetStackPolicyOutput,
  StackRow | undefined
>(GetStackPolicy$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    const stack = requireStack(found, input.StackName)
    const row = await ctx.store.table(settings).get(stack.uuid)
    return row?.policy === undefined ? {} : { StackPolicyBody: row.policy }
  },
})
