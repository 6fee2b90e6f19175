import { CreateDBCluster$, DeleteDBCluster$, DescribeDBClusters$ } from '@aws-sdk/client-rds'
import type {
  CreateDBClusterMessage,
  CreateDBClusterResult,
  DBClusterMessage,
  DeleteDBClusterMessage,
  DeleteDBClusterResult,
  DescribeDBClustersMessage,
} from '@aws-sdk/client-rds'
import { DBClusterAlreadyExistsFault$ } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestFacts, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { clusterDefaults, clusterShownOf, refuseAbsentOfCluster } from './cluster-input.ts'
import {
  clusterNamed,
  membersOf,
  needClusterStatus,
  wrongClusterState,
} from './cluster-reference.ts'
import { clusterView } from './cluster-view.ts'
import { addDatabase } from './database-rows.ts'
import { keyArnOf } from './encryption.ts'
import { chooseVersion, engineOf, isAurora } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { databaseNameOf, identifierOf, masterUsernameOf, withoutBlanks } from './identifiers.ts'
import { checkWindows } from './instance-input.ts'
import { filterOf, pageOf } from './listing.ts'
import { firstPassword, forgetSecret } from './master-secret.ts'
import { newOwner } from './new-owner.ts'
import { groupFor } from './parameter-values.ts'
import { snapshotCluster } from './snapshot-making.ts'
import { clusters, type ClusterRow } from './store.ts'
import { subnetGroupNamed } from './subnet-group-view.ts'
import { enqueueWork, provisionTask, removeTask } from './work.ts'

/** CreateDBCluster: one server, which the cluster's instances share. */
export const CreateDBCluster = operation<CreateDBClusterMessage, CreateDBClusterResult>(
  CreateDBCluster$,
  {
    check(input) {
      const engine = engineOf(input.Engine)
      if (!isAurora(engine)) {
        throw invalidCombination(`Multi-AZ DB clusters (${engine}) are not available here.`)
      }
      refuseAbsentOfCluster({ ...input })
      checkWindows(withoutBlanks(input))
    },
    access(input, ctx) {
      const name = (input.DBClusterIdentifier ?? '').toLowerCase()
      const conditions = { ...requestTags(input.Tags), ...requestFacts(input) }
      const create = { resource: rdsArn(ctx, 'cluster', name), conditions }
      return input.Tags?.length ? [create, { ...create, action: 'rds:AddTagsToResource' }] : create
    },
    async handle(given, ctx) {
      const input = withoutBlanks(given)
      const identifier = identifierOf('DBClusterIdentifier', input.DBClusterIdentifier)
      await refuseTaken(ctx, identifier)
      const row = await newCluster(input, ctx, identifier)
      ctx.audit.resource({ ARN: row.arn, accountId: ctx.account, type: 'AWS::RDS::DBCluster' })
      return { DBCluster: await clusterView(ctx, row) }
    },
  },
)

/** Throws DBClusterAlreadyExistsFault for an identifier that is in use. */
export async function refuseTaken(ctx: Context, identifier: string): Promise<void> {
  if (!(await ctx.store.table(clusters).get(identifier))) return
  throw awsError(DBClusterAlreadyExistsFault$, 'DB Cluster already exists')
}

