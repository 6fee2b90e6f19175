import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { EngineError } from './engine.ts'
import type { Changed, Contact, EngineDriver, FirstUsers, Installation, Site } from './engine.ts'
import { copyFolder } from './folder-copy.ts'
import { hasPrograms, newestFirst, systemFolders, versionOf } from './installations.ts'
import { mariadbDumps } from './mariadb-dumps.ts'
import { serverOptions } from './mariadb-files.ts'
import { mariadbParameters } from './mariadb-parameters.ts'

const versionPattern = /Ver (\d+\.\d+\.\d+)-MariaDB/
const folders = ['data', 'conf', 'log', 'tmp', 'files']

async function find(): Promise<readonly Installation[]> {
  const programs = systemFolders(undefined).filter((folder) => hasPrograms(folder, ['mariadbd']))
  const found = programs.map(async (folder) => {
    const version = await versionOf(join(folder, 'mariadbd'), versionPattern)
    return version === undefined ? [] : [{ programs: folder, version }]
  })
  return newestFirst((await Promise.all(found)).flat())
}

/** What MariaDB keeps of a password, and takes in `IDENTIFIED BY PASSWORD '…'` (mysql_native_password). */
function nativeVerifier(password: string): string {
  const sha1 = (data: Buffer | string): Buffer => createHash('sha1').update(data).digest()
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`
}

async function initialise(site: Site, users: FirstUsers): Promise<void> {
  const { folder, launcher, account } = site
  for (const name of folders) {
    rmSync(join(folder, name), { recursive: true, force: true })
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
  }
  launcher.give(account)
  const paths = [`--datadir=${launcher.inside}/data`, `--tmpdir=${launcher.inside}/tmp`]
  const root = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
  const install = { program: installProgram(site), args: ['--no-defaults', ...root, ...paths] }
  const made = await launcher.run(install, account)
  if (made.code !== 0) throw new EngineError(`mariadb-install-db failed: ${made.output}`)
  await bootstrap(site, firstStatements(users))
}

function installProgram({ installation }: Site): string {
  const places = [installation.programs, '/usr/bin', '/usr/local/bin', '/usr/local/mysql/scripts']
  const folder = places.find((each) => hasPrograms(each, ['mariadb-install-db']))
  if (folder === undefined) throw new EngineError('mariadb-install-db is not installed')
  return join(folder, 'mariadb-install-db')
}

/** Runs statements before the server listens: they come on standard input, never on a command line. */
async function bootstrap(site: Site, statements: readonly string[]): Promise<void> {
  const { launcher, installation, account } = site
  const paths = [`--datadir=${launcher.inside}/data`, `--tmpdir=${launcher.inside}/tmp`]
  const args = ['--no-defaults', '--bootstrap', ...paths]
  const run = { program: join(installation.programs, 'mariadbd'), args }
  const text = ['FLUSH PRIVILEGES', ...statements].map((each) => `${each};`).join('\n')
  const done = await launcher.run(run, account, `${text}\n`)
  if (done.code !== 0 || /ERROR/.test(done.output)) {
    throw new EngineError(`the first users could not be made: ${done.output}`)
  }
}

/** What RDS grants the master user (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html). */
const masterPrivileges = [
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER',
  'SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE',
  'REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT',
  'TRIGGER, DELETE HISTORY',
].join(', ')

function firstStatements(users: FirstUsers): readonly string[] {
  const { masterUsername, masterVerifier, databaseName, adminPassword } = users
  const admin = "'rdsadmin'@'127.0.0.1'"
  const master = `${literal(masterUsername)}@'%'`
  return [
    "DELETE FROM mysql.global_priv WHERE User = 'root' OR User = ''",
    'FLUSH PRIVILEGES',
    `CREATE USER ${admin} IDENTIFIED BY PASSWORD ${literal(nativeVerifier(adminPassword))} REQUIRE SSL`,
    `GRANT ALL ON *.* TO ${admin} WITH GRANT OPTION`,
    `CREATE USER ${master} IDENTIFIED BY PASSWORD ${literal(masterVerifier)}`,
    `GRANT ${masterPrivileges} ON *.* TO ${master} WITH GRANT OPTION`,
    ...(databaseName === undefined ? [] : [`CREATE DATABASE ${identifier(databaseName)}`]),
  ]
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

const connectMs = 5_000

function asAdmin<T>(contact: Contact, work: (connection: Connection) => Promise<T>): Promise<T> {
  return connected(contact, { user: contact.administrator, password: contact.adminPassword }, work)
}

async function connected<T>(
  { host, port, tls }: Contact,
  credentials: { readonly user: string; readonly password: string },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({
    ...credentials,
    host,
    port,
    // mysql2 compares names only, not addresses.
    ...(tls && { ssl: { ...tls, verifyIdentity: isIP(host) === 0 } }),
    connectTimeout: connectMs,
  })
  try {
    return await work(connection)
  } finally {
    await connection.end().catch(() => undefined)
  }
}

const ownDatabases = ['information_schema', 'performance_schema', 'mysql', 'sys']

function databasesOf(contact: Contact): Promise<readonly string[]> {
  return asAdmin(contact, async (connection) => {
    const text = 'SELECT schema_name AS name FROM information_schema.schemata'
    const [rows] = await connection.query<RowDataPacket[]>(text)
    return rows.map((row) => String(row['name'])).filter((name) => !ownDatabases.includes(name))
  })
}

async function versionOfServer(
  connection: Connection,
): Promise<{ readonly version: string; readonly isMariadb: boolean }> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version')
  const text = String(rows[0]?.['version'])
  return { version: /^[\d.]+/.exec(text)?.[0] ?? text, isMariadb: /mariadb/i.test(text) }
}

/** Sets what can be set while the server runs; the names of what it refuses. */
async function reload(contact: Contact, changed: Changed): Promise<readonly string[]> {
  const options = Object.entries(changed).filter(([name]) => !name.startsWith('rds.'))
  if (options.length === 0) return []
  return asAdmin(contact, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT LOWER(variable_name) AS name, variable_type AS type FROM information_schema.system_variables WHERE read_only = 'NO'",
    )
    const types = new Map(rows.map((row) => [String(row['name']), String(row['type'])]))
    const refused: string[] = []
    for (const [name, value] of options) {
      const type = types.get(name)
      if (type === undefined) refused.push(name)
      else {
        const statement = `SET GLOBAL ${identifier(name)} = ${settingOf(type, value)}`
        await connection.query(statement).catch(() => refused.push(name))
      }
    }
    return refused
  })
}

function settingOf(type: string, value: string | undefined): string {
  if (value === undefined) return 'DEFAULT'
  const isNumber = /INT|DOUBLE|BOOLEAN/.test(type) && /^-?[\d.]+$/.test(value)
  return isNumber ? value : literal(value)
}

async function restore({ folder }: Site, source: string): Promise<void> {
  for (const name of folders) {
    rmSync(join(folder, name), { recursive: true, force: true })
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
  }
  await copyFolder(join(source, 'data'), join(folder, 'data'))
}

/** MariaDB, which serves the engines mysql and aurora-mysql too: programs of the machine. */
export const mariadb: EngineDriver = {
  id: 'mariadb',
  defaultPort: 3306,
  stopSignal: 'SIGTERM',
  find,
  verifierOf: nativeVerifier,
  initialise,
  configure({ folder, launcher }, configuration) {
    const { certificate, privateKey, authority } = configuration
    for (const name of folders) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
    const files = {
      'server.cnf': serverOptions(launcher.inside, configuration),
      'ca.crt': authority,
      'server.crt': certificate + authority,
      'server.key': privateKey,
    }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, 'conf', name), text, { mode: 0o600 })
    }
  },
  serverCommand: ({ installation, launcher }) => ({
    program: join(installation.programs, 'mariadbd'),
    args: [`--defaults-file=${launcher.inside}/conf/server.cnf`],
  }),
  greet: (contact) => asAdmin(contact, (connection) => connection.ping()),
  reload,
  setPassword: (contact, username, verifier) =>
    asAdmin(contact, async (connection) => {
      const user = `${literal(username)}@'%'`
      const { isMariadb } = await versionOfServer(connection)
      const how = isMariadb ? 'BY PASSWORD' : 'WITH mysql_native_password AS'
      await connection.query(`ALTER USER ${user} IDENTIFIED ${how} ${literal(verifier)}`)
    }),
  introduce: (contact, username) =>
    asAdmin(contact, async (connection) => {
      const text = "SELECT 1 FROM mysql.user WHERE User = ? AND Host = '%'"
      const [rows] = await connection.query<RowDataPacket[]>(text, [username])
      return { ...(await versionOfServer(connection)), hasUser: rows.length > 0 }
    }),
  logIn: (contact, user, password) =>
    connected(contact, { user, password }, (connection) => connection.ping()),
  restore,
  dumps: mariadbDumps(databasesOf),
  parameters: mariadbParameters,
}
