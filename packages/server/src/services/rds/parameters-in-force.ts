import type { Context } from '../../kernel/context.ts'
import type { Changed } from './engines/engine.ts'
import { versionsOf, type EngineVersion } from './engine-versions.ts'
import { seriesOf } from './engines/series.ts'
import { ownerOf } from './owners.ts'
import { factsOf, groupNamed, parametersOf } from './parameter-values.ts'
import type { DatabaseRow, ParameterGroupRow } from './store.ts'

/** What a server is to run with now. */
export interface InForce {
  readonly parameters: Readonly<Record<string, string>>
  /** What of it is new. */
  readonly changed: Changed
  /** Whether something waits for a restart. */
  readonly isPending: boolean
}

/**
 * The parameters of a server by its groups: all of them after a restart, else only what may be changed
 * while it runs (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/parameter-groups-overview.html).
 */
export async function inForce(
  ctx: Context,
  row: DatabaseRow,
  { afterRestart }: { readonly afterRestart: boolean },
): Promise<InForce> {
  const { version, groups } = await groupsOfServer(ctx, row)
  const wanted = await parametersOf(ctx, version, groups)
  const had = row.parameters
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(had)])]
  const differing = names.filter((name) => wanted[name] !== had[name])
  const facts = await factsOf(ctx, version)
  const waits = (name: string): boolean =>
    facts.get(name)?.isStatic === true ||
    groups.some((group) => group.parameters[name]?.method === 'pending-reboot')
  const now = afterRestart ? differing : differing.filter((name) => !waits(name))
  const parameters: Record<string, string> = { ...had }
  for (const name of now) {
    const value = wanted[name]
    if (value === undefined) delete parameters[name]
    else parameters[name] = value
  }
  const changed = Object.fromEntries(now.map((name) => [name, wanted[name]]))
  return { parameters, changed, isPending: now.length < differing.length }
}

async function groupsOfServer(
  ctx: Context,
  database: DatabaseRow,
): Promise<{ version: EngineVersion; groups: readonly ParameterGroupRow[] }> {
  const { identifier, version } = database
  const owner = await ownerOf(ctx, database)
  if (!owner) throw new Error(`${identifier} is gone`)
  const { type, row } = owner
  const offered = await versionsOf(ctx, row.engine)
  const found = offered.find(
    ({ installation }) => seriesOf(installation.version) === seriesOf(version),
  )
  if (!found) throw new Error(`${row.engine} ${version} is no longer installed`)
  const kind = type === 'db-instance' ? 'pg' : 'cluster-pg'
  return { version: found, groups: [await groupNamed(ctx, kind, row.parameterGroup)] }
}
