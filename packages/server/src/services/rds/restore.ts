import { RestoreDBInstanceFromDBSnapshot$ } from '@aws-sdk/client-rds'
import type {
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceFromDBSnapshotResult,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, requestFacts, requestTags } from './access.ts'
import { rdsArn } from './arns.ts'
import { addDatabase } from './database-rows.ts'
import { driverOf } from './engines/drivers.ts'
import { chooseVersion, engineOf } from './engine-versions.ts'
import { instanceExists, invalidCombination } from './errors.ts'
import { identifierOf, withoutBlanks } from './identifiers.ts'
import { checkClass, defaultsOf, refuseAbsent, shownOf } from './instance-input.ts'
import { instanceView } from './instance-view.ts'
import { newPassword } from './master-secret.ts'
import { newOwner } from './new-owner.ts'
import { optionGroupFor } from './option-group-names.ts'
import { groupFor } from './parameter-values.ts'
import { endpointFor } from './registered.ts'
import { restorableSnapshot } from './snapshot-reference.ts'
import { instances, type InstanceRow, type SnapshotRow } from './store.ts'
import { subnetGroupNamed } from './subnet-group-view.ts'
import { enqueueWork, provisionTask, type Content } from './work.ts'

const defaultClass = 'db.t3.micro'

/** RestoreDBInstanceFromDBSnapshot: a new instance with what a snapshot holds, its users and passwords too. */
export const RestoreDBInstanceFromDBSnapshot = operation<
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceFromDBSnapshotResult,
  SnapshotRow
>(RestoreDBInstanceFromDBSnapshot$, {
  resolve: (input, ctx) => restorableSnapshot(ctx, 'snapshot', input.DBSnapshotIdentifier),
  access(input, ctx, snapshot) {
    const name = (input.DBInstanceIdentifier ?? '').toLowerCase()
    const conditions = { ...requestTags(input.Tags), ...requestFacts(input) }
    return [
      { resource: rdsArn(ctx, 'db', name), conditions },
      { ...accessTo('snapshot', snapshot), resourceAccount: ctx.account },
    ]
  },
  async handle(given, ctx, snapshot) {
    const input = withoutBlanks(given)
    refuseAbsent({ ...input })
    const identifier = identifierOf('DBInstanceIdentifier', input.DBInstanceIdentifier)
    if (await ctx.store.table(instances).get(identifier)) throw instanceExists()
    if (endpointFor(ctx, identifier)) {
      throw invalidCombination(
        `The identifier ${identifier} is that of a database to be registered.`,
      )
    }
    if (snapshot.status !== 'available') {
      throw invalidCombination(`The snapshot ${snapshot.identifier} is not available.`)
    }
    const row = await restored(input, ctx, { snapshot, identifier })
    ctx.audit.resource({ ARN: row.arn, accountId: ctx.account, type: 'AWS::RDS::DBInstance' })
    return { DBInstance: await instanceView(ctx, row) }
  },
})

async function restored(
  input: RestoreDBInstanceFromDBSnapshotMessage,
  ctx: Context,
  { snapshot, identifier }: { readonly snapshot: SnapshotRow; readonly identifier: string },
): Promise<InstanceRow> {
  const { shown } = snapshot
  const engine = engineOf(String(shown['Engine']))
  // A dump is statements: the newest version takes them.
  const wanted = snapshot.isDump ? undefined : String(shown['EngineVersion'])
  const version = await chooseVersion(ctx, engine, wanted)
  const group = await groupFor(ctx, 'pg', input.DBParameterGroupName, version)
  const instanceClass = input.DBInstanceClass ?? defaultClass
  checkClass(instanceClass)
  const subnetGroup = input.DBSubnetGroupName
  if (subnetGroup !== undefined) await subnetGroupNamed(ctx, subnetGroup)
  const masterUsername = String(shown['MasterUsername'])
  const isPublic = input.PubliclyAccessible ?? false
  const database = await addDatabase(ctx, {
    kind: 'instance',
    identifier,
    version,
    groups: [group],
    port: input.Port,
    isPublic,
    masterUsername,
    ...(!snapshot.isDump && { adminPassword: snapshot.adminPassword }),
  })
  const alike = newOwner(ctx, database, {
    engine,
    group,
    subnetGroup,
    deletionProtection: input.DeletionProtection,
    tags: input.Tags,
    shown: {
      ...defaultsOf(ctx, engine),
      AllocatedStorage: shown['AllocatedStorage'],
      StorageType: shown['StorageType'],
      ...shownOf({ ...input }),
      DBInstanceClass: instanceClass,
      EngineVersion: version.engineVersion,
      StorageEncrypted: shown['StorageEncrypted'] ?? false,
      KmsKeyId: shown['KmsKeyId'],
      DBName: shown['DBName'],
    },
  })
  const row: InstanceRow = {
    ...alike,
    optionGroup: await optionGroupFor(ctx, input.OptionGroupName, version),
    isPublic,
    pending: {},
  }
  ctx.store.table(instances).put(identifier, row)
  enqueueWork(ctx, provisionTask, { id: database.id, content: contentOf(snapshot) })
  return row
}

/** What a new server is filled with. A dump has no passwords: the master user's is one that nobody knows, until it is changed. */
function contentOf({ isDump, fileId, driver, shown }: SnapshotRow): Content {
  if (!isDump) return { snapshot: fileId }
  const databaseName = shown['DBName']
  return {
    dump: fileId,
    verifier: driverOf({ driver }).verifierOf(newPassword()),
    ...(typeof databaseName === 'string' && { databaseName }),
  }
}
