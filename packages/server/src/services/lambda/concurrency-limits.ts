import type { Tables } from '../../kernel/context.ts'
import { accountConcurrency } from './function-pool.ts'
import { functions } from './store.ts'

/** What is left of the account's concurrency for functions that have none reserved. */
export async function unreservedConcurrency(tables: Tables, except?: string): Promise<number> {
  const rows = await tables.table(functions).list({ index: 'reserved', equals: 'yes' })
  const reserved = rows.reduce(
    (sum, { key, value }) => sum + (key === except ? 0 : (value.reservedConcurrency ?? 0)),
    0,
  )
  return accountConcurrency - reserved
}
