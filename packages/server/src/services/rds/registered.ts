import type { CreateDBInstanceMessage } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import type { Task } from '../../kernel/tasks.ts'
import { rdsArn } from './arns.ts'
import { databaseHost, uidOf, type DatabaseHost } from './database-host.ts'
import type { RegisteredEndpoint } from './endpoint-list.ts'
import { driverFor } from './engines/drivers.ts'
import { EngineError } from './engines/engine.ts'
import { seriesOf } from './engines/series.ts'
import { invalidCombination, wrongInstanceState } from './errors.ts'
import { defaultsOf, shownOf } from './instance-input.ts'
import { firstPassword } from './master-secret.ts'
import { changeOwner, ownerOf } from './owners.ts'
import { databases, instances, type DatabaseRow, type InstanceRow } from './store.ts'
import { subnetGroupNamed } from './subnet-group-view.ts'
import { mergeTags } from './tagging.ts'
import { enqueueWork, onNode } from './work.ts'

/** The server elsewhere that the operator lets the caller register under an identifier. Throws when the list is of no use. */
export function endpointFor(ctx: Context, identifier: string): RegisteredEndpoint | undefined {
  try {
    return ctx.runtime(databaseHost).endpoints.find(ctx.account, identifier)
  } catch (error) {
    if (error instanceof EngineError) throw invalidCombination(error.message)
    throw error
  }
}

/** Refuses what can only be done to a server that Bartizan runs. Throws InvalidDBInstanceState. */
export function refuseRegistered({ isRegistered, identifier }: InstanceRow, what: string): void {
  if (!isRegistered) return
  throw wrongInstanceState(
    `Instance ${identifier} is a registered database that runs elsewhere: it cannot be ${what} from here.`,
  )
}

/** What only a server that Bartizan runs can have. */
const ownOnly = [
  'DBParameterGroupName',
  'OptionGroupName',
  'EngineVersion',
  'PubliclyAccessible',
  'StorageEncrypted',
  'KmsKeyId',
] as const

/** Refuses to change by the API what the operator of a server elsewhere decides. Throws InvalidParameterCombination. */
export function refuseOwnOnly(input: Readonly<Record<string, unknown>>): void {
  const wrong = ownOnly.find((name) => input[name] !== undefined && input[name] !== false)
  if (wrong) {
    throw invalidCombination(
      `${wrong} is not available for a registered database: its own operator decides it.`,
    )
  }
}

function checkAsked(input: CreateDBInstanceMessage, endpoint: RegisteredEndpoint): void {
  refuseOwnOnly({ ...input })
  const { engine, port, masterUsername, database } = endpoint
  const listed = { Engine: engine, Port: port, MasterUsername: masterUsername, DBName: database }
  const asked = { ...input, Engine: input.Engine?.toLowerCase() }
  for (const name of ['Engine', 'Port', 'MasterUsername', 'DBName'] as const) {
    const isNeeded = name === 'Engine' || name === 'MasterUsername'
    if (asked[name] === listed[name] || (asked[name] === undefined && !isNeeded)) continue
    throw invalidCombination(
      `${name} of the registered database ${input.DBInstanceIdentifier} is ${listed[name] ?? 'not given'}.`,
    )
  }
}

