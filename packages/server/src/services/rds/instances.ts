import { CreateDBInstance$, DeleteDBInstance$, DescribeDBInstances$ } from '@aws-sdk/client-rds'
import type {
  CreateDBInstanceMessage,
  CreateDBInstanceResult,
  DBInstanceMessage,
  DeleteDBInstanceMessage,
  DeleteDBInstanceResult,
  DescribeDBInstancesMessage,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestFacts, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { newMember } from './cluster-members.ts'
import { clusterNamed, membersOf } from './cluster-reference.ts'
import { addDatabase } from './database-rows.ts'
import { chooseVersion, engineOf, isAurora } from './engine-versions.ts'
import { instanceExists, invalidCombination, wrongInstanceState } from './errors.ts'
import { databaseNameOf, identifierOf, masterUsernameOf, withoutBlanks } from './identifiers.ts'
import { checkCreate, defaultsOf, shownOf } from './instance-input.ts'
import { instanceNamed } from './instance-reference.ts'
import { instanceView } from './instance-view.ts'
import { keyArnOf } from './encryption.ts'
import { newOwner } from './new-owner.ts'
import { optionGroupFor } from './option-group-names.ts'
import { filterOf, pageOf } from './listing.ts'
import { firstPassword, forgetSecret } from './master-secret.ts'
import { groupFor } from './parameter-values.ts'
import { endpointFor, newRegistered } from './registered.ts'
import { snapshotInstance } from './snapshot-making.ts'
import { instances, type InstanceRow } from './store.ts'
import { subnetGroupNamed } from './subnet-group-view.ts'
import { enqueueWork, leaveTask, provisionTask, removeTask } from './work.ts'

/** CreateDBInstance: a database server of its own, or a member of a cluster. */
export const CreateDBInstance = operation<CreateDBInstanceMessage, CreateDBInstanceResult>(
  CreateDBInstance$,
  {
    check: checkCreate,
    access(input, ctx) {
      const name = (input.DBInstanceIdentifier ?? '').toLowerCase()
      const conditions = { ...requestTags(input.Tags), ...requestFacts(input) }
      const create = { resource: rdsArn(ctx, 'db', name), conditions }
      return input.Tags?.length ? [create, { ...create, action: 'rds:AddTagsToResource' }] : create
    },
    async handle(given, ctx) {
      const input = withoutBlanks(given)
      const identifier = identifierOf('DBInstanceIdentifier', input.DBInstanceIdentifier)
      if (await ctx.store.table(instances).get(identifier)) throw instanceExists()
      const endpoint = endpointFor(ctx, identifier)
      const make = isAurora(engineOf(input.Engine)) ? newMember : newServer
      const row = endpoint
        ? await newRegistered(input, ctx, endpoint)
        : await make(input, ctx, identifier)
      ctx.audit.resource({ ARN: row.arn, accountId: ctx.account, type: 'AWS::RDS::DBInstance' })
      return { DBInstance: await instanceView(ctx, row) }
    },
  },
)

async function newServer(
  input: CreateDBInstanceMessage,
  ctx: Context,
  identifier: string,
): Promise<InstanceRow> {
  const engine = engineOf(input.Engine)
  const version = await chooseVersion(ctx, engine, input.EngineVersion)
  const driver = version.driver.id
  const masterUsername = masterUsernameOf(driver, input.MasterUsername)
  const databaseName = databaseNameOf(driver, 'DBName', input.DBName)
  const group = await groupFor(ctx, 'pg', input.DBParameterGroupName, version)
  const subnetGroup = input.DBSubnetGroupName
  if (subnetGroup !== undefined) await subnetGroupNamed(ctx, subnetGroup)
  const optionGroup = await optionGroupFor(ctx, input.OptionGroupName, version)
  const arn = rdsArn(ctx, 'db', identifier)
  const owner = { kind: 'db', arn, masterUsername, driver: version.driver } as const
  const { verifier, masterSecret } = await firstPassword(ctx, owner, input)
  const isPublic = input.PubliclyAccessible ?? false
  const database = await addDatabase(ctx, {
    kind: 'instance',
    identifier,
    version,
    groups: [group],
    port: input.Port,
    isPublic,
    masterUsername,
  })
  const alike = newOwner(ctx, database, {
    engine,
    group,
    subnetGroup,
    deletionProtection: input.DeletionProtection,
    tags: input.Tags,
    shown: {
      ...defaultsOf(ctx, engine),
      ...shownOf({ ...input }),
      EngineVersion: version.engineVersion,
      ...(databaseName !== undefined && { DBName: databaseName }),
      ...(await keyArnOf(ctx, input)),
    },
  })
  const row: InstanceRow = {
    ...alike,
    optionGroup,
    ...(masterSecret && { masterSecret }),
    isPublic,
    pending: {},
  }
  ctx.store.table(instances).put(identifier, row)
  const content = { verifier, ...(databaseName !== undefined && { databaseName }) }
  enqueueWork(ctx, provisionTask, { id: database.id, content })
  return row
}

const filters = ['db-instance-id', 'db-cluster-id', 'dbi-resource-id', 'engine', 'domain']

/** DescribeDBInstances. */
export const DescribeDBInstances = operation<DescribeDBInstancesMessage, DBInstanceMessage>(
  DescribeDBInstances$,
  {
    access: (input, ctx) => ({
      resource: rdsArn(ctx, 'db', nameIn(input.DBInstanceIdentifier) ?? '*'),
    }),
    async handle(input, ctx) {
      const asked = input.DBInstanceIdentifier
      if (asked !== undefined && asked !== '') {
        return { DBInstances: [await instanceView(ctx, await instanceNamed(ctx, asked))] }
      }
      const keep = filterOf(input.Filters, filters)
      const page = await pageOf(ctx, instances, input, (row) =>
        keep({
          'db-instance-id': [row.identifier, row.arn],
          'db-cluster-id': row.clusterIdentifier === undefined ? [] : [row.clusterIdentifier],
          'dbi-resource-id': [row.resourceId],
          engine: [row.engine],
          domain: [],
        }),
      )
      const DBInstances = await Promise.all(page.items.map((row) => instanceView(ctx, row)))
      return { DBInstances, ...page.marker }
    },
  },
)

/** An identifier, also where an ARN is given. */
function nameIn(text: string | undefined): string | undefined {
  return text?.split(':').at(-1)?.toLowerCase()
}

/** DeleteDBInstance, after a last snapshot where one is asked for. */
export const DeleteDBInstance = operation<
  DeleteDBInstanceMessage,
  DeleteDBInstanceResult,
  InstanceRow
>(DeleteDBInstance$, {
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access: (_input, _ctx, row) => accessTo('db', row),
  async handle(input, ctx, row) {
    if (row.deletionProtection) {
      throw invalidCombination(
        'Cannot delete protected DB Instance, please disable deletion protection and try again.',
      )
    }
    if (row.status === 'deleting') {
      throw wrongInstanceState(`Instance ${row.identifier} is already being deleted.`)
    }
    const { SkipFinalSnapshot = false, FinalDBSnapshotIdentifier: last } = input
    if (row.clusterIdentifier === undefined && !SkipFinalSnapshot && !last) {
      throw invalidCombination(
        'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
      )
    }
    if (SkipFinalSnapshot && last) {
      throw invalidCombination(
        'FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.',
      )
    }
    if (last && row.clusterIdentifier === undefined) {
      await snapshotInstance(ctx, row, last, row.shown['CopyTagsToSnapshot'] ? row.tags : {})
    }
    const deleting = { ...row, status: 'deleting' }
    ctx.store.table(instances).put(row.identifier, deleting)
    forgetSecret(ctx, row)
    if (row.clusterIdentifier === undefined) enqueueWork(ctx, removeTask, { id: row.resourceId })
    else await leave(ctx, row)
    return { DBInstance: await instanceView(ctx, deleting) }
  },
})

/** An instance of a cluster goes alone; another one becomes the writer. */
async function leave(ctx: Context, row: InstanceRow): Promise<void> {
  const cluster = await clusterNamed(ctx, row.clusterIdentifier)
  if (row.isWriter) {
    const members = await membersOf(ctx, cluster.identifier)
    const next = members.find(
      ({ identifier, status }) => identifier !== row.identifier && status !== 'deleting',
    )
    if (next) ctx.store.table(instances).put(next.identifier, { ...next, isWriter: true })
  }
  enqueueWork(ctx, leaveTask, { id: cluster.resourceId, member: row.identifier })
}
