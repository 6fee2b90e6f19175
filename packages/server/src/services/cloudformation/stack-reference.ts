import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { definitionOf } from './definitions.ts'
import { noStack } from './errors.ts'
import { stackNames, stacks, type StackRow } from './store.ts'

/** A stack by name, or by id, which finds deleted ones too. */
export async function findStack(ctx: Context, name = ''): Promise<StackRow | undefined> {
  const view = ctx.store.table(stacks)
  if (name.startsWith('arn:')) {
    const row = await view.get(name.slice(name.lastIndexOf('/') + 1))
    return row?.id === name ? row : undefined
  }
  const live = await ctx.store.table(stackNames).get(name)
  return live && view.get(live.uuid)
}

/** A stack that must be there. Throws ValidationError. */
export function requireStack(stack: StackRow | undefined, name = ''): StackRow {
  if (!stack) throw noStack(name)
  return stack
}

/** Access to a stack: its ARN, and its tags as conditions. */
export function stackAccess(
  ctx: Context,
  stack: StackRow | undefined,
  name = '',
  conditions: Access['conditions'] = {},
): Access {
  const arn = name.startsWith('arn:')
    ? name
    : `arn:aws:cloudformation:${ctx.region}:${ctx.account}:stack/${name}/*`
  const tags = stack ? definitionOf(stack).tags : []
  return {
    resource: stack?.id ?? arn,
    resourceAccount: ctx.account,
    conditions: { ...conditions, ...resourceTagConditions(tags) },
  }
}
