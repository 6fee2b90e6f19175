import type { CreateDBInstanceMessage } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { rdsArn } from './arns.ts'
import { clusterNamed, membersOf, wrongClusterState } from './cluster-reference.ts'
import { databaseOf } from './database-rows.ts'
import { chooseVersion } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { defaultsOf, shownOf } from './instance-input.ts'
import { optionGroupFor } from './option-group-names.ts'
import { groupFor } from './parameter-values.ts'
import { instances, type InstanceRow } from './store.ts'
import { mergeTags } from './tagging.ts'
import { enqueueWork, joinTask } from './work.ts'

const mostMembers = 16

/** What the cluster decides for its instances. */
const ofCluster = [
  'MasterUsername',
  'MasterUserPassword',
  'DBName',
  'AllocatedStorage',
  'Port',
] as const

/** Adds an instance to a cluster: another name for the cluster's server; the first is the writer. Throws. */
export async function newMember(
  input: CreateDBInstanceMessage,
  ctx: Context,
  identifier: string,
): Promise<InstanceRow> {
  const cluster = await clusterNamed(ctx, input.DBClusterIdentifier)
  const wrong = ofCluster.find((name) => input[name] !== undefined)
  if (wrong) {
    throw invalidCombination(
      `The requested DB Instance will be a member of a DB Cluster. Set ${wrong} for the DB Cluster.`,
    )
  }
  if (input.Engine?.toLowerCase() !== cluster.engine) {
    throw invalidCombination(
      `The engine name requested for your DB instance (${input.Engine}) doesn't match the engine name of your DB cluster (${cluster.engine}).`,
    )
  }
  if (cluster.status !== 'available' && cluster.status !== 'creating') {
    throw wrongClusterState(`DbCluster ${cluster.identifier} is not in available state.`)
  }
  const members = await membersOf(ctx, cluster.identifier)
  if (members.length >= mostMembers) {
    throw invalidCombination(`A DB cluster has at most ${mostMembers} DB instances.`)
  }
  const version = await chooseVersion(ctx, cluster.engine, String(cluster.shown['EngineVersion']))
  const group = await groupFor(ctx, 'pg', input.DBParameterGroupName, version)
  const server = await databaseOf(ctx, cluster.resourceId)
  const { StorageEncrypted, KmsKeyId, DatabaseName } = cluster.shown
  const row: InstanceRow = {
    identifier,
    resourceId: ctx.ids.unique('db-', 26),
    account: ctx.account,
    region: ctx.region,
    arn: rdsArn(ctx, 'db', identifier),
    engine: cluster.engine,
    status: 'creating',
    createdAt: ctx.now.toISOString(),
    parameterGroup: group.name,
    optionGroup: await optionGroupFor(ctx, input.OptionGroupName, version),
    ...(cluster.subnetGroup !== undefined && { subnetGroup: cluster.subnetGroup }),
    clusterIdentifier: cluster.identifier,
    isWriter: members.every(({ status }) => status === 'deleting'),
    masterUsername: cluster.masterUsername,
    parameterStatus: 'in-sync',
    isPublic: server.isPublic,
    deletionProtection: false,
    tags: mergeTags({}, input.Tags),
    shown: {
      ...defaultsOf(ctx, cluster.engine),
      VpcSecurityGroupIds: cluster.shown['VpcSecurityGroupIds'],
      ...shownOf({ ...input }),
      EngineVersion: cluster.shown['EngineVersion'],
      StorageEncrypted,
      KmsKeyId,
      DBName: DatabaseName,
    },
    pending: {},
  }
  ctx.store.table(instances).put(identifier, row)
  enqueueWork(ctx, joinTask, { id: cluster.resourceId, member: identifier })
  return row
}
