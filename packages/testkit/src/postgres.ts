import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A PostgreSQL server of a test's own. */
export interface TestPostgres {
  readonly url: string
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

/** The directory of PostgreSQL's server programs on this machine; undefined when there are none. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian).sort((a, b) => Number(b) - Number(a))
    : []
  const candidates = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return candidates.find(
    (each) => existsSync(join(each, 'initdb')) && existsSync(join(each, 'postgres')),
  )
}

/** Starts PostgreSQL in a temporary directory on a free loopback port. It refuses root, so root lends an account. */
export async function startPostgres(): Promise<TestPostgres> {
  const programs = findPostgres()
  if (!programs) throw new Error('no PostgreSQL server programs were found')
  const directory = await mkdtemp(join(tmpdir(), 'bartizan-postgres-'))
  const account = await unprivileged()
  if (account) await chown(directory, account.uid, account.gid)
  const data = join(directory, 'data')
  const init = [
    '-D',
    data,
    '-U',
    'bartizan',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]
  await run(join(programs, 'initdb'), init, { ...account, cwd: directory })
  const port = await freePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
  ]
  const flags = [...settings, 'fsync=off', 'max_connections=60'].flatMap((each) => ['-c', each])
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...flags], {
    ...account,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  await ready(server.stderr, { name: 'PostgreSQL', words: 'ready to accept connections', ended })
  return {
    url: `postgres://bartizan@127.0.0.1:${port}/postgres`,
    async stop() {
      server.kill('SIGINT')
      await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The account to run under when this process is root. */
export async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    } catch {
      continue
    }
  }
  throw new Error('PostgreSQL refuses to run as root and there is no account to lend')
}

/** A port that nobody listened at a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Resolves when a server's log says that it takes connections; rejects with its log when it ends before. */
export function ready(
  log: NodeJS.ReadableStream,
  { name, words, ended }: { name: string; words: string; ended: Promise<void> },
): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    log.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes(words)) resolve()
    })
    void ended.then(() => reject(new Error(`${name} did not start: ${text}`)))
  })
}
