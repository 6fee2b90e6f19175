import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, ready, unprivileged } from './postgres.ts'

const run = promisify(execFile)

/** A MariaDB server of a test's own. */
export interface TestMariadb {
  readonly port: number
  /** Of `admin`, who may do everything. */
  readonly adminPassword: string
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

/** MariaDB's server program on this machine; undefined when there is none. */
export function findMariadb(): string | undefined {
  const folders = ['/usr/sbin', '/usr/libexec', ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.map((folder) => join(folder, 'mariadbd')).find((path) => existsSync(path))
}

/** Starts MariaDB in a temporary directory on a free loopback port, without TLS. */
export async function startMariadb(): Promise<TestMariadb> {
  const program = findMariadb()
  if (!program) throw new Error('no MariaDB server program was found')
  const directory = await mkdtemp(join(tmpdir(), 'bartizan-mariadb-'))
  const account = await unprivileged()
  if (account) await chown(directory, account.uid, account.gid)
  const data = join(directory, 'data')
  const adminPassword = 'admin-of-the-test'
  const common = ['--no-defaults', `--datadir=${data}`]
  const auth = ['--auth-root-authentication-method=normal', '--skip-test-db']
  await run('mariadb-install-db', [...common, ...auth], { ...account, cwd: directory })
  const port = await freePort()
  const network = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${directory}/socket`]
  const flags = [...network, '--innodb-flush-log-at-trx-commit=0', '--skip-name-resolve']
  const first = join(directory, 'first.sql')
  const admin = `CREATE USER admin@'%' IDENTIFIED BY '${adminPassword}';
GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;
`
  await writeFile(first, admin)
  const server = spawn(program, [...common, ...flags, `--init-file=${first}`], {
    ...account,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  await ready(server.stderr, { name: 'MariaDB', words: 'ready for connections', ended })
  return {
    port,
    adminPassword,
    async stop() {
      server.kill('SIGTERM')
      await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}
