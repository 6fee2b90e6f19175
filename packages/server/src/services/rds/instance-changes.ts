import { ModifyDBInstance$ } from '@aws-sdk/client-rds'
import type { ModifyDBInstanceMessage, ModifyDBInstanceResult } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestFacts } from './access.ts'
import { checkPort, databaseOf } from './database-rows.ts'
import { driverFor } from './engines/drivers.ts'
import { chooseVersion, isAurora } from './engine-versions.ts'
import { invalidCombination, wrongInstanceState } from './errors.ts'
import { checkPassword, withoutBlanks } from './identifiers.ts'
import { checkClass, checkStorage, checkWindows, refuseAbsent, shownOf } from './instance-input.ts'
import { instanceNamed } from './instance-reference.ts'
import { instanceView } from './instance-view.ts'
import { applyPending, scheduleMaintenance } from './maintenance.ts'
import { changeManagedPassword } from './master-secret.ts'
import { optionGroupFor } from './option-group-names.ts'
import { groupFor } from './parameter-values.ts'
import { refuseOwnOnly, registerTask } from './registered.ts'
import { instances, type InstanceRow } from './store.ts'
import { subnetGroupNamed } from './subnet-group-view.ts'
import { changeTask, enqueueWork, type Change } from './work.ts'

/** What waits for the maintenance window unless it is to be applied immediately. */
const deferred = [
  'AllocatedStorage',
  'DBInstanceClass',
  'MultiAZ',
  'Iops',
  'StorageThroughput',
  'StorageType',
  'LicenseModel',
] as const

/** ModifyDBInstance. */
export const ModifyDBInstance = operation<
  ModifyDBInstanceMessage,
  ModifyDBInstanceResult,
  InstanceRow
>(ModifyDBInstance$, {
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access: (input, _ctx, row) => accessTo('db', row, requestFacts({ ...input, Engine: row.engine })),
  async handle(given, ctx, row) {
    const input = withoutBlanks(given)
    checkState(row)
    checkChange(input, row)
    const groups = await changedGroups(input, ctx, row)
    const change = await serverChange(input, ctx, row)
    const secret = await changeManagedPassword(ctx, row, input)
    const work = secret.verifier === undefined ? change : { ...change, verifier: secret.verifier }
    const next = applyShown(input, { ...secret.row, ...groups })
    const changed: InstanceRow = {
      ...next,
      status: statusOf(row, work),
      isPublic: input.PubliclyAccessible ?? row.isPublic,
      deletionProtection: input.DeletionProtection ?? row.deletionProtection,
    }
    ctx.store.table(instances).put(row.identifier, changed)
    enqueueChange(ctx, row, work)
    if (Object.keys(changed.pending).length > 0) scheduleMaintenance(ctx, changed)
    return { DBInstance: await instanceView(ctx, changed) }
  },
})

function enqueueChange(
  ctx: Context,
  { resourceId: id, isRegistered }: InstanceRow,
  work: Omit<Change, 'id'>,
): void {
  const { verifier } = work
  if (isRegistered && verifier !== undefined) {
    enqueueWork(ctx, registerTask, { id, verifier, isNew: false })
  } else if (Object.keys(work).length > 0) enqueueWork(ctx, changeTask, { id, ...work })
}

function checkState({ status, identifier }: InstanceRow): void {
  if (['available', 'stopped', 'incompatible-parameters', 'incompatible-network'].includes(status))
    return
  throw wrongInstanceState(`Database instance ${identifier} is not in available state.`)
}

function checkChange(input: ModifyDBInstanceMessage, row: InstanceRow): void {
  refuseAbsent({ ...input })
  if (input.DBInstanceClass !== undefined) checkClass(input.DBInstanceClass)
  checkWindows(input)
  if (row.isRegistered) refuseOwnOnly({ ...input })
  const size = input.AllocatedStorage
  const had = Number(row.shown['AllocatedStorage'] ?? 0)
  if (size !== undefined && size < had) {
    throw invalidCombination(
      `Invalid storage size: the requested size ${size} is smaller than the current size ${had}.`,
    )
  }
  if (!isAurora(row.engine) && (size ?? input.StorageType) !== undefined) {
    const type = input.StorageType ?? String(row.shown['StorageType'])
    checkStorage(row.engine, type, size ?? had)
  }
  if (input.NewDBInstanceIdentifier !== undefined) {
    throw invalidCombination('Renaming is not available from this installation of RDS.')
  }
  if (row.clusterIdentifier !== undefined) {
    const ofCluster = ['MasterUserPassword', 'BackupRetentionPeriod', 'DBPortNumber'] as const
    const wrong = ofCluster.find((name) => input[name] !== undefined)
    if (wrong) throw invalidCombination(`${wrong} is changed on the DB cluster of this instance.`)
  }
}

