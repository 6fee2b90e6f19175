import {
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
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

const gone = ['DBInstanceNotFound', 'DBInstanceNotFoundFault']

/** What only a new instance can have. */
const first = [
  'CharacterSetName',
  'DBClusterIdentifier',
  'DBName',
  'Engine',
  'KmsKeyId',
  'MasterUsername',
  'StorageEncrypted',
]

const names: PropertyNames = {
  texts: [
    'DBClusterIdentifier',
    'DBInstanceClass',
    'DBName',
    'DBParameterGroupName',
    'DBSubnetGroupName',
    'Engine',
    'EngineVersion',
    'KmsKeyId',
    'LicenseModel',
    'MasterUserPassword',
    'MasterUsername',
    'OptionGroupName',
    'PreferredBackupWindow',
    'PreferredMaintenanceWindow',
    'StorageType',
    'AvailabilityZone',
    'NetworkType',
  ],
  flags: [
    'AutoMinorVersionUpgrade',
    'CopyTagsToSnapshot',
    'DeletionProtection',
    'EnablePerformanceInsights',
    'ManageMasterUserPassword',
    'MultiAZ',
    'PubliclyAccessible',
    'StorageEncrypted',
  ],
  numbers: [
    'AllocatedStorage',
    'BackupRetentionPeriod',
    'Iops',
    'MaxAllocatedStorage',
    'MonitoringInterval',
    'Port',
    'PromotionTier',
    'StorageThroughput',
  ],
  lists: [],
}

function named(at: ResourceContext, properties: ResourceProperties): string {
  const given = textProperty(properties, 'DBInstanceIdentifier')
  return (given ?? at.newName({ maxLength: 63, lowerCase: true })).toLowerCase()
}

function groupsOf(properties: ResourceProperties): object {
  if (properties['VPCSecurityGroups'] === undefined) return {}
  return { VpcSecurityGroupIds: textsProperty(properties, 'VPCSecurityGroups') }
}

async function described(at: ResourceContext, DBInstanceIdentifier: string) {
  const answer = await at.call('rds', 'DescribeDBInstances', { DBInstanceIdentifier })
  const [shown = {}] = answer['DBInstances'] as Record<string, unknown>[]
  return { status: String(shown['DBInstanceStatus']), shown }
}

async function settled(at: ResourceContext, name: string): Promise<ResourceState> {
  const shown = await untilAvailable(at, () => described(at, name))
  const endpoint = (shown['Endpoint'] ?? {}) as { Address?: string; Port?: number }
  const secret = shown['MasterUserSecret'] as { SecretArn?: string } | undefined
  return {
    physicalId: name,
    attributes: {
      DBInstanceArn: shown['DBInstanceArn'],
      DbiResourceId: shown['DbiResourceId'],
      'Endpoint.Address': endpoint.Address,
      'Endpoint.Port': String(endpoint.Port),
      ...(secret && { 'MasterUserSecret.SecretArn': secret.SecretArn }),
    },
  }
}

/** `AWS::RDS::DBInstance`: done when the server answers. */
export const instanceResource: ResourceType = {
  type: 'AWS::RDS::DBInstance',
  required: [],
  optional: [
    ...names.texts,
    ...names.flags,
    ...names.numbers,
    'DBInstanceIdentifier',
    'DBSnapshotIdentifier',
    'DeleteAutomatedBackups',
    'MasterUserSecret',
    'Tags',
    'VPCSecurityGroups',
  ],
  replacing: [...first, 'AvailabilityZone', 'DBInstanceIdentifier', 'DBSnapshotIdentifier'],
  attributes: [
    'DBInstanceArn',
    'DbiResourceId',
    'Endpoint.Address',
    'Endpoint.Port',
    'MasterUserSecret.SecretArn',
  ],
  tags: 'list',
  async create(at, properties) {
    const DBInstanceIdentifier = named(at, properties)
    const known = at.isRetry
      ? await at.tryCall(gone, 'rds', 'DescribeDBInstances', { DBInstanceIdentifier })
      : undefined
    const snapshot = textProperty(properties, 'DBSnapshotIdentifier')
    const members = {
      ...membersFrom(properties, names),
      ...groupsOf(properties),
      DBInstanceIdentifier,
      Tags: tagsProperty(properties),
    }
    if (!known && snapshot === undefined) await at.call('rds', 'CreateDBInstance', members)
    if (!known && snapshot !== undefined) {
      const restore = { ...members, DBSnapshotIdentifier: snapshot }
      await at.call('rds', 'RestoreDBInstanceFromDBSnapshot', restore)
    }
    return settled(at, DBInstanceIdentifier)
  },
  async update(at, properties, before) {
    const DBInstanceIdentifier = before.physicalId
    const changed = changedMembers(properties, before.properties, names)
    const { Port, ...rest } = changed
    const groups = groupsOf(properties)
    if (Object.keys(changed).length + Object.keys(groups).length > 0) {
      await at.call('rds', 'ModifyDBInstance', {
        ...rest,
        ...groups,
        ...(Port !== undefined && { DBPortNumber: Port }),
        DBInstanceIdentifier,
        ApplyImmediately: true,
      })
    }
    await changeTags(at, String(before.attributes['DBInstanceArn']), properties, before)
    return settled(at, DBInstanceIdentifier)
  },
  async delete(at, { physicalId: DBInstanceIdentifier }) {
    const input = { DBInstanceIdentifier, SkipFinalSnapshot: true }
    const describe = () => at.tryCall(gone, 'rds', 'DescribeDBInstances', { DBInstanceIdentifier })
    const [shown] = ((await describe())?.['DBInstances'] ?? []) as Record<string, unknown>[]
    if (shown && shown['DBInstanceStatus'] !== 'deleting') {
      await at.tryCall(gone, 'rds', 'DeleteDBInstance', input)
    }
    await untilGone(at, describe)
  },
}
