import { compilePolicy, type PolicySource } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { entityKey, entityNamed } from './arns.ts'
import { entities, permissionPolicies, type EntityRow, type PermissionPolicyRow } from './store.ts'

/** A rule group's policy names no resource: it is about the group that it lies on. */
export function compileGroupPolicy(text: string): PolicySource['policy'] {
  const document = JSON.parse(text) as { readonly Statement?: unknown }
  const { Statement } = document
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as readonly object[]
  const whole = statements.map((statement) => ({ ...statement, Resource: '*' }))
  return compilePolicy(JSON.stringify({ ...document, Statement: whole }), 'resource')
}

const compiled = new WeakMap<PermissionPolicyRow, PolicySource>()

/** The policy that lies on a rule group, compiled. */
export async function groupPolicy(ctx: Context, arn: string): Promise<PolicySource | undefined> {
  const named = entityNamed(arn)
  if (!named) return undefined
  const { account, region } = named
  const row = await ctx.store.at({ account, region }).table(permissionPolicies).get(arn)
  if (!row) return undefined
  let source = compiled.get(row)
  if (!source) {
    source = { id: arn, policy: compileGroupPolicy(row.policy) }
    compiled.set(row, source)
  }
  return source
}

/** The entity of an ARN, in whichever account: for rules that refer to it and were allowed to. */
export async function entityAnywhere(ctx: Context, arn: string): Promise<EntityRow | undefined> {
  const named = entityNamed(arn)
  if (!named) return undefined
  const { account, region } = named
  const row = await ctx.store.at({ account, region }).table(entities).get(entityKey(named))
  return row?.arn === arn ? row : undefined
}
