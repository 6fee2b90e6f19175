import type { Context } from '../../kernel/context.ts'
import { invalidCombination } from './errors.ts'
import type { Shown } from './store.ts'

/** Members of a cluster that are kept and shown as a request gives them. */
const kept = [
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'CopyTagsToSnapshot',
  'StorageType',
  'NetworkType',
  'EngineLifecycleSupport',
  'VpcSecurityGroupIds',
  'AllocatedStorage',
  'Iops',
  'DatabaseInsightsMode',
  'PerformanceInsightsRetentionPeriod',
  'AutoMinorVersionUpgrade',
  'MonitoringInterval',
  'MonitoringRoleArn',
] as const

type Input = Readonly<Record<string, unknown>>

/** Of a request to create or change a cluster, what is only kept and shown. */
export function clusterShownOf(input: Input): Shown {
  const shown: Record<string, unknown> = {}
  for (const name of kept) if (input[name] !== undefined) shown[name] = input[name]
  if (input['ServerlessV2ScalingConfiguration'] !== undefined) {
    shown['ServerlessV2ScalingConfiguration'] = input['ServerlessV2ScalingConfiguration']
  }
  return shown
}

const refused = [
  'EnableIAMDatabaseAuthentication',
  'EnableHttpEndpoint',
  'BacktrackWindow',
  'GlobalClusterIdentifier',
  'EnableGlobalWriteForwarding',
  'EnableLocalWriteForwarding',
  'ReplicationSourceIdentifier',
  'Domain',
  'DBClusterInstanceClass',
  'EnableLimitlessDatabase',
  'ScalingConfiguration',
  'EnableCloudwatchLogsExports',
  'CloudwatchLogsExportConfiguration',
  'NewDBClusterIdentifier',
] as const

/** Refuses what a cluster here would not do. Throws InvalidParameterCombination. */
export function refuseAbsentOfCluster(input: Input): void {
  for (const name of refused) {
    const value = input[name]
    const isEmpty = value === undefined || value === false || value === 0 || value === ''
    if (isEmpty || (Array.isArray(value) && value.length === 0)) continue
    throw invalidCombination(`${name} is not available from this installation of RDS.`)
  }
  const mode = input['EngineMode']
  if (mode !== undefined && mode !== '' && mode !== 'provisioned') {
    throw invalidCombination(
      `The engine mode ${String(mode)} you requested is currently unavailable.`,
    )
  }
}

/** What a cluster shows that the request left out. */
export function clusterDefaults({ region }: Context): Shown {
  return {
    AllocatedStorage: 1,
    AvailabilityZones: ['a', 'b', 'c'].map((zone) => region + zone),
    BackupRetentionPeriod: 1,
    PreferredBackupWindow: '03:00-03:30',
    PreferredMaintenanceWindow: 'sun:05:00-sun:05:30',
    MultiAZ: false,
    CopyTagsToSnapshot: false,
    StorageType: 'aurora',
    NetworkType: 'IPV4',
    EngineLifecycleSupport: 'open-source-rds-extended-support',
    HostedZoneId: '',
  }
}
