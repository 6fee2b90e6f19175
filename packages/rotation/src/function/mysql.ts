import { randomBytes } from 'node:crypto'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { authorities } from './authorities.ts'
import { connectByTls, connectMs, type Account, type Database, type Session } from './database.ts'
import type { DatabaseSecret } from './database-secret.ts'
import { grantFor } from './grants.ts'

/** MySQL and Aurora's. */
export const mysql: Database = {
  engines: ['mysql', 'aurora-mysql', 'aurora'],
  defaultPort: 3306,
  maxUserName: 32,
  logIn,
}

/** MariaDB. */
export const mariadb: Database = { ...mysql, engines: ['mariadb'], maxUserName: 80 }

async function logIn(secret: DatabaseSecret): Promise<Session | undefined> {
  const connection = await connectByTls(secret, (way) => connected(secret, way), isRefusal)
  return connection && sessionOf(connection)
}

async function connected(
  { host, port, username, password, dbname }: DatabaseSecret,
  way: 'verified' | 'encrypted' | 'plain',
): Promise<Connection> {
  const isVerified = way === 'verified'
  const connection = await createConnection({
    host,
    port,
    user: username,
    password,
    ...(dbname && { database: dbname }),
    ...(way !== 'plain' && {
      ssl: {
        rejectUnauthorized: isVerified,
        verifyIdentity: isVerified,
        ...(isVerified && { ca: await authorities() }),
      },
    }),
    connectTimeout: connectMs,
  })
  try {
    // How quotes and backslashes are read depends on the mode, which the server may have set otherwise.
    await connection.query(`SET SESSION sql_mode = 'STRICT_ALL_TABLES'`)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

const refusals = [1044, 1045, 1130, 1698, 3118, 4151]

/** Access denied to the server or the database, or a locked account. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && refusals.includes(Number(error.errno))
}

function sessionOf(connection: Connection): Session {
  const written = ({ name, host = '%' }: Account) =>
    `${connection.escape(name)}@${connection.escape(host)}`
  return {
    async account() {
      const [row] = await select(connection, 'SELECT CURRENT_USER() AS user')
      const text = String(row?.['user'])
      const at = text.lastIndexOf('@')
      return { name: text.slice(0, at), host: text.slice(at + 1) }
    },
    async changeOwnPassword(password) {
      await connection.query(`SET PASSWORD = ${await passwordClause(connection, password)}`)
    },
    async putTwin(of, name, password) {
      const twin = written({ ...of, name })
      const unknown = connection.escape(`${randomBytes(24).toString('base64')}aA1!`)
      await connection.query(`CREATE USER IF NOT EXISTS ${twin} IDENTIFIED BY ${unknown}`)
      const rows = await select(connection, `SHOW GRANTS FOR ${written(of)}`)
      for (const row of rows) {
        const grant = grantFor(String(Object.values(row)[0]), twin)
        if (grant !== undefined) await connection.query(grant)
      }
      await connection.query(`ALTER USER ${twin} REQUIRE ${await requirement(connection, of)}`)
      const secret = await passwordClause(connection, password)
      await connection.query(`SET PASSWORD FOR ${twin} = ${secret}`)
    },
    close: () => connection.end(),
  }
}

async function select(
  connection: Connection,
  statement: string,
  values: readonly string[] = [],
): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>(statement, [...values])
  return rows
}

/** SET PASSWORD keeps the account's way of authentication; its right-hand side is written differently in MariaDB. */
async function passwordClause(connection: Connection, password: string): Promise<string> {
  const [row] = await select(connection, 'SELECT VERSION() AS version')
  const text = connection.escape(password)
  return String(row?.['version']).includes('MariaDB') ? `PASSWORD(${text})` : text
}

/** What TLS an account demands, as REQUIRE has it. */
async function requirement(connection: Connection, { name, host = '%' }: Account): Promise<string> {
  const [row] = await select(
    connection,
    `SELECT ssl_type, CONVERT(ssl_cipher USING utf8mb4) AS cipher, CONVERT(x509_issuer USING utf8mb4) AS issuer,
            CONVERT(x509_subject USING utf8mb4) AS subject FROM mysql.user WHERE User = ? AND Host = ?`,
    [name, host],
  )
  switch (String(row?.['ssl_type'])) {
    case 'ANY':
      return 'SSL'
    case 'X509':
      return 'X509'
    case 'SPECIFIED':
      return ['issuer', 'subject', 'cipher']
        .filter((part) => row?.[part])
        .map((part) => `${part.toUpperCase()} ${connection.escape(String(row?.[part]))}`)
        .join(' AND ')
    default:
      return 'NONE'
  }
}