/** Registers a server elsewhere as an instance: its master user gets the password that is asked for. Throws. */
export async function newRegistered(
  input: CreateDBInstanceMessage,
  ctx: Context,
  endpoint: RegisteredEndpoint,
): Promise<InstanceRow> {
  checkAsked(input, endpoint)
  const identifier = (input.DBInstanceIdentifier ?? '').toLowerCase()
  const { engine, host, port, masterUsername, database, name } = endpoint
  const [other] = await ctx.store.table(databases).list({ index: 'registered', equals: name })
  if (other) throw invalidCombination(`The database ${identifier} is registered in another Region.`)
  const subnetGroup = input.DBSubnetGroupName
  if (subnetGroup !== undefined) await subnetGroupNamed(ctx, subnetGroup)
  const driver = driverFor(engine)
  const arn = rdsArn(ctx, 'db', identifier)
  const owner = { kind: 'db', arn, masterUsername, driver } as const
  const { verifier, masterSecret } = await firstPassword(ctx, owner, input)
  const id = ctx.ids.unique('db-', 26)
  ctx.store.table(databases).put(id, {
    id,
    node: ctx.runtime(databaseHost).node(),
    account: ctx.account,
    region: ctx.region,
    kind: 'instance',
    identifier,
    driver: driver.id,
    version: '',
    isWanted: true,
    isPublic: false,
    parameters: {},
    uid: uidOf(id),
    masterUsername,
    adminPassword: '',
    registered: name,
  })
  const { AvailabilityZone: _here, ...defaults } = defaultsOf(ctx, engine)
  const row: InstanceRow = {
    identifier,
    resourceId: id,
    account: ctx.account,
    region: ctx.region,
    arn,
    engine,
    status: 'creating',
    createdAt: ctx.now.toISOString(),
    parameterGroup: `default.${engine}`,
    optionGroup: `default:${engine}`,
    ...(subnetGroup !== undefined && { subnetGroup: subnetGroup.toLowerCase() }),
    endpoint: { address: host, port },
    masterUsername,
    ...(masterSecret && { masterSecret }),
    parameterStatus: 'in-sync',
    deletionProtection: input.DeletionProtection ?? false,
    tags: mergeTags({}, input.Tags),
    shown: {
      ...defaults,
      ...shownOf({ ...input }),
      StorageEncrypted: false,
      ...(database !== undefined && { DBName: database }),
    },
    isPublic: false,
    isRegistered: true,
    pending: {},
  }
  ctx.store.table(instances).put(identifier, row)
  enqueueWork(ctx, registerTask, { id, verifier, isNew: true })
  return row
}

/** Makes sure that the server elsewhere is what it is said to be, and sets its master user's password. */
export const registerTask: Task<{ id: string; verifier: string; isNew: boolean }> = {
  name: 'rds.register',
  run: (ctx, { id, verifier, isNew }) =>
    onNode(ctx, id, async (host, row) => {
      const owner = await ownerOf(ctx, row)
      if (owner?.type !== 'db-instance') return
      const { engine } = owner.row
      const version = await introduced(host, row, engine)
      await host.setPassword(row, row.masterUsername, verifier)
      ctx.store.table(databases).put(id, { ...row, version: version.own })
      const table = ctx.store.table(instances)
      table.put(row.identifier, {
        ...owner.row,
        parameterGroup: `default.${engine}${version.series}`,
        optionGroup: `default:${engine}-${version.series.replaceAll('.', '-')}`,
        shown: { ...owner.row.shown, EngineVersion: version.shown },
      })
      const event = isNew ? created : renewed
      const createdAt = isNew ? ctx.now.toISOString() : owner.row.createdAt
      await changeOwner(ctx, row, { status: 'available', createdAt }, event)
    }),
}

const created = { id: 'RDS-EVENT-0005', category: 'creation', message: 'DB instance created' }
const renewed = {
  id: 'RDS-EVENT-0016',
  category: 'configuration change',
  message: 'Reset master credentials',
}

async function introduced(
  host: DatabaseHost,
  row: DatabaseRow,
  engine: InstanceRow['engine'],
): Promise<{ readonly own: string; readonly shown: string; readonly series: string }> {
  const { version: own, isMariadb, hasUser } = await host.introduce(row)
  if (engine === 'mariadb' && !isMariadb) {
    throw new EngineError(`the registered database is not MariaDB, but a server of version ${own}`)
  }
  if (!hasUser) {
    throw new EngineError(
      `the registered database has no user ${row.masterUsername} who may log in`,
    )
  }
  const isInstead = engine === 'mysql' && isMariadb
  const series = isInstead ? '8.0' : seriesOf(own)
  return { own, shown: isInstead ? `8.0.mariadb.${own}` : own, series }
}
