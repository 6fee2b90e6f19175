import {
  DeletePermissionPolicy$,
  GetPermissionPolicy$,
  PutPermissionPolicy$,
} from '@aws-sdk/client-wafv2'
import type {
  DeletePermissionPolicyRequest,
  GetPermissionPolicyRequest,
  GetPermissionPolicyResponse,
  PutPermissionPolicyRequest,
} from '@aws-sdk/client-wafv2'
import { PolicySyntaxError } from '@bartizan/policy'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { entityAccess, required, seekByArn, type EntitySubject } from './entities.ts'
import { invalidPolicy, nonexistent } from './errors.ts'
import { compileGroupPolicy } from './group-policy.ts'
import { permissionPolicies } from './store.ts'

const needed = ['wafv2:createwebacl', 'wafv2:updatewebacl', 'wafv2:putfirewallmanagerrulegroups']
const permitted = [...needed, 'wafv2:getrulegroup']

/** Refuses what AWS WAF does not take as a rule group's policy. Throws WAFInvalidPermissionPolicyException. */
function checkPolicy(text: string): void {
  let statements: readonly Record<string, unknown>[]
  try {
    compileGroupPolicy(text)
    const { Statement } = JSON.parse(text) as { readonly Statement: unknown }
    statements = (Array.isArray(Statement) ? Statement : [Statement]) as typeof statements
  } catch (error) {
    if (!(error instanceof PolicySyntaxError || error instanceof SyntaxError)) throw error
    throw invalidPolicy(`The policy is not valid: ${error.message}`)
  }
  for (const statement of statements) checkStatement(statement)
}

function checkStatement(statement: Readonly<Record<string, unknown>>): void {
  if (statement['Effect'] !== 'Allow') throw invalidPolicy('The policy must specify Effect Allow.')
  if ('Resource' in statement || 'NotResource' in statement) {
    throw invalidPolicy('The policy must not include a Resource.')
  }
  const listed = statement['Action']
  const actions = (Array.isArray(listed) ? listed : [listed]).map((each) =>
    String(each).toLowerCase(),
  )
  if (!needed.every((action) => actions.includes(action))) {
    throw invalidPolicy(
      'The policy must specify wafv2:CreateWebACL, wafv2:UpdateWebACL and wafv2:PutFirewallManagerRuleGroups.',
    )
  }
  const extra = actions.find((action) => !permitted.includes(action))
  if (extra !== undefined) throw invalidPolicy(`The policy must not specify the action ${extra}.`)
}

/** PutPermissionPolicy: shares a rule group. */
export const PutPermissionPolicy = operation<PutPermissionPolicyRequest, object, EntitySubject>(
  PutPermissionPolicy$,
  {
    resolve: ({ ResourceArn = '' }, ctx) => seekByArn(ctx, ResourceArn, 'rulegroup'),
    access: (_input, _ctx, subject) => entityAccess(subject),
    async handle({ Policy = '' }, ctx, subject) {
      const { arn } = required(subject)
      checkPolicy(Policy)
      const policy = await storedPolicy(ctx, Policy, ({ value }) =>
        invalidPolicy(`The policy names a principal that does not exist: ${value}`),
      )
      ctx.store.table(permissionPolicies).put(arn, { arn, policy })
      return {}
    },
  },
)

/** GetPermissionPolicy. */
export const GetPermissionPolicy = operation<
  GetPermissionPolicyRequest,
  GetPermissionPolicyResponse,
  EntitySubject
>(GetPermissionPolicy$, {
  resolve: ({ ResourceArn = '' }, ctx) => seekByArn(ctx, ResourceArn, 'rulegroup'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle(_input, ctx, subject) {
    const row = await ctx.store.table(permissionPolicies).get(required(subject).arn)
    if (!row) throw nonexistent()
    return { Policy: await shownPolicy(ctx, row.policy) }
  },
})

/** DeletePermissionPolicy. */
export const DeletePermissionPolicy = operation<
  DeletePermissionPolicyRequest,
  object,
  EntitySubject
>(DeletePermissionPolicy$, {
  resolve: ({ ResourceArn = '' }, ctx) => seekByArn(ctx, ResourceArn, 'rulegroup'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle(_input, ctx, subject) {
    const { arn } = required(subject)
    const table = ctx.store.table(permissionPolicies)
    if (!(await table.get(arn))) throw nonexistent()
    table.delete(arn)
    return {}
  },
})
