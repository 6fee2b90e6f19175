import type { Context } from '../../kernel/context.ts'
import { families, groupNamed, groupsOf, type GroupKind } from './parameter-values.ts'
import type { ParameterGroupRow } from './store.ts'

/** Every parameter group, the default ones of all families included, by name. */
export async function allGroups(
  ctx: Context,
  kind: GroupKind,
): Promise<readonly ParameterGroupRow[]> {
  const own = await ctx.store.table(groupsOf(kind)).list()
  const isFor = (family: string): boolean => kind === 'pg' || family.startsWith('aurora-')
  const names = (await families(ctx)).filter(isFor).map((family) => `default.${family}`)
  const defaults = await Promise.all(names.map((name) => groupNamed(ctx, kind, name)))
  return [...own.map(({ value }) => value), ...defaults].sort((a, b) => (a.name < b.name ? -1 : 1))
}
