import {
  ModifyDBCluster$,
  RebootDBCluster$,
  StartDBCluster$,
  StopDBCluster$,
} from '@aws-sdk/client-rds'
import type {
  ModifyDBClusterMessage,
  ModifyDBClusterResult,
  RebootDBClusterMessage,
  RebootDBClusterResult,
  StartDBClusterMessage,
  StartDBClusterResult,
  StopDBClusterMessage,
  StopDBClusterResult,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestFacts } from './access.ts'
import { clusterShownOf, refuseAbsentOfCluster } from './cluster-input.ts'
import { clusterNamed, membersOf, needClusterStatus } from './cluster-reference.ts'
import { clusterView } from './cluster-view.ts'
import { checkPort, databaseOf } from './database-rows.ts'
import { driverFor } from './engines/drivers.ts'
import { chooseVersion } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { checkPassword, withoutBlanks } from './identifiers.ts'
import { checkWindows } from './instance-input.ts'
import { changeManagedPassword } from './master-secret.ts'
import { groupFor } from './parameter-values.ts'
import { startAgainJob } from './start-again.ts'
import { clusters, instances, type ClusterRow } from './store.ts'
import { changeTask, enqueueWork, powerTask, type Change } from './work.ts'

/** ModifyDBCluster. */
export const ModifyDBCluster = operation<ModifyDBClusterMessage, ModifyDBClusterResult, ClusterRow>(
  ModifyDBCluster$,
  {
    resolve: (input, ctx) => clusterNamed(ctx, input.DBClusterIdentifier),
    access: (input, _ctx, row) =>
      accessTo('cluster', row, requestFacts({ ...input, Engine: row.engine })),
    async handle(given, ctx, row) {
      const input = withoutBlanks(given)
      needClusterStatus(row, ['available'])
      refuseAbsentOfCluster({ ...input })
      checkWindows(input)
      const group = await changedGroup(input, ctx, row)
      const change = await serverChange(input, ctx, row)
      const secret = await changeManagedPassword(ctx, row, input)
      const work = secret.verifier === undefined ? change : { ...change, verifier: secret.verifier }
      const isWork = Object.keys(work).length > 0
      const busy = work.verifier === undefined ? 'modifying' : 'resetting-master-credentials'
      const changed: ClusterRow = {
        ...secret.row,
        ...group,
        status: isWork ? busy : row.status,
        deletionProtection: input.DeletionProtection ?? row.deletionProtection,
        shown: { ...row.shown, ...clusterShownOf({ ...input }) },
      }
      ctx.store.table(clusters).put(row.identifier, changed)
      if (isWork) enqueueWork(ctx, changeTask, { id: row.resourceId, ...work })
      return { DBCluster: await clusterView(ctx, changed) }
    },
  },
)

async function changedGroup(
  input: ModifyDBClusterMessage,
  ctx: Context,
  row: ClusterRow,
): Promise<Partial<ClusterRow>> {
  const version = await chooseVersion(ctx, row.engine, String(row.shown['EngineVersion']))
  if (input.EngineVersion !== undefined) {
    const asked = await chooseVersion(ctx, row.engine, input.EngineVersion)
    if (asked.engineVersion !== version.engineVersion) {
      throw invalidCombination(
        `Cannot upgrade ${row.engine} from ${version.engineVersion} to ${asked.engineVersion}`,
      )
    }
  }
  const name = input.DBClusterParameterGroupName
  if (name === undefined) return {}
  const group = await groupFor(ctx, 'cluster-pg', name, version)
  if (group.name === row.parameterGroup) return {}
  return { parameterGroup: group.name, parameterStatus: 'pending-reboot' }
}

async function serverChange(
  input: ModifyDBClusterMessage,
  ctx: Context,
  row: ClusterRow,
): Promise<Omit<Change, 'id'>> {
  const { MasterUserPassword: password, Port: port } = input
  const driver = driverFor(row.engine)
  if (password !== undefined) {
    if (row.masterSecret && input.ManageMasterUserPassword !== false) {
      throw invalidCombination(
        "You can't specify MasterUserPassword for a cluster with ManageMasterUserPassword enabled.",
      )
    }
    checkPassword(driver.id, password)
  }
  const server = await databaseOf(ctx, row.resourceId)
  const isMoved = port !== undefined && port !== server.port
  if (isMoved) await checkPort(ctx, port)
  return {
    ...(password !== undefined && { verifier: driver.verifierOf(password) }),
    ...(isMoved && { port }),
  }
}

async function become(ctx: Context, row: ClusterRow, status: string): Promise<ClusterRow> {
  const changed = { ...row, status }
  ctx.store.table(clusters).put(row.identifier, changed)
  for (const member of await membersOf(ctx, row.identifier)) {
    ctx.store.table(instances).put(member.identifier, { ...member, status })
  }
  return changed
}

const restartDays = 7
const dayMs = 86_400_000

/** StopDBCluster; it starts by itself after seven days. */
export const StopDBCluster = operation<StopDBClusterMessage, StopDBClusterResult, ClusterRow>(
  StopDBCluster$,
  {
    resolve: (input, ctx) => clusterNamed(ctx, input.DBClusterIdentifier),
    access: (_input, _ctx, row) => accessTo('cluster', row),
    async handle(_input, ctx, row) {
      needClusterStatus(row, ['available'])
      const due = new Date(ctx.now.getTime() + restartDays * dayMs)
      ctx.schedule.at(startAgainJob, row.resourceId, due)
      enqueueWork(ctx, powerTask, { id: row.resourceId, to: 'stop' })
      const shown = { ...row.shown, AutomaticRestartTime: due.toISOString() }
      const stopping = await become(ctx, { ...row, shown }, 'stopping')
      return { DBCluster: await clusterView(ctx, stopping) }
    },
  },
)

/** StartDBCluster. */
export const StartDBCluster = operation<StartDBClusterMessage, StartDBClusterResult, ClusterRow>(
  StartDBCluster$,
  {
    resolve: (input, ctx) => clusterNamed(ctx, input.DBClusterIdentifier),
    access: (_input, _ctx, row) => accessTo('cluster', row),
    async handle(_input, ctx, row) {
      needClusterStatus(row, ['stopped', 'incompatible-parameters', 'incompatible-network'])
      ctx.schedule.cancel(startAgainJob, row.resourceId)
      enqueueWork(ctx, powerTask, { id: row.resourceId, to: 'start' })
      const { AutomaticRestartTime: _due, ...shown } = row.shown
      const starting = await become(ctx, { ...row, shown }, 'starting')
      return { DBCluster: await clusterView(ctx, starting) }
    },
  },
)

/** RebootDBCluster: every parameter is in force afterwards. */
export const RebootDBCluster = operation<RebootDBClusterMessage, RebootDBClusterResult, ClusterRow>(
  RebootDBCluster$,
  {
    resolve: (input, ctx) => clusterNamed(ctx, input.DBClusterIdentifier),
    access: (_input, _ctx, row) => accessTo('cluster', row),
    async handle(_input, ctx, row) {
      needClusterStatus(row, ['available', 'incompatible-parameters'])
      enqueueWork(ctx, powerTask, { id: row.resourceId, to: 'reboot' })
      return { DBCluster: await clusterView(ctx, await become(ctx, row, 'rebooting')) }
    },
  },
)
