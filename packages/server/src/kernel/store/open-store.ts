import type { SecretBox } from '../context.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

/** Which storage a server uses: a SQLite file (`:memory:` for none), or a PostgreSQL database. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/**
 * Opens the store, brings its schema up to date, and checks that it belongs to this root key.
 * Throws StoreOpenError or RootKeyError when it cannot be used.
 */
export async function openStore(location: StoreLocation, box: SecretBox): Promise<Store> {
  if (location.kind === 'sqlite') return openSqlite(location.path, box)
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(location.url, box)
}
