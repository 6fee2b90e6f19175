import {
  DBClusterSnapshotAlreadyExistsFault$,
  DBSnapshotAlreadyExistsFault$,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Task } from '../../kernel/tasks.ts'
import { rdsArn } from './arns.ts'
import { databaseOf } from './database-rows.ts'
import { driverFor } from './engines/drivers.ts'
import { EngineError } from './engines/engine.ts'
import { invalidCombination } from './errors.ts'
import type { DatabaseHost } from './database-host.ts'
import { identifierOf } from './identifiers.ts'
import { changeOwner } from './owners.ts'
import { note } from './rds-events.ts'
import {
  clusters,
  clusterSnapshots,
  instances,
  snapshots,
  type ClusterRow,
  type DatabaseRow,
  type InstanceRow,
  type SnapshotRow,
} from './store.ts'
import { enqueueWork, onNode } from './work.ts'
import type { Tags } from './tagging.ts'

/** Whether a snapshot is of an instance or of a cluster. */
export type SnapshotKind = 'snapshot' | 'cluster-snapshot'

/** The table of a kind of snapshots. */
export function snapshotsOf(kind: SnapshotKind): typeof snapshots {
  return kind === 'snapshot' ? snapshots : clusterSnapshots
}

/** Members of an instance that its snapshots show too. */
const shownToo = [
  'AllocatedStorage',
  'AvailabilityZone',
  'StorageType',
  'Iops',
  'StorageThroughput',
  'LicenseModel',
  'EngineVersion',
  'StorageEncrypted',
  'KmsKeyId',
  'DBName',
  'DatabaseName',
] as const

/** Begins a snapshot of an instance; its status is `backing-up` meanwhile. Throws when its name is taken. */
export async function snapshotInstance(
  ctx: Context,
  row: InstanceRow,
  name: string,
  tags: Tags = {},
): Promise<SnapshotRow> {
  if (row.isRegistered && !driverFor(row.engine).dumps.isAvailable()) {
    throw invalidCombination(
      `No program that dumps ${row.engine} is installed on the machine that Bartizan runs on.`,
    )
  }
  const snapshot = await begin(ctx, 'snapshot', { row, name, tags })
  ctx.store.table(instances).put(row.identifier, { ...row, status: 'backing-up' })
  return snapshot
}

/** Begins a snapshot of a cluster. Throws when its name is taken. */
export async function snapshotCluster(
  ctx: Context,
  row: ClusterRow,
  name: string,
  tags: Tags = {},
): Promise<SnapshotRow> {
  const snapshot = await begin(ctx, 'cluster-snapshot', { row, name, tags })
  ctx.store.table(clusters).put(row.identifier, { ...row, status: 'backing-up' })
  return snapshot
}

async function begin(
  ctx: Context,
  kind: SnapshotKind,
  of: { readonly row: InstanceRow | ClusterRow; readonly name: string; readonly tags: Tags },
): Promise<SnapshotRow> {
  const { row, tags } = of
  const isInstance = kind === 'snapshot'
  const parameter = isInstance ? 'DBSnapshotIdentifier' : 'DBClusterSnapshotIdentifier'
  const identifier = identifierOf(parameter, of.name)
  const table = ctx.store.table(snapshotsOf(kind))
  if (await table.get(identifier)) throw taken(kind, identifier)
  const server = await databaseOf(ctx, row.resourceId)
  const inherited = row.shown['CopyTagsToSnapshot'] === true ? row.tags : {}
  const snapshot: SnapshotRow = {
    identifier,
    arn: rdsArn(ctx, kind, identifier),
    source: row.identifier,
    resourceId: row.resourceId,
    status: 'creating',
    type: 'manual',
    createdAt: ctx.now.toISOString(),
    percent: 0,
    tags: { ...inherited, ...tags },
    fileId: ctx.ids.hex(32),
    driver: server.driver,
    version: server.version,
    node: server.node,
    adminPassword: server.adminPassword,
    ...(server.registered !== undefined && { isDump: true }),
    shown: {
      ...Object.fromEntries(shownToo.map((name) => [name, row.shown[name]])),
      Engine: row.engine,
      MasterUsername: row.masterUsername,
      Port: server.port ?? row.endpoint?.port ?? 0,
      SourceCreatedAt: row.createdAt,
      OptionGroupName: 'optionGroup' in row ? row.optionGroup : undefined,
    },
    restorers: [],
  }
  table.put(identifier, snapshot)
  enqueueWork(ctx, snapshotTask, { id: row.resourceId, kind, identifier })
  return snapshot
}

/** The error of a snapshot's name that is taken. */
export function taken(kind: SnapshotKind, identifier: string): Error {
  return kind === 'snapshot'
    ? awsError(
        DBSnapshotAlreadyExistsFault$,
        `Cannot create the snapshot because a snapshot with the identifier ${identifier} already exists.`,
      )
    : awsError(
        DBClusterSnapshotAlreadyExistsFault$,
        `Cannot create the cluster snapshot because one with the identifier ${identifier} already exists.`,
      )
}

/** Copies a server's content into the files of a snapshot. */
export const snapshotTask: Task<{ id: string; kind: SnapshotKind; identifier: string }> = {
  name: 'rds.snapshot',
  run: (ctx, { id, kind, identifier }) =>
    onNode(ctx, id, async (host, row) => {
      const table = ctx.store.table(snapshotsOf(kind))
      const snapshot = await table.get(identifier)
      if (snapshot) {
        const type = kind === 'snapshot' ? 'db-snapshot' : 'db-cluster-snapshot'
        const isMade = await made(host, row, snapshot)
        const outcome = isMade ? { status: 'available', percent: 100 } : { status: 'failed' }
        table.put(identifier, { ...snapshot, ...outcome })
        note(ctx, { type, identifier, arn: snapshot.arn }, isMade ? created : failed)
      }
      await changeOwner(ctx, row, { status: row.isWanted ? 'available' : 'stopped' })
    }),
}

/** Makes a snapshot's files. False when a server elsewhere cannot be dumped: that server is well all the same. */
async function made(
  host: DatabaseHost,
  row: DatabaseRow,
  { isDump, fileId }: SnapshotRow,
): Promise<boolean> {
  if (!isDump) {
    await host.snapshot(row, fileId)
    return true
  }
  try {
    await host.dump(row, fileId)
    return true
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return false
  }
}

const failed = {
  id: 'RDS-EVENT-0172',
  category: 'failure',
  message: 'The registered database could not be dumped',
}

const created = { id: 'RDS-EVENT-0042', category: 'creation', message: 'Manual snapshot created' }
