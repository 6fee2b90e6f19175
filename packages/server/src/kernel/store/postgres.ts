import type { SecretBox } from '../context.ts'
import type { Store } from './store.ts'

export async function openPostgres(url: string, _box: SecretBox): Promise<Store> {
  throw new Error(`no PostgreSQL at ${url}`)
}
