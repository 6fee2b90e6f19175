import type { Context } from '../../kernel/context.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { invalidAttribute } from './errors.ts'
import type { QueueRow } from './store.ts'

type Attributes = QueueRow['attributes']

/** Attributes as they are kept: users and roles in a policy by unique id. Throws InvalidAttributeValue. */
export async function keptAttributes(ctx: Context, attributes: Attributes): Promise<Attributes> {
  const { Policy } = attributes
  if (Policy === undefined) return attributes
  const kept = await storedPolicy(ctx, Policy, () => invalidAttribute('Policy'))
  return { ...attributes, Policy: kept }
}

/** A queue whose policy names users and roles as it is shown. */
export async function withShownPolicy(ctx: Context, queue: QueueRow): Promise<QueueRow> {
  const { Policy } = queue.attributes
  if (Policy === undefined) return queue
  const shown = await shownPolicy(ctx, Policy)
  return { ...queue, attributes: { ...queue.attributes, Policy: shown } }
}
