import type { Context } from '../../kernel/context.ts'
import type { Again, Task } from '../../kernel/tasks.ts'
import { databaseHost, type DatabaseHost } from './database-host.ts'
import { EngineError } from './engines/engine.ts'
import { changeOwner, removeOwner } from './owners.ts'
import { inForce } from './parameters-in-force.ts'
import { note, type EventKind } from './rds-events.ts'
import { databases, instances, type DatabaseRow } from './store.ts'

/** What a new server is filled with. */
export type Content =
  | { readonly verifier: string; readonly databaseName?: string }
  | { readonly snapshot: string; readonly verifier?: string }
  | { readonly dump: string; readonly verifier: string; readonly databaseName?: string }

const elsewhereMs = 1_000

/** Does work on a database server's node; another node leaves it to that one. What goes wrong shows in its status. */
export async function onNode(
  ctx: Context,
  id: string,
  work: (host: DatabaseHost, row: DatabaseRow) => Promise<void>,
): Promise<Again | undefined> {
  const row = await ctx.store.table(databases).get(id)
  if (!row) return undefined
  const host = ctx.runtime(databaseHost)
  if (row.node !== host.node()) return { retryAt: new Date(ctx.now.getTime() + elsewhereMs) }
  try {
    await work(host, row)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const message = `The database server could not be changed: ${error.message}`
    const event = { id: 'RDS-EVENT-0035', category: 'failure', message: message.slice(0, 1000) }
    await changeOwner(ctx, row, { status: failedStatus(error) }, event)
  }
  return undefined
}

function failedStatus({ message }: EngineError): string {
  if (/^port \d+ is taken|cannot be reached/.test(message)) return 'incompatible-network'
  return /did not start/.test(message) ? 'incompatible-parameters' : 'failed'
}

function place(host: DatabaseHost, row: DatabaseRow, port: number) {
  return { endpoint: { address: host.address(row.isPublic), port } }
}

/** Makes a new server and starts it. */
export const provisionTask: Task<{ id: string; content: Content }> = {
  name: 'rds.provision',
  run: (ctx, { id, content }) =>
    onNode(ctx, id, async (host, row) => {
      const { adminPassword, masterUsername } = row
      const filling =
        'snapshot' in content
          ? content
          : {
              adminPassword,
              masterUsername,
              masterVerifier: content.verifier,
              databaseName: content.databaseName,
            }
      const port = await host.create(row, filling)
      if ('dump' in content) await host.load({ ...row, port }, content.dump, content.databaseName)
      if ('snapshot' in content && content.verifier !== undefined) {
        await host.setPassword({ ...row, port }, masterUsername, content.verifier)
      }
      ctx.store.table(databases).put(id, { ...row, port, isWanted: true })
      const what = row.kind === 'instance' ? 'DB instance' : 'DB cluster'
      const event =
        'snapshot' in content || 'dump' in content
          ? { id: 'RDS-EVENT-0043', category: 'restoration', message: `Restored from snapshot` }
          : { id: 'RDS-EVENT-0005', category: 'creation', message: `${what} created` }
      const available = { status: 'available', createdAt: ctx.now.toISOString() }
      await changeOwner(ctx, row, { ...available, ...place(host, row, port) }, event)
    }),
}

/** What is to be changed of a running server. */
export interface Change {
  readonly id: string
  /** Of the master user's new password. */
  readonly verifier?: string
  readonly port?: number
  readonly isPublic?: boolean
}

/** Changes a server that is there; a new address needs a restart. */
export const changeTask: Task<Change> = {
  name: 'rds.change',
  run: (ctx, { id, verifier, port, isPublic }) =>
    onNode(ctx, id, async (host, row) => {
      if (verifier !== undefined) await host.setPassword(row, row.masterUsername, verifier)
      const moved = { ...row, port: port ?? row.port ?? 0, isPublic: isPublic ?? row.isPublic }
      const isMoved = moved.port !== row.port || moved.isPublic !== row.isPublic
      if (isMoved) await host.restart(moved)
      ctx.store.table(databases).put(id, moved)
      const event =
        verifier === undefined
          ? {
              id: 'RDS-EVENT-0014',
              category: 'configuration change',
              message: 'Finished applying modification',
            }
          : {
              id: 'RDS-EVENT-0016',
              category: 'configuration change',
              message: 'Reset master credentials',
            }
      await changeOwner(ctx, row, { status: 'available', ...place(host, moved, moved.port) }, event)
    }),
}

