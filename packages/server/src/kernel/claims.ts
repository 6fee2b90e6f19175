import { hash } from 'node:crypto'
import type { Tables } from './context.ts'
import { defineTable } from './store/store.ts'

/** How often a claim of each way was made, in an account and Region. */
const claims = defineTable<{ readonly made: number }>({ name: 'kernel.claims', scope: 'region' })

/** Claims share this many rows, so that they are never too many: two that meet by chance only take turns. */
const ways = 256

/**
 * For an operation that looks for something by a listing and makes it when it is not there. Call before
 * looking; call the answer when making. Of two units of work with the same claim, the later conflicts and is
 * run again, and then finds what the first has made.
 */
export async function claimOf(tables: Tables, name: string): Promise<() => void> {
  const key = String(parseInt(hash('sha256', name).slice(0, 8), 16) % ways)
  const view = tables.table(claims)
  const made = (await view.get(key))?.made ?? 0
  return () => view.put(key, { made: made + 1 })
}
