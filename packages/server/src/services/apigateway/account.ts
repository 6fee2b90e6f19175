import { GetAccount$, UpdateAccount$ } from '@aws-sdk/client-api-gateway'
import type { Account, GetAccountRequest, UpdateAccountRequest } from '@aws-sdk/client-api-gateway'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { gatewayArn, type Verb } from './api-reference.ts'
import { badRequest } from './errors.ts'
import { patched, text } from './patch.ts'
import { accounts } from './store.ts'

const key = 'account'

function accountOut({ cloudwatchRoleArn }: { readonly cloudwatchRoleArn?: string }): Account {
  return {
    ...(cloudwatchRoleArn !== undefined && { cloudwatchRoleArn }),
    throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
    features: ['UsagePlans'],
    apiKeyVersion: '4',
  }
}

const accountAccess = (ctx: Context, verb: Verb) => ({
  action: `apigateway:${verb}`,
  resource: gatewayArn(ctx.region, '/account'),
  resourceAccount: ctx.account,
})

/** GetAccount. */
export const GetAccount = operation<GetAccountRequest, Account>(GetAccount$, {
  access: (_input, ctx) => accountAccess(ctx, 'GET'),
  handle: async (_input, ctx) => accountOut((await ctx.store.table(accounts).get(key)) ?? {}),
})

/** UpdateAccount: the role that writes logs. */
export const UpdateAccount = operation<UpdateAccountRequest, Account>(UpdateAccount$, {
  access: (_input, ctx) => accountAccess(ctx, 'PATCH'),
  async handle(input, ctx) {
    const table = ctx.store.table(accounts)
    const before = (await table.get(key)) ?? {}
    const row = patched(before, input.patchOperations, [
      text<{ readonly cloudwatchRoleArn?: string }>('/cloudwatchRoleArn', 'cloudwatchRoleArn'),
    ])
    const { cloudwatchRoleArn: role = '' } = row
    if (role !== '' && !/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(role)) {
      throw badRequest(
        'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
      )
    }
    table.put(key, role === '' ? {} : row)
    return accountOut(role === '' ? {} : row)
  },
})
