import { DBParameterGroupNotFoundFault$ } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { rdsArn } from './arns.ts'
import { databaseHost } from './database-host.ts'
import type { ParameterFacts } from './engines/engine.ts'
import { engineNames, isEngine, versionsOf, type EngineVersion } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { clusterParameterGroups, parameterGroups, type ParameterGroupRow } from './store.ts'

/** Parameter groups of instances, or of clusters. */
export type GroupKind = 'pg' | 'cluster-pg'

/** The table of a kind of parameter groups. */
export function groupsOf(kind: GroupKind): typeof parameterGroups {
  return kind === 'pg' ? parameterGroups : clusterParameterGroups
}

/** A parameter group by name, default ones included. Throws DBParameterGroupNotFound. */
export async function groupNamed(
  ctx: Context,
  kind: GroupKind,
  name: string,
): Promise<ParameterGroupRow> {
  const key = name.toLowerCase()
  const row = await ctx.store.table(groupsOf(kind)).get(key)
  if (row) return row
  const family = key.startsWith('default.') ? key.slice('default.'.length) : undefined
  if (family !== undefined && (await versionOfFamily(ctx, family))) {
    return {
      name: key,
      arn: rdsArn(ctx, kind, key),
      family,
      description: `Default parameter group for ${family}`,
      parameters: {},
      tags: {},
    }
  }
  throw awsError(
    DBParameterGroupNotFoundFault$,
    kind === 'pg'
      ? `DBParameterGroup not found: ${name}`
      : `DBClusterParameterGroup not found: ${name}`,
  )
}

/** The newest version of a family that can be had here. */
export async function versionOfFamily(
  ctx: Context,
  family: string,
): Promise<EngineVersion | undefined> {
  const engine = family.replace(/[\d.]+$/, '')
  if (!isEngine(engine)) return undefined
  return (await versionsOf(ctx, engine)).find((each) => each.family === family)
}

/** Every family that can be had here. */
export async function families(ctx: Context): Promise<readonly string[]> {
  const found: string[] = []
  for (const engine of Object.keys(engineNames).filter(isEngine)) {
    for (const { family } of await versionsOf(ctx, engine)) found.push(family)
  }
  return [...new Set(found)]
}

/** The group for a new instance or cluster. Throws when there is none, or when it is of another family. */
export async function groupFor(
  ctx: Context,
  kind: GroupKind,
  name: string | undefined,
  version: EngineVersion,
): Promise<ParameterGroupRow> {
  const group = await groupNamed(ctx, kind, name ?? `default.${version.family}`)
  if (group.family === version.family) return group
  throw invalidCombination(
    `The parameter group with DBParameterGroupFamily ${group.family} can't be used for this instance. Use a parameter group with DBParameterGroupFamily ${version.family}.`,
  )
}

/** The parameters that a version knows, by name. */
export async function factsOf(
  ctx: Context,
  { driver, installation }: EngineVersion,
): Promise<ReadonlyMap<string, ParameterFacts>> {
  const all = await ctx.runtime(databaseHost).parameters(driver, installation)
  return new Map(all.map((facts) => [facts.name, facts]))
}

/** Everything a server is to run with: RDS's defaults, then the cluster's group, then the instance's. */
export async function parametersOf(
  ctx: Context,
  version: EngineVersion,
  groups: readonly ParameterGroupRow[],
): Promise<Record<string, string>> {
  const facts = await factsOf(ctx, version)
  const own = [...facts.values()].filter(({ name }) => name.startsWith('rds.'))
  const defaults = own.map(({ name, fallback = '' }) => [name, fallback] as const)
  const set = groups.flatMap(({ parameters }) =>
    Object.entries(parameters).map(([name, { value }]) => [name, value] as const),
  )
  return Object.fromEntries([...defaults, ...set])
}
