import type { Context } from '../../kernel/context.ts'
import { databaseHost } from './database-host.ts'
import { seriesOf } from './engines/series.ts'
import { driverFor } from './engines/drivers.ts'
import type { EngineDriver, Installation } from './engines/engine.ts'
import { invalidCombination, invalidValue } from './errors.ts'
import type { EngineName } from './store.ts'

/** An engine in a version that can be had here. */
export interface EngineVersion {
  readonly engine: EngineName
  /** As the API names it. */
  readonly engineVersion: string
  /** What engineVersion begins with, to whoever asks for less: `15`, `8.0`, `10.11`. */
  readonly major: string
  /** Of parameter groups: `postgres15`. */
  readonly family: string
  readonly driver: EngineDriver
  readonly installation: Installation
}

/** Engines by name, with what AWS calls them. */
export const engineNames: Readonly<Record<EngineName, string>> = {
  'aurora-mysql': 'Aurora MySQL',
  'aurora-postgresql': 'Aurora PostgreSQL',
  mariadb: 'MariaDB Community Edition',
  mysql: 'MySQL Community Edition',
  postgres: 'PostgreSQL',
}

/** The MySQL version whose clients and protocol MariaDB serves. */
const mysqlMajor = '8.0'

/** Whether a text names an engine. */
export function isEngine(name: string): name is EngineName {
  return Object.hasOwn(engineNames, name)
}

/** Whether an engine is one of clusters. */
export function isAurora(engine: EngineName): boolean {
  return engine.startsWith('aurora-')
}

/** The engine of a name. Throws InvalidParameterValue. */
export function engineOf(name: string | undefined): EngineName {
  const engine = (name ?? '').toLowerCase()
  if (isEngine(engine)) return engine
  throw invalidValue(`Invalid DB engine: ${name}`)
}

/** The versions of an engine on this machine, the newest first. */
export async function versionsOf(
  ctx: Context,
  engine: EngineName,
): Promise<readonly EngineVersion[]> {
  const driver = driverFor(engine)
  const installations = await ctx.runtime(databaseHost).installations(driver)
  return installations.map((installation) => {
    const isMysql = engine === 'mysql' || engine === 'aurora-mysql'
    const series = seriesOf(installation.version)
    const major = isMysql ? mysqlMajor : series
    return {
      engine,
      engineVersion: isMysql
        ? `${mysqlMajor}.mariadb.${installation.version}`
        : installation.version,
      major,
      family: `${engine}${major}`,
      driver,
      installation,
    }
  })
}

/**
 * The version that is asked for, by its whole name or its first parts; the newest where none is.
 * Throws InvalidParameterCombination, as AWS does for a version it does not have.
 */
export async function chooseVersion(
  ctx: Context,
  engine: EngineName,
  asked: string | undefined,
): Promise<EngineVersion> {
  const offered = await versionsOf(ctx, engine)
  if (offered.length === 0) {
    const what = driverFor(engine).id === 'postgres' ? 'PostgreSQL' : 'MariaDB'
    throw invalidCombination(
      `No ${what} server is installed on the machine that Bartizan runs on, so there is nothing to run ${engine} with.`,
    )
  }
  const found = offered.find(
    ({ engineVersion }) =>
      asked === undefined || engineVersion === asked || engineVersion.startsWith(`${asked}.`),
  )
  if (found) return found
  const names = offered.map(({ engineVersion }) => engineVersion).join(', ')
  throw invalidCombination(`Cannot find version ${asked} for ${engine} (this machine has ${names})`)
}
