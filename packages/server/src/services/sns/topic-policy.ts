import type { Context } from '../../kernel/context.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { invalidParameter } from './errors.ts'
import type { TopicRow } from './store.ts'

type Attributes = TopicRow['attributes']

/** Attributes as they are kept: users and roles in a policy by unique id. Throws InvalidParameter. */
export async function keptAttributes(ctx: Context, attributes: Attributes): Promise<Attributes> {
  const { Policy } = attributes
  if (Policy === undefined) return attributes
  const unknown = () => invalidParameter('Policy Error: PrincipalNotFound')
  return { ...attributes, Policy: await storedPolicy(ctx, Policy, unknown) }
}

/** A topic whose policy names users and roles as it is shown. */
export async function withShownPolicy(ctx: Context, topic: TopicRow): Promise<TopicRow> {
  const { Policy } = topic.attributes
  if (Policy === undefined) return topic
  const shown = await shownPolicy(ctx, Policy)
  return { ...topic, attributes: { ...topic.attributes, Policy: shown } }
}
