import { RDS } from '@aws-sdk/client-rds'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** An instance and a cluster with groups, snapshots and tags. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const rds = bartizan.client(RDS)
  const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const subnets = {
    DBSubnetGroupName: 'canary-subnets',
    DBSubnetGroupDescription: 'canary description of subnets',
    SubnetIds: ['subnet-canary'],
  }
  loot.keep(await rds.createDBSubnetGroup({ ...subnets, Tags }))
  const [offered] =
    (await rds.describeDBEngineVersions({ Engine: 'postgres' })).DBEngineVersions ?? []
  const group = { DBParameterGroupName: 'canary-parameters', Description: 'canary parameters' }
  const { DBParameterGroupFamily } = offered ?? {}
  loot.keep(await rds.createDBParameterGroup({ ...group, DBParameterGroupFamily, Tags }))
  const DBClusterParameterGroupName = 'canary-cluster-parameters'
  loot.keep(
    await rds.createDBClusterParameterGroup({
      DBClusterParameterGroupName,
      DBParameterGroupFamily: `aurora-postgresql${offered?.MajorEngineVersion}`,
      Description: 'canary cluster parameters',
      Tags,
    }),
  )
  loot.keep(
    await rds.createOptionGroup({
      OptionGroupName: 'canary-options',
      EngineName: 'postgres',
      MajorEngineVersion: offered?.MajorEngineVersion,
      OptionGroupDescription: 'canary options',
      Tags,
    }),
  )
  const DBInstanceIdentifier = 'canary-instance'
  const instance = await rds.createDBInstance({
    DBInstanceIdentifier,
    Engine: 'postgres',
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    MasterUsername: 'canarymaster',
    MasterUserPassword: 'canary-password-of-owner',
    DBSubnetGroupName: subnets.DBSubnetGroupName,
    Tags,
  })
  loot.keep({ ...instance, ResourceName: instance.DBInstance?.DBInstanceArn })
  const DBClusterIdentifier = 'canary-cluster'
  const cluster = await rds.createDBCluster({
    DBClusterIdentifier,
    Engine: 'aurora-postgresql',
    MasterUsername: 'canarymaster',
    MasterUserPassword: 'canary-password-of-owner',
    Tags,
  })
  loot.keep(cluster)
  await bartizan.settled()
  const DBSnapshotIdentifier = 'canary-snapshot'
  loot.keep(await rds.createDBSnapshot({ DBInstanceIdentifier, DBSnapshotIdentifier, Tags }))
  const DBClusterSnapshotIdentifier = 'canary-cluster-snapshot'
  const of = { DBClusterIdentifier, DBClusterSnapshotIdentifier }
  loot.keep(await rds.createDBClusterSnapshot({ ...of, Tags }))
  await bartizan.settled()
  loot.keep(await rds.describeDBLogFiles({ DBInstanceIdentifier }))
}
