import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { initialAccount } from './initial-account.ts'
import { EngineError } from './engine.ts'
import type { Contact, EngineDriver, FirstUsers, Installation, Site } from './engine.ts'
import { copyFolder } from './folder-copy.ts'
import {
  hasPrograms,
  libraryPath,
  newestFirst,
  packagedPostgres,
  systemFolders,
  versionOf,
} from './installations.ts'
import { postgresDumps } from './postgres-dumps.ts'
import { pgHba, postgresqlConf } from './postgres-files.ts'
import { postgresParameters } from './postgres-parameters.ts'
import { scramVerifier } from './scram.ts'

const programs = ['initdb', 'postgres']
const versionPattern = /\(PostgreSQL\) (\d+(?:\.\d+)*)/

async function find(linkFolder: string): Promise<readonly Installation[]> {
  const folders = systemFolders('/usr/lib/postgresql').map((folder) => ({ programs: folder }))
  const packaged = packagedPostgres()
  const candidates: Omit<Installation, 'version'>[] = [...folders, ...(packaged ? [packaged] : [])]
  const found = candidates
    .filter((each) => hasPrograms(each.programs, programs))
    .map(async (each) => {
      const program = join(each.programs, 'postgres')
      const environment = libraryPath(each.libraries, linkFolder)
      const version = await versionOf(program, versionPattern, environment)
      return version === undefined ? [] : [{ ...each, version }]
    })
  return newestFirst((await Promise.all(found)).flat())
}

function environmentOf({ folder, installation, launcher }: Site): Record<string, string> {
  const links = 'libraries'
  return libraryPath(installation.libraries, join(folder, links), `${launcher.inside}/${links}`)
}

async function initialise(site: Site, users: FirstUsers): Promise<void> {
  const { folder, installation, launcher } = site
  for (const name of ['data', 'conf', 'log']) {
    rmSync(join(folder, name), { recursive: true, force: true })
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
  }
  // initdb and the single-user mode want a user that the system knows by name.
  const account = initialAccount()
  const environment = environmentOf(site)
  launcher.give(account)
  const data = `${launcher.inside}/data`
  const program = (name: string): string => join(installation.programs, name)
  const init = ['-D', data, '-U', 'rdsadmin', '-A', 'reject', '-E', 'UTF8', '--locale=C.UTF-8']
  const made = await launcher.run({ program: program('initdb'), args: init, environment }, account)
  if (made.code !== 0) throw new EngineError(`initdb failed: ${made.output}`)
  // The single-user mode reads statements line by line from standard input: nothing is on a command line.
  const single = ['--single', '-D', data, '-c', 'log_min_error_statement=panic', 'postgres']
  const statements = firstStatements(users, Number.parseInt(installation.version, 10))
  const run = { program: program('postgres'), args: single, environment }
  const filled = await launcher.run(run, account, statements.join('\n'))
  if (filled.code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(filled.output)) {
    throw new EngineError(`the first users could not be made: ${filled.output}`)
  }
}

/** Roles as RDS has them (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html). */
function firstStatements(users: FirstUsers, major: number): readonly string[] {
  const { masterUsername, masterVerifier, databaseName, adminPassword } = users
  const master = identifier(masterUsername)
  const granted = ['pg_monitor', 'pg_signal_backend', ...(major >= 15 ? ['pg_checkpoint'] : [])]
  return [
    `ALTER ROLE rdsadmin PASSWORD ${literal(scramVerifier(adminPassword))};`,
    'CREATE ROLE rds_superuser NOLOGIN;',
    'CREATE ROLE rds_iam NOLOGIN;',
    'CREATE ROLE rds_password NOLOGIN;',
    'CREATE ROLE rds_replication NOLOGIN;',
    `GRANT ${granted.join(', ')}, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;`,
    `CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE PASSWORD ${literal(masterVerifier)} VALID UNTIL 'infinity';`,
    `GRANT rds_superuser TO ${master} WITH ADMIN OPTION;`,
    `ALTER DATABASE postgres OWNER TO ${master};`,
    ...(databaseName === undefined || databaseName === 'postgres'
      ? []
      : [`CREATE DATABASE ${identifier(databaseName)} OWNER ${master};`]),
  ]
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const connectMs = 5_000

function asAdmin<T>(contact: Contact, work: (client: Client) => Promise<T>): Promise<T> {
  return connected(contact, { user: contact.administrator, password: contact.adminPassword }, work)
}

async function connected<T>(
  { host, port, tls, database }: Contact,
  credentials: { readonly user: string; readonly password: string },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...credentials,
    host,
    port,
    database,
    ssl: tls,
    connectionTimeoutMillis: connectMs,
    application_name: 'rdsadmin',
  })
  // A connection that breaks rejects what waits for it.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** What no copy of a running server holds (https://www.postgresql.org/docs/current/continuous-archiving.html). */
