import type { CreateDBInstanceMessage } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { invalidCombination, invalidValue } from './errors.ts'
import { engineOf, isAurora } from './engine-versions.ts'
import { withoutBlanks } from './identifiers.ts'
import type { EngineName, Shown } from './store.ts'

/** Members of an instance that are kept and shown as a request gives them. */
const kept = [
  'AllocatedStorage',
  'DBInstanceClass',
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'MultiAZ',
  'AutoMinorVersionUpgrade',
  'LicenseModel',
  'Iops',
  'StorageThroughput',
  'StorageType',
  'CopyTagsToSnapshot',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'PromotionTier',
  'PerformanceInsightsKMSKeyId',
  'PerformanceInsightsRetentionPeriod',
  'MaxAllocatedStorage',
  'VpcSecurityGroupIds',
  'NetworkType',
  'DedicatedLogVolume',
  'EngineLifecycleSupport',
  'DatabaseInsightsMode',
] as const

type Input = Readonly<Record<string, unknown>>

/** Of a request to create or change an instance, what is only kept and shown. */
export function shownOf(input: Input): Shown {
  const shown: Record<string, unknown> = {}
  for (const name of kept) if (input[name] !== undefined) shown[name] = input[name]
  if (input['EnablePerformanceInsights'] !== undefined) {
    shown['PerformanceInsightsEnabled'] = input['EnablePerformanceInsights']
  }
  return shown
}

/** What RDS has instead of what it has not: these would be stubs. */
const refused = [
  'EnableIAMDatabaseAuthentication',
  'Domain',
  'DomainFqdn',
  'TdeCredentialArn',
  'MultiTenant',
  'DBSystemId',
  'CustomIamInstanceProfile',
  'AdditionalStorageVolumes',
  'EnableCustomerOwnedIp',
  'EnableCloudwatchLogsExports',
  'CloudwatchLogsExportConfiguration',
] as const

/** Refuses what a server here would not do. Throws InvalidParameterCombination. */
export function refuseAbsent(input: Input): void {
  for (const name of refused) {
    const value = input[name]
    const isEmpty = Array.isArray(value) && value.length === 0
    const isAsked = value !== undefined && value !== false && value !== '' && !isEmpty
    if (isAsked) throw invalidCombination(`${name} is not available from this installation of RDS.`)
  }
}

const classPattern =
  /^db\.[a-z]+\d*[a-z-]*\d*[a-z]*\.(\d*x?large|micro|small|medium|large)(\..+)?$|^db\.serverless$/

/** Checks an instance class by its form. Throws InvalidParameterValue. */
export function checkClass(name: string | undefined): void {
  if (!name || !classPattern.test(name)) {
    throw invalidValue(`Invalid DB Instance class: ${name ?? ''}`)
  }
}

const leastStorage: Readonly<Record<string, number>> = {
  gp2: 20,
  gp3: 20,
  io1: 100,
  io2: 100,
  standard: 5,
}
const mostStorage = 65_536

/** Checks the size and kind of storage (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html). Throws. */
export function checkStorage(engine: EngineName, type: string, size: number | undefined): void {
  const least = leastStorage[type]
  if (least === undefined) throw invalidValue(`Invalid storage type: ${type}`)
  if (size === undefined) {
    throw invalidValue('The parameter AllocatedStorage must be provided and must not be blank.')
  }
  if (size < least || size > mostStorage) {
    throw invalidValue(
      `Invalid storage size for engine name ${engine} and storage type ${type}: ${size}`,
    )
  }
}

const windowPattern =
  /^(mon|tue|wed|thu|fri|sat|sun):\d{2}:\d{2}-(mon|tue|wed|thu|fri|sat|sun):\d{2}:\d{2}$/
const backupPattern = /^\d{2}:\d{2}-\d{2}:\d{2}$/
const mostRetention = 35

/** Checks the windows and days of backups and maintenance. Throws InvalidParameterValue. */
export function checkWindows(input: {
  readonly PreferredMaintenanceWindow?: string | undefined
  readonly PreferredBackupWindow?: string | undefined
  readonly BackupRetentionPeriod?: number | undefined
}): void {
  const { PreferredMaintenanceWindow: window, PreferredBackupWindow: backup } = input
  if (window !== undefined && !windowPattern.test(window.toLowerCase())) {
    throw invalidValue(
      `Invalid maintenance window: ${window}. Must be in the form ddd:hh24:mi-ddd:hh24:mi`,
    )
  }
  if (backup !== undefined && !backupPattern.test(backup)) {
    throw invalidValue(`Invalid backup window: ${backup}. Must be in the form hh24:mi-hh24:mi`)
  }
  const days = input.BackupRetentionPeriod
  if (days !== undefined && (days < 0 || days > mostRetention)) {
    throw invalidValue(
      `Invalid backup retention period: ${days}. Must be between 0 and ${mostRetention}.`,
    )
  }
}

/** What an instance shows that the request left out. */
export function defaultsOf(ctx: Context, engine: EngineName): Shown {
  return {
    StorageType: isAurora(engine) ? 'aurora' : 'gp2',
    BackupRetentionPeriod: 1,
    PreferredBackupWindow: '03:00-03:30',
    PreferredMaintenanceWindow: 'sun:05:00-sun:05:30',
    MultiAZ: false,
    AutoMinorVersionUpgrade: true,
    LicenseModel: licenseOf(engine),
    CopyTagsToSnapshot: false,
    MonitoringInterval: 0,
    PerformanceInsightsEnabled: false,
    AvailabilityZone: `${ctx.region}a`,
    EngineLifecycleSupport: 'open-source-rds-extended-support',
    StorageThroughput: 0,
    ...(isAurora(engine) && { PromotionTier: 1, AllocatedStorage: 1 }),
  }
}

function licenseOf(engine: EngineName): string {
  return engine.includes('postgres') ? 'postgresql-license' : 'general-public-license'
}

/** Checks what a request to create an instance says beyond the model. Throws. */
export function checkCreate(given: CreateDBInstanceMessage): void {
  const input = withoutBlanks(given)
  const engine = engineOf(input.Engine)
  refuseAbsent({ ...input })
  checkClass(input.DBInstanceClass)
  checkWindows(input)
  if (isAurora(engine)) {
    if (!input.DBClusterIdentifier) {
      throw invalidCombination(
        `The engine ${engine} needs a DB cluster: DBClusterIdentifier is missing.`,
      )
    }
    return
  }
  if (input.DBClusterIdentifier) {
    throw invalidCombination(`DB instances of the engine ${engine} are in no DB cluster.`)
  }
  const type = input.StorageType ?? (input.Iops === undefined ? 'gp2' : 'io1')
  checkStorage(engine, type, input.AllocatedStorage)
}
