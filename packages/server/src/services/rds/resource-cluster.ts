import {
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceState,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import {
  changedMembers,
  changeTags,
  membersFrom,
  untilAvailable,
  untilGone,
  type PropertyNames,
} from './resource-calls.ts'

const gone = ['DBClusterNotFoundFault']

const names: PropertyNames = {
  texts: [
    'DatabaseName',
    'DBClusterParameterGroupName',
    'DBSubnetGroupName',
    'Engine',
    'EngineMode',
    'EngineVersion',
    'KmsKeyId',
    'MasterUserPassword',
    'MasterUsername',
    'NetworkType',
    'PreferredBackupWindow',
    'PreferredMaintenanceWindow',
    'StorageType',
  ],
  flags: [
    'CopyTagsToSnapshot',
    'DeletionProtection',
    'ManageMasterUserPassword',
    'PubliclyAccessible',
    'StorageEncrypted',
  ],
  numbers: ['BackupRetentionPeriod', 'Port'],
  lists: ['VpcSecurityGroupIds'],
}

async function described(at: ResourceContext, DBClusterIdentifier: string) {
  const answer = await at.call('rds', 'DescribeDBClusters', { DBClusterIdentifier })
  const [shown = {}] = answer['DBClusters'] as Record<string, unknown>[]
  return { status: String(shown['Status']), shown }
}

async function settled(at: ResourceContext, name: string): Promise<ResourceState> {
  const shown = await untilAvailable(at, () => described(at, name))
  const secret = shown['MasterUserSecret'] as { SecretArn?: string } | undefined
  return {
    physicalId: name,
    attributes: {
      DBClusterArn: shown['DBClusterArn'],
      DBClusterResourceId: shown['DbClusterResourceId'],
      'Endpoint.Address': shown['Endpoint'],
      'Endpoint.Port': String(shown['Port']),
      'ReadEndpoint.Address': shown['ReaderEndpoint'],
      ...(secret && { 'MasterUserSecret.SecretArn': secret.SecretArn }),
    },
  }
}

/** `AWS::RDS::DBCluster`: done when the server answers. */
export const clusterResource: ResourceType = {
  type: 'AWS::RDS::DBCluster',
  required: [],
  optional: [
    ...names.texts,
    ...names.flags,
    ...names.numbers,
    ...names.lists,
    'DBClusterIdentifier',
    'ServerlessV2ScalingConfiguration',
    'SnapshotIdentifier',
    'Tags',
  ],
  replacing: [
    'DatabaseName',
    'DBClusterIdentifier',
    'DBSubnetGroupName',
    'EngineMode',
    'KmsKeyId',
    'MasterUsername',
    'PubliclyAccessible',
    'SnapshotIdentifier',
    'StorageEncrypted',
  ],
  attributes: [
    'DBClusterArn',
    'DBClusterResourceId',
    'Endpoint.Address',
    'Endpoint.Port',
    'MasterUserSecret.SecretArn',
    'ReadEndpoint.Address',
  ],
  tags: 'list',
  async create(at, properties) {
    const given = textProperty(properties, 'DBClusterIdentifier')
    const name = (given ?? at.newName({ maxLength: 63, lowerCase: true })).toLowerCase()
    const DBClusterIdentifier = name
    const known = at.isRetry
      ? await at.tryCall(gone, 'rds', 'DescribeDBClusters', { DBClusterIdentifier })
      : undefined
    const snapshot = textProperty(properties, 'SnapshotIdentifier')
    const scaling = properties['ServerlessV2ScalingConfiguration']
    const members = {
      ...membersFrom(properties, names),
      ...(scaling !== undefined && { ServerlessV2ScalingConfiguration: scaling }),
      DBClusterIdentifier,
      Tags: tagsProperty(properties),
    }
    if (!known && snapshot === undefined) await at.call('rds', 'CreateDBCluster', members)
    if (!known && snapshot !== undefined) {
      const restore = { ...members, SnapshotIdentifier: snapshot }
      await at.call('rds', 'RestoreDBClusterFromSnapshot', restore)
    }
    return settled(at, name)
  },
  async update(at, properties, before) {
    const DBClusterIdentifier = before.physicalId
    const changed = changedMembers(properties, before.properties, names)
    if (Object.keys(changed).length > 0) {
      const change = { ...changed, DBClusterIdentifier, ApplyImmediately: true }
      await at.call('rds', 'ModifyDBCluster', change)
    }
    await changeTags(at, String(before.attributes['DBClusterArn']), properties, before)
    return settled(at, DBClusterIdentifier)
  },
  async delete(at, { physicalId: DBClusterIdentifier }) {
    const input = { DBClusterIdentifier, SkipFinalSnapshot: true }
    const describe = () => at.tryCall(gone, 'rds', 'DescribeDBClusters', { DBClusterIdentifier })
    const [shown] = ((await describe())?.['DBClusters'] ?? []) as Record<string, unknown>[]
    if (shown && shown['Status'] !== 'deleting') {
      await at.tryCall(gone, 'rds', 'DeleteDBCluster', input)
    }
    await untilGone(at, describe)
  },
}