/** The groups that an instance is to use; parameters of another group count after a restart. */
async function changedGroups(
  input: ModifyDBInstanceMessage,
  ctx: Context,
  row: InstanceRow,
): Promise<Partial<InstanceRow>> {
  if (row.isRegistered) return registeredGroups(input, ctx)
  const version = await chooseVersion(ctx, row.engine, String(row.shown['EngineVersion']))
  const { DBParameterGroupName: parameters, DBSubnetGroupName: subnets } = input
  if (input.EngineVersion !== undefined) {
    const asked = await chooseVersion(ctx, row.engine, input.EngineVersion)
    if (asked.engineVersion !== version.engineVersion) {
      throw invalidCombination(
        `Cannot upgrade ${row.engine} from ${version.engineVersion} to ${asked.engineVersion}`,
      )
    }
  }
  const group =
    parameters === undefined ? undefined : await groupFor(ctx, 'pg', parameters, version)
  const isOther = group !== undefined && group.name !== row.parameterGroup
  if (subnets !== undefined) await subnetGroupNamed(ctx, subnets)
  return {
    ...(isOther && { parameterGroup: group.name, parameterStatus: 'pending-reboot' as const }),
    ...(subnets !== undefined && { subnetGroup: subnets.toLowerCase() }),
    ...(input.OptionGroupName !== undefined && {
      optionGroup: await optionGroupFor(ctx, input.OptionGroupName, version),
    }),
  }
}

async function registeredGroups(
  { DBSubnetGroupName: subnets }: ModifyDBInstanceMessage,
  ctx: Context,
): Promise<Partial<InstanceRow>> {
  if (subnets === undefined) return {}
  await subnetGroupNamed(ctx, subnets)
  return { subnetGroup: subnets.toLowerCase() }
}

/** What is to be done to the server itself. */
async function serverChange(
  input: ModifyDBInstanceMessage,
  ctx: Context,
  row: InstanceRow,
): Promise<Omit<Change, 'id'>> {
  const { MasterUserPassword: password, DBPortNumber: port, PubliclyAccessible: isPublic } = input
  const driver = driverFor(row.engine)
  if (password !== undefined) {
    if (row.masterSecret && input.ManageMasterUserPassword !== false) {
      throw invalidCombination(
        "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
      )
    }
    checkPassword(driver.id, password)
  }
  if (row.clusterIdentifier !== undefined) return {}
  const server = await databaseOf(ctx, row.resourceId)
  if (row.isRegistered && port !== undefined && port !== row.endpoint?.port) {
    throw invalidCombination(
      'DBPortNumber of a registered database is its own operator’s to decide.',
    )
  }
  const isMoved = !row.isRegistered && port !== undefined && port !== server.port
  if (isMoved) await checkPort(ctx, port)
  const change = {
    ...(password !== undefined && { verifier: driver.verifierOf(password) }),
    ...(isMoved && { port }),
    ...(isPublic !== undefined && isPublic !== row.isPublic && { isPublic }),
  }
  if (Object.keys(change).length > 0 && row.status === 'stopped') {
    throw wrongInstanceState(`Database instance ${row.identifier} is not in available state.`)
  }
  return change
}

function statusOf(row: InstanceRow, work: Omit<Change, 'id'>): string {
  if (work.verifier !== undefined) return 'resetting-master-credentials'
  return Object.keys(work).length > 0 ? 'modifying' : row.status
}

/** Takes over what is only kept and shown: now, or into what waits for the maintenance window. */
function applyShown(input: ModifyDBInstanceMessage, row: InstanceRow): InstanceRow {
  const base = input.ApplyImmediately ? applyPending(row) : row
  const waiting: Record<string, unknown> = {}
  const now: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(shownOf({ ...input }))) {
    if (same(base.shown[name], value)) continue
    const isDeferred = !input.ApplyImmediately && deferred.some((each) => each === name)
    if (isDeferred) waiting[name] = value
    else now[name] = value
  }
  return { ...base, shown: { ...base.shown, ...now }, pending: { ...base.pending, ...waiting } }
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
