import type { Context } from '../../kernel/context.ts'
import { missing, type VersionSubject } from './function-reference.ts'
import { versionKey, versions, type VersionRow } from './store.ts'

/** The version that one invocation of a subject runs: an alias may share its traffic out by weight. */
export async function runnableVersion(
  ctx: Pick<Context, 'ids'>,
  { version, alias, tables, row, arn }: VersionSubject,
): Promise<VersionRow> {
  const weights = Object.entries(alias?.weights ?? {})
  if (weights.length === 0) return version
  let drawn = parseInt(ctx.ids.hex(8), 16) / 0x1_0000_0000
  for (const [other, weight] of weights) {
    if (drawn < weight) {
      const found = await tables.table(versions).get(versionKey(row.name, other))
      if (!found) throw missing(arn)
      return found
    }
    drawn -= weight
  }
  return version
}
