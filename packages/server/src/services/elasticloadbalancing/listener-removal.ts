import type { Context } from '../../kernel/context.ts'
import { allOf } from './listing.ts'
import { listeners, rules, type ListenerRow } from './store.ts'

/** Removes a listener with its rules. */
export async function removeListener(ctx: Context, { arn }: ListenerRow): Promise<void> {
  for (const rule of await allOf(ctx, rules, { index: 'listener', equals: arn })) {
    ctx.store.table(rules).delete(rule.arn)
  }
  ctx.store.table(listeners).delete(arn)
}
