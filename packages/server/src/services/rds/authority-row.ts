import type { Context } from '../../kernel/context.ts'
import { startUps } from '../../kernel/start-ups.ts'
import { newAuthority } from './authority.ts'
import { authorities, type AuthorityRow } from './store.ts'

const rowKey = 'authority'

/** The installation's authority; the first who asks makes it. */
export async function authorityOf(ctx: Context): Promise<AuthorityRow> {
  const table = ctx.store.table(authorities)
  const known = await table.get(rowKey)
  if (known) return known
  const made = await newAuthority(ctx.machineNow)
  table.put(rowKey, made)
  return made
}

/** Gets the installation ready for its first database server. */
export async function prepareInstallation(ctx: Context): Promise<void> {
  await authorityOf(ctx)
  const table = ctx.store.table(startUps)
  if (!(await table.get('rds'))) table.put('rds', {})
}