async function newCluster(
  input: CreateDBClusterMessage,
  ctx: Context,
  identifier: string,
): Promise<ClusterRow> {
  const engine = engineOf(input.Engine)
  const version = await chooseVersion(ctx, engine, input.EngineVersion)
  const masterUsername = masterUsernameOf(version.driver.id, input.MasterUsername)
  const databaseName = databaseNameOf(version.driver.id, 'DatabaseName', input.DatabaseName)
  const group = await groupFor(ctx, 'cluster-pg', input.DBClusterParameterGroupName, version)
  const subnetGroup = input.DBSubnetGroupName
  if (subnetGroup !== undefined) await subnetGroupNamed(ctx, subnetGroup)
  const arn = rdsArn(ctx, 'cluster', identifier)
  const owner = { kind: 'cluster', arn, masterUsername, driver: version.driver } as const
  const { verifier, masterSecret } = await firstPassword(ctx, owner, input)
  const database = await addDatabase(ctx, {
    kind: 'cluster',
    identifier,
    version,
    groups: [group],
    port: input.Port,
    isPublic: input.PubliclyAccessible ?? false,
    masterUsername,
  })
  const alike = newOwner(ctx, database, {
    engine,
    group,
    subnetGroup,
    deletionProtection: input.DeletionProtection,
    tags: input.Tags,
    shown: {
      ...clusterDefaults(ctx),
      ...clusterShownOf({ ...input }),
      EngineVersion: version.engineVersion,
      ...(databaseName !== undefined && { DatabaseName: databaseName }),
      ...(await keyArnOf(ctx, input)),
    },
  })
  const row: ClusterRow = { ...alike, ...(masterSecret && { masterSecret }) }
  ctx.store.table(clusters).put(identifier, row)
  const content = { verifier, ...(databaseName !== undefined && { databaseName }) }
  enqueueWork(ctx, provisionTask, { id: database.id, content })
  return row
}

const filters = ['db-cluster-id', 'db-cluster-resource-id', 'engine', 'clone-group-id', 'domain']

/** DescribeDBClusters. */
export const DescribeDBClusters = operation<DescribeDBClustersMessage, DBClusterMessage>(
  DescribeDBClusters$,
  {
    access: (input, ctx) => ({
      resource: rdsArn(
        ctx,
        'cluster',
        input.DBClusterIdentifier?.split(':').at(-1)?.toLowerCase() ?? '*',
      ),
    }),
    async handle(input, ctx) {
      const asked = input.DBClusterIdentifier
      if (asked !== undefined && asked !== '') {
        return { DBClusters: [await clusterView(ctx, await clusterNamed(ctx, asked))] }
      }
      const keep = filterOf(input.Filters, filters)
      const page = await pageOf(ctx, clusters, input, (row) =>
        keep({
          'db-cluster-id': [row.identifier, row.arn],
          'db-cluster-resource-id': [row.resourceId],
          engine: [row.engine],
        }),
      )
      const DBClusters = await Promise.all(page.items.map((row) => clusterView(ctx, row)))
      return { DBClusters, ...page.marker }
    },
  },
)

/** DeleteDBCluster, after a last snapshot where one is asked for; its instances must have gone. */
export const DeleteDBCluster = operation<DeleteDBClusterMessage, DeleteDBClusterResult, ClusterRow>(
  DeleteDBCluster$,
  {
    resolve: (input, ctx) => clusterNamed(ctx, input.DBClusterIdentifier),
    access: (_input, _ctx, row) => accessTo('cluster', row),
    async handle(input, ctx, row) {
      if (row.deletionProtection) {
        throw invalidCombination(
          'Cannot delete protected Cluster, please disable deletion protection and try again.',
        )
      }
      needClusterStatus(row, [
        'available',
        'stopped',
        'failed',
        'incompatible-parameters',
        'incompatible-network',
      ])
      const members = await membersOf(ctx, row.identifier)
      if (members.some(({ status }) => status !== 'deleting')) {
        throw wrongClusterState(
          'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
        )
      }
      const { SkipFinalSnapshot = false, FinalDBSnapshotIdentifier: last } = input
      if (!SkipFinalSnapshot && !last) {
        throw invalidCombination(
          'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
        )
      }
      if (last) await snapshotCluster(ctx, row, last)
      const deleting = { ...row, status: 'deleting' }
      ctx.store.table(clusters).put(row.identifier, deleting)
      forgetSecret(ctx, row)
      enqueueWork(ctx, removeTask, { id: row.resourceId })
      return { DBCluster: await clusterView(ctx, deleting) }
    },
  },
)
