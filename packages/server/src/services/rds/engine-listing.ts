import { DescribeDBEngineVersions$, DescribeOrderableDBInstanceOptions$ } from '@aws-sdk/client-rds'
import type {
  DBEngineVersion,
  DBEngineVersionMessage,
  DescribeDBEngineVersionsMessage,
  DescribeOrderableDBInstanceOptionsMessage,
  OrderableDBInstanceOption,
  OrderableDBInstanceOptionsMessage,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { authorityIdentifier } from './certificate-names.ts'
import {
  engineNames,
  engineOf,
  isAurora,
  isEngine,
  versionsOf,
  type EngineVersion,
} from './engine-versions.ts'
import { sliceOf } from './listing.ts'
import type { EngineName } from './store.ts'

function versionView({ engine, engineVersion, family, major }: EngineVersion): DBEngineVersion {
  return {
    Engine: engine,
    EngineVersion: engineVersion,
    MajorEngineVersion: major,
    DBParameterGroupFamily: family,
    DBEngineDescription: engineNames[engine],
    DBEngineVersionDescription: `${engineNames[engine]} ${engineVersion}`,
    ValidUpgradeTarget: [],
    ExportableLogTypes: [],
    SupportsLogExportsToCloudwatchLogs: false,
    SupportsReadReplica: false,
    SupportedEngineModes: isAurora(engine) ? ['provisioned'] : [],
    SupportedFeatureNames: [],
    SupportedCACertificateIdentifiers: [authorityIdentifier],
    SupportsCertificateRotationWithoutRestart: false,
    SupportsParallelQuery: false,
    SupportsGlobalDatabases: false,
    SupportsBabelfish: false,
    SupportsLimitlessDatabase: false,
    Status: 'available',
  }
}

/** The versions of all engines, or of one, that this machine has. */
async function offered(ctx: Context, engine: string | undefined): Promise<EngineVersion[]> {
  const names: readonly EngineName[] =
    engine === undefined || engine === ''
      ? Object.keys(engineNames).filter(isEngine)
      : [engineOf(engine)]
  const found: EngineVersion[] = []
  for (const name of names) found.push(...(await versionsOf(ctx, name)))
  return found
}

/** DescribeDBEngineVersions: what is installed on this machine. */
export const DescribeDBEngineVersions = operation<
  DescribeDBEngineVersionsMessage,
  DBEngineVersionMessage
>(DescribeDBEngineVersions$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { EngineVersion: version, DBParameterGroupFamily: family } = input
    const filtered = filtersOf(input)
    const all = (await offered(ctx, input.Engine ?? filtered('engine')))
      .filter(({ engineVersion }) => isPrefix(version ?? filtered('engine-version'), engineVersion))
      .filter((each) => family === undefined || each.family === family)
    const [first] = all
    const wanted = input.DefaultOnly && first ? [first] : all
    const page = sliceOf(ctx, 'engine versions', input, wanted)
    return { DBEngineVersions: page.items.map(versionView), ...page.marker }
  },
})

function filtersOf({ Filters }: DescribeDBEngineVersionsMessage) {
  return (name: string): string | undefined =>
    Filters?.find((filter) => filter.Name === name)?.Values?.[0]
}

function isPrefix(asked: string | undefined, version: string): boolean {
  return asked === undefined || asked === '' || version === asked || version.startsWith(`${asked}.`)
}

/** Classes that are offered; a class decides nothing here, as every server has the machine's processors and memory. */
const classes = [
  ...['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'].flatMap((size) => [
    `db.t3.${size}`,
    `db.t4g.${size}`,
  ]),
  ...['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'].flatMap((size) =>
    ['m5', 'm6g', 'm6i', 'm7g', 'r5', 'r6g', 'r6i', 'r7g'].map((family) => `db.${family}.${size}`),
  ),
].sort()

const storageTypes = ['gp2', 'gp3', 'io1']

function optionsOf({ region }: Context, version: EngineVersion): OrderableDBInstanceOption[] {
  const { engine, engineVersion } = version
  const types = isAurora(engine) ? ['aurora'] : storageTypes
  return classes.flatMap((DBInstanceClass) =>
    types.map((StorageType) => ({
      Engine: engine,
      EngineVersion: engineVersion,
      DBInstanceClass,
      StorageType,
      LicenseModel: engine.includes('postgres') ? 'postgresql-license' : 'general-public-license',
      AvailabilityZones: ['a', 'b', 'c'].map((zone) => ({ Name: region + zone })),
      AvailabilityZoneGroup: region,
      Vpc: true,
      MultiAZCapable: true,
      ReadReplicaCapable: false,
      SupportsStorageEncryption: true,
      SupportsIops: StorageType === 'io1',
      SupportsEnhancedMonitoring: false,
      SupportsIAMDatabaseAuthentication: false,
      SupportsPerformanceInsights: false,
      SupportsStorageAutoscaling: false,
      SupportsKerberosAuthentication: false,
      SupportsGlobalDatabases: false,
      SupportsClusters: isAurora(engine),
      SupportedNetworkTypes: ['IPV4'],
      SupportedEngineModes: isAurora(engine) ? ['provisioned'] : [],
      OutpostCapable: false,
      SupportsStorageThroughput: StorageType === 'gp3',
      SupportsDedicatedLogVolume: false,
      ...(!isAurora(engine) && {
        MinStorageSize: StorageType === 'io1' ? 100 : 20,
        MaxStorageSize: 65_536,
      }),
      AvailableProcessorFeatures: [],
    })),
  )
}

/** DescribeOrderableDBInstanceOptions. */
export const DescribeOrderableDBInstanceOptions = operation<
  DescribeOrderableDBInstanceOptionsMessage,
  OrderableDBInstanceOptionsMessage
>(DescribeOrderableDBInstanceOptions$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const versions = (await offered(ctx, input.Engine)).filter(({ engineVersion }) =>
      isPrefix(input.EngineVersion, engineVersion),
    )
    const all = versions
      .flatMap((version) => optionsOf(ctx, version))
      .filter(
        ({ DBInstanceClass: name }) => !input.DBInstanceClass || name === input.DBInstanceClass,
      )
      .filter(({ LicenseModel: name }) => !input.LicenseModel || name === input.LicenseModel)
    const page = sliceOf(ctx, 'orderable options', input, all)
    return { OrderableDBInstanceOptions: [...page.items], ...page.marker }
  },
})