const powerEvents: Readonly<Record<'stop' | 'start' | 'reboot', EventKind>> = {
  stop: { id: 'RDS-EVENT-0087', category: 'notification', message: 'DB instance stopped' },
  start: { id: 'RDS-EVENT-0088', category: 'notification', message: 'DB instance started' },
  reboot: { id: 'RDS-EVENT-0006', category: 'availability', message: 'DB instance restarted' },
}

/** Stops, starts or restarts a server; the latter two put every parameter in force. */
export const powerTask: Task<{ id: string; to: 'stop' | 'start' | 'reboot' }> = {
  name: 'rds.power',
  run: (ctx, { id, to }) =>
    onNode(ctx, id, async (host, row) => {
      const table = ctx.store.table(databases)
      if (to === 'stop') {
        await host.halt(row)
        table.put(id, { ...row, isWanted: false })
        return changeOwner(ctx, row, { status: 'stopped' }, powerEvents[to])
      }
      const { parameters } = await inForce(ctx, row, { afterRestart: true })
      const wanted = { ...row, parameters, isWanted: true }
      table.put(id, wanted)
      const port = await host.restart(wanted)
      const change = {
        status: 'available',
        parameterStatus: 'in-sync',
        ...place(host, row, port),
      } as const
      return changeOwner(ctx, row, change, powerEvents[to])
    }),
}

/** Has a running server take over what was changed in its parameter groups, as far as it can without a restart. */
export const parametersTask: Task<{ id: string }> = {
  name: 'rds.parameters',
  run: (ctx, { id }) =>
    onNode(ctx, id, async (host, row) => {
      const { parameters, changed, isPending } = await inForce(ctx, row, { afterRestart: false })
      ctx.store.table(databases).put(id, { ...row, parameters })
      const refused = row.isWanted ? await host.reload({ ...row, parameters }, changed) : []
      const waits = isPending || refused.length > 0
      await changeOwner(ctx, row, { parameterStatus: waits ? 'pending-reboot' : 'in-sync' })
    }),
}

/** Makes a new member of a cluster available, once the cluster's server is up. */
export const joinTask: Task<{ id: string; member: string }> = {
  name: 'rds.join',
  run: (ctx, { id, member }) =>
    onNode(ctx, id, async (host, row) => {
      const table = ctx.store.table(instances)
      const instance = await table.get(member)
      if (!instance || row.port === undefined) return
      const available = {
        status: row.isWanted ? 'available' : 'stopped',
        createdAt: ctx.now.toISOString(),
      }
      table.put(member, { ...instance, ...available, ...place(host, row, row.port) })
      const event = { id: 'RDS-EVENT-0005', category: 'creation', message: 'DB instance created' }
      note(ctx, { type: 'db-instance', identifier: member, arn: instance.arn }, event)
    }),
}

/** Takes a member out of its cluster: the server goes on. */
export const leaveTask: Task<{ id: string; member: string }> = {
  name: 'rds.leave',
  async run(ctx, { member }) {
    const table = ctx.store.table(instances)
    const instance = await table.get(member)
    if (instance?.status !== 'deleting') return undefined
    table.delete(member)
    const event = { id: 'RDS-EVENT-0003', category: 'deletion', message: 'DB instance deleted' }
    note(ctx, { type: 'db-instance', identifier: member, arn: instance.arn }, event)
    return undefined
  },
}

/** Ends a server and removes its files. */
export const removeTask: Task<{ id: string }> = {
  name: 'rds.remove',
  run: (ctx, { id }) =>
    onNode(ctx, id, async (host, row) => {
      await host.remove(row)
      ctx.store.table(databases).delete(id)
      await removeOwner(ctx, row)
    }),
}

/** Has work done on a server, after what is to be done on it already. */
export function enqueueWork<Payload extends { readonly id: string }>(
  ctx: Context,
  task: Task<Payload>,
  payload: Payload,
): void {
  ctx.enqueue(task, payload, { order: `rds/${payload.id}` })
}
