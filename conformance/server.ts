import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { environmentWithoutAws, run, succeed, type Outcome } from './process.ts'

const root = resolve(import.meta.dirname, '..')
const command = join(root, 'packages/cli/bin/bartizan.mjs')
const startupMs = 30_000
const stopMs = 15_000

/** A caller's access key. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** A server in a process of its own, as a user starts it. */
export interface Server {
  readonly endpoint: string
  readonly accountId: string
  readonly region: string
  readonly dataDir: string
  readonly admin: AccessKey
  /** A folder for the test's files, gone at `stop`. */
  readonly folder: string
  /** What the server has written to its log. */
  log(): string
  /** The server's process, to look at its memory. */
  readonly pid: number
  /** The environment by which an AWS client reaches the server as the administrator, or another caller. */
  env(caller?: AccessKey): Record<string, string>
  /** Runs the `bartizan` command against this server; it must succeed. */
  bartizan(...args: readonly string[]): Promise<string>
  /** The same, for commands that must fail. */
  tryBartizan(...args: readonly string[]): Promise<Outcome>
  /** Ends the process as an operator would, and removes its folder. */
  stop(): Promise<void>
}

/** Where a server is started and with what besides. */
export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** A data directory that outlives the server; otherwise a fresh one. */
  readonly dataDir?: string
}

/** Starts `bartizan up` on a free port and waits for its health. Throws when it does not come up. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-conformance-'))
  const dataDir = options.dataDir ?? join(folder, 'data')
  const admin = { accessKeyId: 'AKIACONFORMANCE00001', secretAccessKey: 'conformance-secret/+=1' }
  const accountId = '123456789012'
  const region = 'us-east-1'
  const settings = {
    BARTIZAN_ACCOUNT_ID: accountId,
    BARTIZAN_ADMIN_ACCESS_KEY_ID: admin.accessKeyId,
    BARTIZAN_ADMIN_SECRET_ACCESS_KEY: admin.secretAccessKey,
    BARTIZAN_DATA_DIR: dataDir,
    ...options.env,
  }
  const child = spawn(process.execPath, [command, 'up', '--port', '0', ...(options.args ?? [])], {
    env: { ...environmentWithoutAws(), BARTIZAN_LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const endpoint = await endpointOf(child).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const operator = { ...environmentWithoutAws(), ...settings, BARTIZAN_ENDPOINT: endpoint }
  return {
    endpoint,
    accountId,
    region,
    dataDir,
    admin,
    folder,
    log: () => log,
    pid: child.pid ?? 0,
    env: (caller: AccessKey = admin) => clientEnvironment(endpoint, region, caller),
    bartizan: (...args) =>
      succeed(process.execPath, [command, ...args], { env: operator, timeoutMs: 120_000 }),
    tryBartizan: (...args) => run(process.execPath, [command, ...args], { env: operator }),
    stop: async () => {
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function clientEnvironment(
  endpoint: string,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: AccessKey,
): Record<string, string> {
  return {
    ...environmentWithoutAws(),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  }
}

/** Reads the address from the server's own announcement and, where no certificate is needed, its health. */
async function endpointOf(child: ChildProcess): Promise<string> {
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    process.stderr.write(chunk)
  })
  for (let waitedMs = 0; waitedMs < startupMs; waitedMs += 50) {
    if (child.exitCode !== null) break
    const endpoint = /Bartizan answers at (\S+)/.exec(said)?.[1]
    if (endpoint?.startsWith('https:') || (endpoint && (await isHealthy(endpoint)))) return endpoint
    await wait(50)
  }
  child.kill('SIGKILL')
  throw new Error(`the server did not come up:\n${said}`)
}

async function isHealthy(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/_bartizan/health`).catch(() => undefined)
  await response?.arrayBuffer()
  return response?.status === 200
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise<void>((done) => child.once('exit', () => done()))
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await closed
  clearTimeout(limit)
}
