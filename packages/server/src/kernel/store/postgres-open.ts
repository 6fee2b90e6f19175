import { Pool } from 'pg'
import type { SecretBox } from '../context.ts'
import { postgresMigrations } from './migrations/postgres.ts'
import { inTransaction } from './postgres-connection.ts'
import { keyCheckValue, requireKeyCheck } from './sealed.ts'
import { StoreOpenError } from './store-open-error.ts'

const poolSize = 10
const connectTimeoutMs = 5_000
const queryTimeoutMs = 30_000
/** A key of our own among the database's advisory locks: one node migrates at a time. */
const migrationLock = 4_269_101_337

/** Connections to the database of a store; broken ones are replaced. */
export function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    application_name: 'bartizan',
    // Every statement looks rows up by key; a plan made while a table was small must not stay a scan.
    // That makes plans look dear, so jit has to be kept from compiling each.
    options: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off',
  })
  // A connection that breaks fails its queries, and the pool opens another: nothing more to do here.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Brings the schema up to date, checks the root key, and returns the change sequence. */
export async function prepareDatabase(pool: Pool, box: SecretBox): Promise<number> {
  return inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(${migrationLock})`)
    await client.query(`CREATE SCHEMA IF NOT EXISTS bartizan`)
    await client.query(
      `CREATE TABLE IF NOT EXISTS bartizan.schema_version (version integer NOT NULL)`,
    )
    const found = await client.query<{ version: number | null }>(
      'SELECT max(version) AS version FROM bartizan.schema_version',
    )
    const had = found.rows[0]?.version ?? 0
    const wanted = postgresMigrations.length
    if (had > wanted) {
      throw new StoreOpenError(`the store has schema ${had}; this release knows up to ${wanted}`)
    }
    for (const migration of postgresMigrations.slice(had)) await client.query(migration)
    if (had < wanted) {
      await client.query('DELETE FROM bartizan.schema_version')
      await client.query('INSERT INTO bartizan.schema_version VALUES ($1)', [wanted])
    }
    await client.query(
      `INSERT INTO bartizan.state (seq, pruned, key_check) VALUES (0, 0, $1) ON CONFLICT DO NOTHING`,
      [keyCheckValue(box)],
    )
    const state = await client.query<{ seq: string; key_check: string }>(
      'SELECT seq, key_check FROM bartizan.state',
    )
    requireKeyCheck(box, state.rows[0]?.key_check ?? '')
    return Number(state.rows[0]?.seq)
  })
}
