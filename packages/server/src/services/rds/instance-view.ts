import type { DBInstance } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { authorityIdentifier, serverCertificateDetails } from './certificate-names.ts'
import { subnetGroupView } from './subnet-group-view.ts'
import type { InstanceRow } from './store.ts'
import { tagList } from './tagging.ts'

/** Parts of an instance that every one has and that say nothing here. */
const nothing: DBInstance = {
  DBSecurityGroups: [],
  DomainMemberships: [],
  ReadReplicaDBInstanceIdentifiers: [],
  AssociatedRoles: [],
  ProcessorFeatures: [],
  CustomerOwnedIpEnabled: false,
  ActivityStreamStatus: 'stopped',
  BackupTarget: 'region',
  NetworkType: 'IPV4',
  DbInstancePort: 0,
  DedicatedLogVolume: false,
  IsStorageConfigUpgradeAvailable: false,
}

/** An instance as the API shows it. */
export async function instanceView(ctx: Context, row: InstanceRow): Promise<DBInstance> {
  const { endpoint, masterSecret, shown } = row
  const groups = (shown['VpcSecurityGroupIds'] as readonly string[] | undefined) ?? []
  const { VpcSecurityGroupIds: _ids, AutomaticRestartTime: restart, ...rest } = shown
  return {
    ...nothing,
    ...(rest as DBInstance),
    ...(typeof restart === 'string' && { AutomaticRestartTime: new Date(restart) }),
    DBInstanceIdentifier: row.identifier,
    DbiResourceId: row.resourceId,
    DBInstanceArn: row.arn,
    Engine: row.engine,
    DBInstanceStatus: row.status,
    MasterUsername: row.masterUsername,
    ...(row.status !== 'creating' && { InstanceCreateTime: new Date(row.createdAt) }),
    ...(endpoint && {
      Endpoint: { Address: endpoint.address, Port: endpoint.port },
    }),
    ...(row.clusterIdentifier !== undefined && { DBClusterIdentifier: row.clusterIdentifier }),
    DBParameterGroups: [
      { DBParameterGroupName: row.parameterGroup, ParameterApplyStatus: row.parameterStatus },
    ],
    OptionGroupMemberships: [{ OptionGroupName: row.optionGroup, Status: 'in-sync' }],
    VpcSecurityGroups: groups.map((VpcSecurityGroupId) => ({
      VpcSecurityGroupId,
      Status: 'active',
    })),
    DBSubnetGroup: await subnetGroupView(ctx, row.subnetGroup),
    PubliclyAccessible: row.isPublic,
    DeletionProtection: row.deletionProtection,
    PendingModifiedValues: row.pending,
    // The certificate of a server elsewhere is not of the installation's authority.
    ...(!row.isRegistered && {
      CACertificateIdentifier: authorityIdentifier,
      CertificateDetails: serverCertificateDetails(row.createdAt),
    }),
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
