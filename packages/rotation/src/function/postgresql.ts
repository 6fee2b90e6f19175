import { Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg'
import { authorities } from './authorities.ts'
import { connectByTls, connectMs, type Database, type Session } from './database.ts'
import type { DatabaseSecret } from './database-secret.ts'
import { passwordVerifier } from './password-verifier.ts'

const statementMs = 20_000

/** PostgreSQL and Aurora's. */
export const postgresql: Database = {
  engines: ['postgres', 'aurora-postgresql'],
  defaultPort: 5432,
  maxUserName: 63,
  async logIn(secret) {
    const client = await connectByTls(secret, (way) => connected(secret, way), isRefusal)
    return client && sessionOf(client, secret.username)
  },
}

async function connected(
  { host, port, username, password, dbname }: DatabaseSecret,
  way: 'verified' | 'encrypted' | 'plain',
): Promise<Client> {
  const isVerified = way === 'verified'
  const ssl = { rejectUnauthorized: isVerified, ...(isVerified && { ca: await authorities() }) }
  const client = new Client({
    host,
    port,
    user: username,
    password,
    database: dbname ?? 'postgres',
    ssl: way === 'plain' ? false : ssl,
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
    application_name: 'rotation',
  })
  // What happens to the connection between two statements shows in the next one.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** Class 28, invalid authorization, and a database that the user may not connect to. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false
  // Without TLS the same user may be let in by another line of pg_hba.conf.
  if (error.code === '28000' && error.message.includes('pg_hba.conf')) return false
  return error.code?.startsWith('28') === true || error.code === '42501'
}

function sessionOf(client: Client, user: string): Session {
  return {
    account: () => Promise.resolve({ name: user }),
    async changeOwnPassword(password) {
      const secret = await secretOf(client, user, password)
      await client.query(`ALTER ROLE ${escapeIdentifier(user)} WITH PASSWORD ${secret}`)
    },
    async putTwin({ name: original }, name, password) {
      const role = escapeIdentifier(name)
      const secret = await secretOf(client, name, password)
      await client.query('BEGIN')
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])
      if (rowCount === 0) await client.query(`CREATE ROLE ${role} WITH LOGIN`)
      if (!(await areRelated(client, original, name))) {
        await client.query(`GRANT ${escapeIdentifier(original)} TO ${role}`)
      }
      await client.query(`ALTER ROLE ${role} WITH LOGIN PASSWORD ${secret}`)
      await client.query('COMMIT')
    },
    close: () => client.end(),
  }
}

/** Whether one of two roles is a member of the other, in which case the other way round is impossible. */
async function areRelated(client: Client, one: string, other: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_auth_members AS m
       JOIN pg_roles AS r ON r.oid = m.roleid JOIN pg_roles AS u ON u.oid = m.member
      WHERE (r.rolname = $1 AND u.rolname = $2) OR (r.rolname = $2 AND u.rolname = $1)`,
    [one, other],
  )
  return rowCount !== 0
}

async function secretOf(client: Client, user: string, password: string): Promise<string> {
  const { rows } = await client.query<{ password_encryption: string }>('SHOW password_encryption')
  const method = rows[0]?.password_encryption ?? ''
  return escapeLiteral(passwordVerifier(method, { user, password }) ?? password)
}
