import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** The repository's root folder. */
export const root = resolve(import.meta.dirname, '..', '..')

/** The administrator that every spawned server is given. */
export const administrator = {
  accessKeyId: 'AKIAFAULTSADMIN00001',
  secretAccessKey: 'faults-administrator-secret',
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A Bartizan server in a process of its own. */
export interface ServerProcess {
  readonly endpoint: string
  readonly port: number
  readonly pid: number
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMs: number
  /** Everything written to stdout and stderr so far. */
  output(): string
  /** Sends a signal and resolves when the process has ended. */
  stop(signal: NodeJS.Signals): Promise<Ending>
}

/** A server that ended before it answered; the message holds what it wrote. */
export class ServerDidNotStart extends Error {
  readonly ending: Ending
  readonly output: string

  constructor(ending: Ending, output: string) {
    super(`the server ended (code ${ending.code}, signal ${ending.signal}) with:\n${output}`)
    this.name = 'ServerDidNotStart'
    this.ending = ending
    this.output = output
  }
}

/** What a spawned server is started with. */
export interface ServerOptions {
  readonly dataDir: string
  readonly environment?: Readonly<Record<string, string>>
  readonly nodeArguments?: readonly string[]
}

const running = new Set<ChildProcess>()

// Whatever ends this process, no server is left behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends a child with this process, if it has not ended by itself. */
export function endWithThisProcess(child: ChildProcess): void {
  running.add(child)
  child.once('close', () => running.delete(child))
}

/** Starts `bartizan up` on a free port and resolves when it answers. Throws ServerDidNotStart. */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const started = performance.now()
  const main = join(root, 'packages', 'cli', 'bin', 'bartizan.mjs')
  const child = spawn(
    process.execPath,
    [...(options.nodeArguments ?? []), main, 'up', '--port', '0', '--data-dir', options.dataDir],
    { cwd: root, env: environmentOf(options), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  endWithThisProcess(child)
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = endingOf(child)
  const endpoint = await new Promise<string>((found, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      const address = /^Bartizan answers at (http:\S+)/.exec(line)?.[1]
      if (address !== undefined) found(address)
    })
    void ended.then((ending) => failed(new ServerDidNotStart(ending, output)))
  })
  const health = await fetch(`${endpoint}/_bartizan/health`)
  if (!health.ok) throw new Error(`health answered ${health.status}`)
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    pid: child.pid ?? 0,
    startMs: performance.now() - started,
    output: () => output,
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

/** What an SDK client needs to reach a spawned server; a call is tried once. */
export function clientConfig({ endpoint }: ServerProcess) {
  return { endpoint, region: 'us-east-1', credentials: administrator, maxAttempts: 1 }
}

function environmentOf({ environment }: ServerOptions): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('BARTIZAN_') && name !== 'NODE_TEST_CONTEXT',
  )
  return {
    ...Object.fromEntries(inherited),
    BARTIZAN_ADMIN_ACCESS_KEY_ID: administrator.accessKeyId,
    BARTIZAN_ADMIN_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    ...environment,
  }
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
}
