import type { DBCluster } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { authorityIdentifier, serverCertificateDetails } from './certificate-names.ts'
import { membersOf } from './cluster-reference.ts'
import type { ClusterRow } from './store.ts'
import { tagList } from './tagging.ts'

/** A cluster as the API shows it. */
export async function clusterView(ctx: Context, row: ClusterRow): Promise<DBCluster> {
  const { endpoint, masterSecret } = row
  const { VpcSecurityGroupIds, AutomaticRestartTime, ...shown } = row.shown
  const groups = (VpcSecurityGroupIds as readonly string[] | undefined) ?? []
  const members = await membersOf(ctx, row.identifier)
  return {
    ReadReplicaIdentifiers: [],
    AssociatedRoles: [],
    DomainMemberships: [],
    IAMDatabaseAuthenticationEnabled: false,
    HttpEndpointEnabled: false,
    CrossAccountClone: false,
    ActivityStreamStatus: 'stopped',
    EngineMode: 'provisioned',
    ...(shown as DBCluster),
    DBClusterIdentifier: row.identifier,
    DbClusterResourceId: row.resourceId,
    DBClusterArn: row.arn,
    Engine: row.engine,
    Status: row.status,
    MasterUsername: row.masterUsername,
    ClusterCreateTime: new Date(row.createdAt),
    ...(typeof AutomaticRestartTime === 'string' && {
      AutomaticRestartTime: new Date(AutomaticRestartTime),
    }),
    ...(endpoint && {
      Endpoint: endpoint.address,
      ReaderEndpoint: endpoint.address,
      Port: endpoint.port,
    }),
    DBClusterParameterGroup: row.parameterGroup,
    DBSubnetGroup: row.subnetGroup ?? 'default',
    VpcSecurityGroups: groups.map((VpcSecurityGroupId) => ({
      VpcSecurityGroupId,
      Status: 'active',
    })),
    DBClusterMembers: members.map((member) => ({
      DBInstanceIdentifier: member.identifier,
      IsClusterWriter: member.isWriter ?? false,
      DBClusterParameterGroupStatus: row.parameterStatus,
      PromotionTier: Number(member.shown['PromotionTier'] ?? 1),
    })),
    DeletionProtection: row.deletionProtection,
    CertificateDetails: {
      ...serverCertificateDetails(row.createdAt),
      CAIdentifier: authorityIdentifier,
    },
    TagList: tagList(row.tags),
    ...(masterSecret && {
      MasterUserSecret: {
        SecretArn: masterSecret.arn,
        SecretStatus: masterSecret.status,
        KmsKeyId: masterSecret.kmsKeyId,
      },
    }),
  }
}
