import type { Context } from '../../kernel/context.ts'
import { groupsIn } from './actions.ts'
import { allOf } from './listing.ts'
import { listeners, rules } from './store.ts'

/** The load balancers that send requests to a target group, by the group's ARN. */
export type GroupUsers = ReadonlyMap<string, ReadonlySet<string>>

/** Which load balancers use which target groups, by their listeners' rules. */
export async function usersOfGroups(ctx: Context): Promise<GroupUsers> {
  const users = new Map<string, Set<string>>()
  const note = (group: string, loadBalancer: string): void => {
    const known = users.get(group)
    if (known) known.add(loadBalancer)
    else users.set(group, new Set([loadBalancer]))
  }
  const owners = new Map<string, string>()
  for (const { arn, loadBalancer, defaultActions } of await allOf(ctx, listeners)) {
    owners.set(arn, loadBalancer)
    for (const group of groupsIn(defaultActions)) note(group, loadBalancer)
  }
  for (const { listener, actions } of await allOf(ctx, rules)) {
    for (const group of groupsIn(actions)) note(group, owners.get(listener) ?? '')
  }
  return users
}
