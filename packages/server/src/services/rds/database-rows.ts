import type { Context } from '../../kernel/context.ts'
import { prepareInstallation } from './authority-row.ts'
import { databaseHost, uidOf } from './database-host.ts'
import type { EngineVersion } from './engine-versions.ts'
import { invalidCombination, invalidValue } from './errors.ts'
import { parametersOf } from './parameter-values.ts'
import { databases, type DatabaseRow, type ParameterGroupRow } from './store.ts'

/** What a new database server is made of. */
export interface NewDatabase {
  readonly kind: DatabaseRow['kind']
  readonly identifier: string
  readonly version: EngineVersion
  readonly groups: readonly ParameterGroupRow[]
  readonly port: number | undefined
  readonly isPublic: boolean
  readonly masterUsername: string
  /** Of `rdsadmin`, where the server's files exist already. */
  readonly adminPassword?: string
}

const adminPasswordBytes = 24
const lowestPort = 1150

/** Writes down a new database server, which work is to make. Throws when its port cannot be had. */
export async function addDatabase(ctx: Context, spec: NewDatabase): Promise<DatabaseRow> {
  const { kind, identifier, version, groups, port, isPublic, masterUsername } = spec
  await prepareInstallation(ctx)
  if (port !== undefined) await checkPort(ctx, port)
  const id = ctx.ids.unique(kind === 'instance' ? 'db-' : 'cluster-', 26)
  const row: DatabaseRow = {
    id,
    node: ctx.runtime(databaseHost).node(),
    account: ctx.account,
    region: ctx.region,
    kind,
    identifier,
    driver: version.driver.id,
    version: version.installation.version,
    ...(port !== undefined && { port }),
    isWanted: false,
    isPublic,
    parameters: await parametersOf(ctx, version, groups),
    uid: uidOf(id),
    masterUsername,
    adminPassword:
      spec.adminPassword ?? ctx.ids.secret(adminPasswordBytes).replaceAll(/[+/=]/g, 'x'),
  }
  ctx.store.table(databases).put(id, row)
  return row
}

/** All servers share this machine's ports: one that is asked for must be free. Throws. */
export async function checkPort(ctx: Context, port: number): Promise<void> {
  if (port < lowestPort || port > 65_535) {
    throw invalidValue(`Invalid endpoint port ${port}, valid range is [${lowestPort}-65535]`)
  }
  const [taken] = await ctx.store.table(databases).list({ index: 'port', equals: String(port) })
  if (taken || !(await ctx.runtime(databaseHost).isPortFree(port))) {
    throw invalidCombination(
      `Port ${port} is taken on the machine that Bartizan runs on, where every database server has a port of its own. Choose another, or none to have one chosen.`,
    )
  }
}

/** The database server of an instance or cluster. */
export async function databaseOf(ctx: Context, resourceId: string): Promise<DatabaseRow> {
  const row = await ctx.store.table(databases).get(resourceId)
  if (!row) throw new Error(`no database server belongs to ${resourceId}`)
  return row
}
