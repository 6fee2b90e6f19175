import type { Pool, PoolClient } from 'pg'

/** How often work is tried that a conflict or a lost connection ended. */
export const retries = 5

/** Runs `work` in a transaction; any error rolls back, and a broken connection is not reused. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((broken: Error) => {
      failure = broken
    })
    throw error
  } finally {
    client.release(failure)
  }
}

/** True for serialization failures and deadlocks, after which the same work may succeed. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['40001', '40P01'].includes(String(error.code))
  )
}

/** True when the connection broke before an answer came. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return (
    /^(57P0|08|ECONNRESET|EPIPE)/.test(code) || error.message.startsWith('Connection terminated')
  )
}

/** More than a pool has connections, all of which may be dead. */
const readTries = 16

/** Reads again on another connection: a restarted server leaves dead ones in the pool. */
export async function retried<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === readTries || !isLostConnection(error)) throw error
      // A turn in which the pool notices its other dead connections.
      await new Promise((turn) => setImmediate(turn))
    }
  }
}
