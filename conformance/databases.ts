import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

/** The parts of a database secret that log in. */
export interface Credentials {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
}

type User = Pick<Credentials, 'username' | 'password'>

/** What the tests do with a kind of database beside Bartizan. */
export interface Engine {
  /** As RDS and secrets call it. */
  readonly name: string
  /** As rotation types call it. */
  readonly label: string
  /** Whether RDS manages the superuser's secret, which then says nothing of the server. */
  readonly hasManagedMaster: boolean
  /** Its words for a wrong password. */
  readonly refusal: RegExp
  /** Logs in over TLS and asks something; the problem when that fails. */
  logIn(as: Credentials): Promise<string | undefined>
  /** Makes a user that can read the database `shop`. */
  newUser(master: Credentials, user: User): Promise<void>
  /** Has every change of a user wait until what is returned is called. */
  holdUser(master: Credentials, username: string): Promise<() => Promise<void>>
  /** True when something waits for what `holdUser` holds. */
  isWaiting(master: Credentials): Promise<true | undefined>
}

const ssl = { rejectUnauthorized: false }

async function problemOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function postgresClient({ host, port, username: user, password }: Credentials) {
  const client = new Client({ host, port, user, password, database: 'shop', ssl })
  client.on('error', () => {})
  await client.connect()
  return client
}

const postgres: Engine = {
  name: 'postgres',
  label: 'PostgreSQL',
  hasManagedMaster: false,
  refusal: /password authentication failed/,
  logIn: (as) =>
    problemOf(async () => {
      const client = await postgresClient(as)
      await client.query('SELECT * FROM things').finally(() => client.end())
    }),
  async newUser(master, { username, password }) {
    const client = await postgresClient(master)
    const role = client.escapeIdentifier(username)
    await client.query('CREATE TABLE IF NOT EXISTS things (id int)')
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`)
    await client.query(`GRANT SELECT ON things TO ${role}`)
    await client.end()
  },
  async holdUser(master, username) {
    const client = await postgresClient(master)
    await client.query('BEGIN')
    await client.query(`ALTER ROLE ${client.escapeIdentifier(username)} CONNECTION LIMIT 50`)
    return () => client.end().catch(() => {})
  },
  async isWaiting(master) {
    const client = await postgresClient(master)
    const { rowCount } = await client.query('SELECT 1 FROM pg_locks WHERE NOT granted')
    await client.end()
    return rowCount === 0 ? undefined : true
  },
}

function mariadbConnection({ host, port, username: user, password }: Credentials) {
  return createConnection({ host, port, user, password, database: 'shop', ssl })
}

const mariadb: Engine = {
  name: 'mariadb',
  label: 'MariaDB',
  hasManagedMaster: true,
  refusal: /Access denied for user/,
  logIn: (as) =>
    problemOf(async () => {
      const connection = await mariadbConnection(as)
      await connection.query('SELECT * FROM things').finally(() => connection.end())
    }),
  async newUser(master, { username, password }) {
    const connection = await mariadbConnection(master)
    const account = `${connection.escape(username)}@'%'`
    await connection.query('CREATE TABLE IF NOT EXISTS things (id int)')
    await connection.query(`CREATE USER ${account} IDENTIFIED BY ${connection.escape(password)}`)
    await connection.query(`GRANT SELECT ON shop.things TO ${account}`)
    await connection.end()
  },
  holdUser: () => Promise.reject(new Error('MariaDB holds no user')),
  isWaiting: () => Promise.resolve(undefined),
}

const hasMariadb = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'].some((folder) =>
  existsSync(join(folder, 'mariadbd')),
)

/** The kinds of database whose users are rotated: PostgreSQL comes with the server, MariaDB with the machine. */
export const enginesHere: readonly Engine[] = hasMariadb ? [postgres, mariadb] : [postgres]

/** Those that this machine lacks. */
export const missingEngines: readonly Engine[] = hasMariadb ? [] : [mariadb]
