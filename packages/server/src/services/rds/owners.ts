import type { Context } from '../../kernel/context.ts'
import { note, type EventKind } from './rds-events.ts'
import {
  clusters,
  instances,
  type ClusterRow,
  type DatabaseRow,
  type InstanceRow,
} from './store.ts'

/** What changes of an instance and of a cluster alike. */
export type OwnerChange = Partial<
  Pick<
    InstanceRow & ClusterRow,
    'status' | 'endpoint' | 'parameterStatus' | 'masterSecret' | 'createdAt'
  >
>

/** Changes the instance or cluster that a database server belongs to, and tells of it. */
export async function changeOwner(
  ctx: Context,
  database: DatabaseRow,
  change: OwnerChange,
  event?: EventKind,
): Promise<void> {
  const { identifier } = database
  const owner = await ownerOf(ctx, database)
  if (!owner) return
  const { type } = owner
  if (type === 'db-instance') {
    ctx.store.table(instances).put(identifier, { ...owner.row, ...change })
  } else {
    ctx.store.table(clusters).put(identifier, { ...owner.row, ...change })
    await changeMembers(ctx, identifier, change)
  }
  if (event) note(ctx, { type, identifier, arn: owner.row.arn }, event)
}

/** Statuses that members of a cluster have only while its server changes. */
const passing = new Set(['rebooting', 'starting', 'stopping', 'stopped', 'available'])

/** The members of a cluster are one server, and so start, stop and move together. */
async function changeMembers(
  ctx: Context,
  cluster: string,
  { status, endpoint, parameterStatus }: OwnerChange,
): Promise<void> {
  const table = ctx.store.table(instances)
  for (const { key, value } of await table.list({ index: 'cluster', equals: cluster })) {
    const isStill = status !== undefined && passing.has(value.status) && passing.has(status)
    table.put(key, {
      ...value,
      ...(isStill && { status }),
      ...(endpoint && value.endpoint && { endpoint }),
      ...(parameterStatus && { parameterStatus }),
    })
  }
}

/** Takes the instance or cluster of a server that is gone off the list. */
export async function removeOwner(ctx: Context, database: DatabaseRow): Promise<void> {
  const { identifier } = database
  const owner = await ownerOf(ctx, database)
  if (!owner) return
  const { type, row } = owner
  const isInstance = type === 'db-instance'
  if (isInstance) ctx.store.table(instances).delete(identifier)
  else ctx.store.table(clusters).delete(identifier)
  const event = isInstance
    ? { id: 'RDS-EVENT-0003', category: 'deletion', message: 'DB instance deleted' }
    : { id: 'RDS-EVENT-0171', category: 'deletion', message: 'DB cluster deleted' }
  note(ctx, { type, identifier, arn: row.arn }, event)
}

/** The instance or cluster that a database server belongs to; undefined once there is none. */
export async function ownerOf(
  ctx: Context,
  { kind, identifier, id }: DatabaseRow,
): Promise<
  | { readonly type: 'db-instance'; readonly row: InstanceRow }
  | { readonly type: 'db-cluster'; readonly row: ClusterRow }
  | undefined
> {
  if (kind === 'instance') {
    const row = await ctx.store.table(instances).get(identifier)
    return row?.resourceId === id ? { type: 'db-instance', row } : undefined
  }
  const row = await ctx.store.table(clusters).get(identifier)
  return row?.resourceId === id ? { type: 'db-cluster', row } : undefined
}
