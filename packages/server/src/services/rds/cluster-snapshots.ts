import {
  CreateDBClusterSnapshot$,
  DeleteDBClusterSnapshot$,
  DescribeDBClusterSnapshotAttributes$,
  DescribeDBClusterSnapshots$,
  ModifyDBClusterSnapshotAttribute$,
  RestoreDBClusterFromSnapshot$,
} from '@aws-sdk/client-rds'
import type {
  CreateDBClusterSnapshotMessage,
  CreateDBClusterSnapshotResult,
  DBClusterSnapshotMessage,
  DeleteDBClusterSnapshotMessage,
  DeleteDBClusterSnapshotResult,
  DescribeDBClusterSnapshotAttributesMessage,
  DescribeDBClusterSnapshotAttributesResult,
  DescribeDBClusterSnapshotsMessage,
  ModifyDBClusterSnapshotAttributeMessage,
  ModifyDBClusterSnapshotAttributeResult,
  RestoreDBClusterFromSnapshotMessage,
  RestoreDBClusterFromSnapshotResult,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestFacts, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { clusterDefaults, clusterShownOf, refuseAbsentOfCluster } from './cluster-input.ts'
import { clusterNamed, needClusterStatus } from './cluster-reference.ts'
import { clusterView } from './cluster-view.ts'
import { refuseTaken } from './clusters.ts'
import { addDatabase } from './database-rows.ts'
import { chooseVersion, engineOf } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { identifierOf, withoutBlanks } from './identifiers.ts'
import { filterOf, pageOf } from './listing.ts'
import { newOwner } from './new-owner.ts'
import { groupFor } from './parameter-values.ts'
import { removeFilesTask } from './snapshot-files.ts'
import { snapshotCluster } from './snapshot-making.ts'
import { restorableSnapshot, snapshotNamed } from './snapshot-reference.ts'
import { changedRestorers } from './snapshot-sharing.ts'
import { clusterSnapshotView } from './snapshot-view.ts'
import { clusters, clusterSnapshots, type ClusterRow, type SnapshotRow } from './store.ts'
import { subnetGroupNamed } from './subnet-group-view.ts'
import { mergeTags } from './tagging.ts'
import { enqueueWork, provisionTask } from './work.ts'

/** CreateDBClusterSnapshot. */
export const CreateDBClusterSnapshot = operation<
  CreateDBClusterSnapshotMessage,
  CreateDBClusterSnapshotResult,
  ClusterRow
>(CreateDBClusterSnapshot$, {
  resolve: (input, ctx) => clusterNamed(ctx, input.DBClusterIdentifier),
  access(input, ctx, row) {
    const name = (input.DBClusterSnapshotIdentifier ?? '').toLowerCase()
    const conditions = requestTags(input.Tags)
    return [
      accessTo('cluster', row),
      { resource: rdsArn(ctx, 'cluster-snapshot', name), conditions },
    ]
  },
  async handle(input, ctx, row) {
    needClusterStatus(row, ['available', 'stopped'])
    const tags = mergeTags({}, input.Tags)
    const name = input.DBClusterSnapshotIdentifier ?? ''
    return { DBClusterSnapshot: clusterSnapshotView(await snapshotCluster(ctx, row, name, tags)) }
  },
})

const filters = ['db-cluster-id', 'db-cluster-snapshot-id', 'snapshot-type', 'engine']

/** DescribeDBClusterSnapshots. */
export const DescribeDBClusterSnapshots = operation<
  DescribeDBClusterSnapshotsMessage,
  DBClusterSnapshotMessage
>(DescribeDBClusterSnapshots$, {
  access: (input, ctx) => ({
    resource: rdsArn(
      ctx,
      'cluster-snapshot',
      input.DBClusterSnapshotIdentifier?.split(':').at(-1) ?? '*',
    ),
  }),
  async handle(input, ctx) {
    const { DBClusterSnapshotIdentifier: name, DBClusterIdentifier: source } = input
    if (name) {
      const row = await restorableSnapshot(ctx, 'cluster-snapshot', name)
      return { DBClusterSnapshots: [clusterSnapshotView(row)] }
    }
    const keep = filterOf(input.Filters, filters)
    const page = await pageOf(
      ctx,
      clusterSnapshots,
      input,
      (row) =>
        (source === undefined || row.source === source.toLowerCase()) &&
        (input.SnapshotType === undefined || row.type === input.SnapshotType) &&
        keep({
          'db-cluster-id': [row.source],
          'db-cluster-snapshot-id': [row.identifier],
          'snapshot-type': [row.type],
          engine: [String(row.shown['Engine'])],
        }),
    )
    return { DBClusterSnapshots: page.items.map(clusterSnapshotView), ...page.marker }
  },
})

/** DeleteDBClusterSnapshot, with its files. */
export const DeleteDBClusterSnapshot = operation<
  DeleteDBClusterSnapshotMessage,
  DeleteDBClusterSnapshotResult,
  SnapshotRow
>(DeleteDBClusterSnapshot$, {
  resolve: (input, ctx) =>
    snapshotNamed(ctx, 'cluster-snapshot', input.DBClusterSnapshotIdentifier),
  access: (_input, _ctx, row) => accessTo('cluster-snapshot', row),
  handle(_input, ctx, row) {
    ctx.store.table(clusterSnapshots).delete(row.identifier)
    ctx.enqueue(removeFilesTask, { node: row.node, fileId: row.fileId })
    return { DBClusterSnapshot: clusterSnapshotView({ ...row, status: 'deleted' }) }
  },
})

function attributesOf({ identifier, restorers }: SnapshotRow) {
  return {
    DBClusterSnapshotIdentifier: identifier,
    DBClusterSnapshotAttributes: [{ AttributeName: 'restore', AttributeValues: [...restorers] }],
  }
}

/** DescribeDBClusterSnapshotAttributes: who may restore a snapshot. */
export const DescribeDBClusterSnapshotAttributes = operation<
  DescribeDBClusterSnapshotAttributesMessage,
  DescribeDBClusterSnapshotAttributesResult,
  SnapshotRow
>(DescribeDBClusterSnapshotAttributes$, {
  resolve: (input, ctx) =>
    snapshotNamed(ctx, 'cluster-snapshot', input.DBClusterSnapshotIdentifier),
  access: (_input, _ctx, row) => accessTo('cluster-snapshot', row),
  handle: (_input, _ctx, row) => ({ DBClusterSnapshotAttributesResult: attributesOf(row) }),
})

/** ModifyDBClusterSnapshotAttribute: shares a snapshot with accounts, or with all. */
export const ModifyDBClusterSnapshotAttribute = operation<
  ModifyDBClusterSnapshotAttributeMessage,
  ModifyDBClusterSnapshotAttributeResult,
  SnapshotRow
>(ModifyDBClusterSnapshotAttribute$, {
  resolve: (input, ctx) =>
    snapshotNamed(ctx, 'cluster-snapshot', input.DBClusterSnapshotIdentifier),
  access: (_input, _ctx, row) => accessTo('cluster-snapshot', row),
  handle(input, ctx, row) {
    const changed = { ...row, restorers: changedRestorers(row.restorers, input) }
    ctx.store.table(clusterSnapshots).put(row.identifier, changed)
    return { DBClusterSnapshotAttributesResult: attributesOf(changed) }
  },
})

/** RestoreDBClusterFromSnapshot: a new cluster with what a snapshot of a cluster holds. */
export const RestoreDBClusterFromSnapshot = operation<
  RestoreDBClusterFromSnapshotMessage,
  RestoreDBClusterFromSnapshotResult,
  SnapshotRow
>(RestoreDBClusterFromSnapshot$, {
  resolve: (input, ctx) => restorableSnapshot(ctx, 'cluster-snapshot', input.SnapshotIdentifier),
  access(input, ctx, snapshot) {
    const name = (input.DBClusterIdentifier ?? '').toLowerCase()
    const conditions = { ...requestTags(input.Tags), ...requestFacts(input) }
    return [
      { resource: rdsArn(ctx, 'cluster', name), conditions },
      { ...accessTo('cluster-snapshot', snapshot), resourceAccount: ctx.account },
    ]
  },
  async handle(given, ctx, snapshot) {
    const input = withoutBlanks(given)
    refuseAbsentOfCluster({ ...input })
    const identifier = identifierOf('DBClusterIdentifier', input.DBClusterIdentifier)
    await refuseTaken(ctx, identifier)
    if (snapshot.status !== 'available') {
      throw invalidCombination(`The snapshot ${snapshot.identifier} is not available.`)
    }
    const row = await restored(input, ctx, { snapshot, identifier })
    return { DBCluster: await clusterView(ctx, row) }
  },
})

async function restored(
  input: RestoreDBClusterFromSnapshotMessage,
  ctx: Context,
  { snapshot, identifier }: { readonly snapshot: SnapshotRow; readonly identifier: string },
): Promise<ClusterRow> {
  const { shown } = snapshot
  const engine = engineOf(String(shown['Engine']))
  const version = await chooseVersion(ctx, engine, String(shown['EngineVersion']))
  const group = await groupFor(ctx, 'cluster-pg', input.DBClusterParameterGroupName, version)
  const subnetGroup = input.DBSubnetGroupName
  if (subnetGroup !== undefined) await subnetGroupNamed(ctx, subnetGroup)
  const masterUsername = String(shown['MasterUsername'])
  const database = await addDatabase(ctx, {
    kind: 'cluster',
    identifier,
    version,
    groups: [group],
    port: input.Port,
    isPublic: input.PubliclyAccessible ?? false,
    masterUsername,
    adminPassword: snapshot.adminPassword,
  })
  const row: ClusterRow = newOwner(ctx, database, {
    engine,
    group,
    subnetGroup,
    deletionProtection: input.DeletionProtection,
    tags: input.Tags,
    shown: {
      ...clusterDefaults(ctx),
      ...clusterShownOf({ ...input }),
      EngineVersion: version.engineVersion,
      StorageEncrypted: shown['StorageEncrypted'] ?? false,
      KmsKeyId: shown['KmsKeyId'],
      DatabaseName: shown['DatabaseName'],
    },
  })
  ctx.store.table(clusters).put(identifier, row)
  enqueueWork(ctx, provisionTask, { id: database.id, content: { snapshot: snapshot.fileId } })
  return row
}
