import { RebootDBInstance$, StartDBInstance$, StopDBInstance$ } from '@aws-sdk/client-rds'
import type {
  RebootDBInstanceMessage,
  RebootDBInstanceResult,
  StartDBInstanceMessage,
  StartDBInstanceResult,
  StopDBInstanceMessage,
  StopDBInstanceResult,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo } from './access.ts'
import { invalidCombination, wrongInstanceState } from './errors.ts'
import { instanceNamed } from './instance-reference.ts'
import { instanceView } from './instance-view.ts'
import { clusterNamed } from './cluster-reference.ts'
import { refuseRegistered } from './registered.ts'
import { startAgainJob } from './start-again.ts'
import { instances, type InstanceRow } from './store.ts'
import { snapshotInstance } from './snapshot-making.ts'
import { enqueueWork, powerTask } from './work.ts'

const restartDays = 7
const dayMs = 86_400_000

async function become(ctx: Context, row: InstanceRow, status: string): Promise<InstanceRow> {
  const changed = { ...row, status }
  ctx.store.table(instances).put(row.identifier, changed)
  return changed
}

function needStatus(row: InstanceRow, wanted: readonly string[]): void {
  if (wanted.includes(row.status)) return
  throw wrongInstanceState(`Instance ${row.identifier} is not in ${wanted[0]} state.`)
}

function refuseMember({ clusterIdentifier, engine }: InstanceRow, what: string): void {
  if (clusterIdentifier === undefined) return
  throw invalidCombination(
    `${engine} DB instances are not eligible to be ${what}: use the DB cluster instead.`,
  )
}

/** StopDBInstance, after a snapshot where one is asked for; it starts by itself after seven days. */
export const StopDBInstance = operation<StopDBInstanceMessage, StopDBInstanceResult, InstanceRow>(
  StopDBInstance$,
  {
    resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
    access: (_input, _ctx, row) => accessTo('db', row),
    async handle(input, ctx, row) {
      refuseMember(row, 'stopped')
      refuseRegistered(row, 'stopped')
      needStatus(row, ['available'])
      if (input.DBSnapshotIdentifier) await snapshotInstance(ctx, row, input.DBSnapshotIdentifier)
      const due = new Date(ctx.now.getTime() + restartDays * dayMs)
      ctx.schedule.at(startAgainJob, row.resourceId, due)
      enqueueWork(ctx, powerTask, { id: row.resourceId, to: 'stop' })
      const shown = { ...row.shown, AutomaticRestartTime: due.toISOString() }
      return {
        DBInstance: await instanceView(ctx, await become(ctx, { ...row, shown }, 'stopping')),
      }
    },
  },
)

/** StartDBInstance. */
export const StartDBInstance = operation<
  StartDBInstanceMessage,
  StartDBInstanceResult,
  InstanceRow
>(StartDBInstance$, {
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access: (_input, _ctx, row) => accessTo('db', row),
  async handle(_input, ctx, row) {
    refuseMember(row, 'started')
    refuseRegistered(row, 'started')
    needStatus(row, ['stopped', 'incompatible-network', 'incompatible-parameters'])
    ctx.schedule.cancel(startAgainJob, row.resourceId)
    enqueueWork(ctx, powerTask, { id: row.resourceId, to: 'start' })
    const { AutomaticRestartTime: _due, ...shown } = row.shown
    return { DBInstance: await instanceView(ctx, await become(ctx, { ...row, shown }, 'starting')) }
  },
})

/** RebootDBInstance: every parameter is in force afterwards. */
export const RebootDBInstance = operation<
  RebootDBInstanceMessage,
  RebootDBInstanceResult,
  InstanceRow
>(RebootDBInstance$, {
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access: (_input, _ctx, row) => accessTo('db', row),
  async handle(input, ctx, row) {
    refuseRegistered(row, 'rebooted')
    needStatus(row, ['available', 'incompatible-parameters'])
    if (input.ForceFailover) {
      throw invalidCombination(
        'Cannot reboot instance with failover: it is one process on one machine.',
      )
    }
    const cluster = row.clusterIdentifier && (await clusterNamed(ctx, row.clusterIdentifier))
    const id = cluster ? cluster.resourceId : row.resourceId
    enqueueWork(ctx, powerTask, { id, to: 'reboot' })
    return { DBInstance: await instanceView(ctx, await become(ctx, row, 'rebooting')) }
  },
})