const leftOut =
  /^(postmaster\.(pid|opts)|backup_label|tablespace_map|pg_wal\/.*|pg_replslot\/.*|pg_(dynshmem|notify|serial|snapshots|stat_tmp|subtrans)\/.*|.*pgsql_tmp.*)$/

/** Copies the files of a running server by PostgreSQL's own protocol for that, with the log to make them consistent. */
async function dump(site: Site, contact: Contact, target: string): Promise<void> {
  const source = join(site.folder, 'data')
  const copy = join(target, 'data')
  const isNew = Number.parseInt(site.installation.version, 10) >= 15
  const start = isNew
    ? "pg_backup_start('bartizan', true)"
    : "pg_start_backup('bartizan', true, false)"
  const stop = isNew ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'
  await asAdmin(contact, async (client) => {
    // The slot keeps the log that the copy needs for as long as this session lasts.
    const slot = "SELECT pg_create_physical_replication_slot('bartizan_snapshot', true, true)"
    await client.query(slot)
    await client.query(`SELECT ${start}`)
    await copyFolder(source, copy, (path) => !leftOut.test(path))
    const { rows } = await client.query<{ labelfile: string }>(`SELECT labelfile FROM ${stop}`)
    await copyFolder(join(source, 'pg_wal'), join(copy, 'pg_wal'))
    await writeFile(join(copy, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 })
  })
}

/** PostgreSQL: programs of the machine, or of the optional npm package. */
export const postgres: EngineDriver = {
  id: 'postgres',
  defaultPort: 5432,
  stopSignal: 'SIGINT',
  find,
  verifierOf: (password) => scramVerifier(password),
  initialise,
  configure({ folder, launcher }, configuration) {
    const { certificate, privateKey, authority, parameters } = configuration
    const conf = join(folder, 'conf')
    mkdirSync(conf, { recursive: true, mode: 0o700 })
    mkdirSync(join(folder, 'log'), { recursive: true, mode: 0o700 })
    const files = {
      'postgresql.conf': postgresqlConf(launcher.inside, configuration),
      'pg_hba.conf': pgHba(parameters),
      'pg_ident.conf': '',
      'server.crt': certificate + authority,
      'server.key': privateKey,
    }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(conf, name), text, { mode: 0o600 })
    }
  },
  serverCommand: (site) => ({
    program: join(site.installation.programs, 'postgres'),
    args: ['-c', `config_file=${site.launcher.inside}/conf/postgresql.conf`],
    environment: environmentOf(site),
  }),
  greet: (contact) => asAdmin(contact, async (client) => void (await client.query('SELECT 1'))),
  reload: (contact) =>
    asAdmin(contact, async (client) => {
      await client.query('SELECT pg_reload_conf()')
      const wrong = 'SELECT name FROM pg_file_settings WHERE error IS NOT NULL AND name IS NOT NULL'
      const { rows } = await client.query<{ name: string }>(wrong)
      return rows.map(({ name }) => name)
    }),
  setPassword: (contact, username, verifier) =>
    asAdmin(contact, async (client) => {
      // Only a superuser may say so; what would be logged is no password, but a verifier of one.
      const quiet = 'SET log_statement = none; SET log_min_error_statement = panic'
      await client.query(quiet).catch(() => undefined)
      await client.query(`ALTER ROLE ${identifier(username)} PASSWORD ${literal(verifier)}`)
    }),
  introduce: (contact, username) =>
    asAdmin(contact, async (client) => {
      const text = `SELECT current_setting('server_version') AS version,
        EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1 AND rolcanlogin) AS "hasUser"`
      const { rows } = await client.query<{ version: string; hasUser: boolean }>(text, [username])
      const { version = '', hasUser = false } = rows[0] ?? {}
      return { version: version.split(' ')[0] ?? '', isMariadb: false, hasUser }
    }),
  logIn: (contact, user, password) =>
    connected(contact, { user, password }, async (client) => void (await client.query('SELECT 1'))),
  dump,
  async restore(site, source) {
    const data = join(site.folder, 'data')
    rmSync(data, { recursive: true, force: true })
    await copyFolder(join(source, 'data'), data)
  },
  dumps: postgresDumps,
  parameters: postgresParameters,
}
