import {
  DBParameterGroupAlreadyExistsFault$,
  InvalidDBParameterGroupStateFault$,
} from '@aws-sdk/client-rds'
import type { Parameter, Tag } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { rdsArn } from './arns.ts'
import { invalidValue } from './errors.ts'
import { identifierOf } from './identifiers.ts'
import { changedParameters, resetParameters } from './parameter-changes.ts'
import { factsOf, groupsOf, versionOfFamily, type GroupKind } from './parameter-values.ts'
import { clusters, instances, type ParameterGroupRow } from './store.ts'
import { mergeTags } from './tagging.ts'
import { enqueueWork, parametersTask } from './work.ts'

/** Makes a parameter group. Throws when there is one, or no such family. */
export async function addGroup(
  ctx: Context,
  kind: GroupKind,
  given: {
    readonly name: string | undefined
    readonly family: string | undefined
    readonly description: string | undefined
    readonly tags: readonly Tag[] | undefined
  },
): Promise<ParameterGroupRow> {
  const parameter = kind === 'pg' ? 'DBParameterGroupName' : 'DBClusterParameterGroupName'
  const name = identifierOf(parameter, given.name)
  const family = given.family ?? ''
  await familyFacts(ctx, family)
  const table = ctx.store.table(groupsOf(kind))
  if (await table.get(name)) {
    throw awsError(DBParameterGroupAlreadyExistsFault$, `Parameter group ${name} already exists`)
  }
  const row: ParameterGroupRow = {
    name,
    arn: rdsArn(ctx, kind, name),
    family,
    description: given.description ?? '',
    parameters: {},
    tags: mergeTags({}, given.tags),
  }
  table.put(name, row)
  return row
}

/** The parameters that a family knows. Throws InvalidParameterValue when there is no such family here. */
export async function familyFacts(ctx: Context, family: string) {
  const version = await versionOfFamily(ctx, family)
  if (version) return factsOf(ctx, version)
  throw invalidValue(
    `ParameterGroupFamily ${family} is not a valid parameter group family on this machine`,
  )
}

/** Sets parameters of a group, and has the servers that use it told. Throws. */
export async function changeGroup(
  ctx: Context,
  kind: GroupKind,
  row: ParameterGroupRow,
  changes: readonly Parameter[] | undefined,
): Promise<void> {
  refuseDefault(row)
  const facts = await familyFacts(ctx, row.family)
  const parameters = changedParameters(row.parameters, changes, facts)
  await save(ctx, kind, { ...row, parameters })
}

/** Puts parameters of a group back to what the engine has by itself. Throws. */
export async function resetGroup(
  ctx: Context,
  kind: GroupKind,
  row: ParameterGroupRow,
  reset: { readonly all: boolean | undefined; readonly changes: readonly Parameter[] | undefined },
): Promise<void> {
  refuseDefault(row)
  const facts = await familyFacts(ctx, row.family)
  const changes = reset.changes ?? []
  const all = reset.all ?? changes.length === 0
  await save(ctx, kind, {
    ...row,
    parameters: resetParameters(row.parameters, { all, changes }, facts),
  })
}

/** Deletes a group that nothing uses. Throws InvalidDBParameterGroupState. */
export async function removeGroup(
  ctx: Context,
  kind: GroupKind,
  row: ParameterGroupRow,
): Promise<void> {
  refuseDefault(row)
  const [user] = await usersOf(ctx, kind, row.name)
  if (user) {
    throw awsError(
      InvalidDBParameterGroupStateFault$,
      `One or more database instances are still members of this parameter group ${row.name}, so the group cannot be deleted`,
    )
  }
  ctx.store.table(groupsOf(kind)).delete(row.name)
}

async function save(ctx: Context, kind: GroupKind, row: ParameterGroupRow): Promise<void> {
  ctx.store.table(groupsOf(kind)).put(row.name, row)
  for (const { resourceId, clusterIdentifier } of await usersOf(ctx, kind, row.name)) {
    if (clusterIdentifier === undefined) enqueueWork(ctx, parametersTask, { id: resourceId })
  }
}

async function usersOf(
  ctx: Context,
  kind: GroupKind,
  name: string,
): Promise<readonly { readonly resourceId: string; readonly clusterIdentifier?: string }[]> {
  const query = { index: 'parameterGroup', equals: name }
  const rows =
    kind === 'pg'
      ? await ctx.store.table(instances).list(query)
      : await ctx.store.table(clusters).list(query)
  return rows.map(({ value }) => value)
}

function refuseDefault({ name }: ParameterGroupRow): void {
  if (!name.startsWith('default.')) return
  throw awsError(
    InvalidDBParameterGroupStateFault$,
    `The parameter group ${name} is a default parameter group and cannot be modified or deleted`,
  )
}
