import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import {
  administrator,
  endWithThisProcess,
  root,
  startServerProcess,
} from '../conformance/faults/server-process.ts'
import type { ServerOptions } from '../conformance/faults/server-process.ts'
import type { Signer } from '../conformance/faults/signed-request.ts'

/** A server process that is measured. */
export interface Peer extends Signer {
  readonly name: string
  readonly pid: number
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMs: number
  stop(): Promise<void>
}

/** A node:http server that reads each request and sends its body back. */
export async function startEcho(): Promise<Peer> {
  const started = performance.now()
  const child = spawn(process.execPath, [join(root, 'bench', 'echo-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  endWithThisProcess(child)
  const port = await new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      resolve(Number(/:(\d+)"/.exec(line)?.[1]))
    })
  })
  return peerOf(child, { name: 'echo', port, startMs: performance.now() - started })
}

/** Bartizan in a process of its own, with its store on disk. */
export async function startBartizan(name: string, options: ServerOptions): Promise<Peer> {
  const environment = { BARTIZAN_LOG_LEVEL: 'info', ...options.environment }
  const server = await startServerProcess({ ...options, environment })
  return {
    name,
    ...server,
    credentials: administrator,
    async stop() {
      const { code } = await server.stop('SIGTERM')
      if (code !== 0) throw new Error(`${name} ended with ${code}:\n${server.output()}`)
    },
  }
}

/** Moto's server; the reason why there is none when it is not installed. */
export async function startMoto(): Promise<Peer | string> {
  const found = spawnSync('python3', ['-c', 'import moto.server'], { encoding: 'utf8' })
  if (found.status !== 0) {
    return `moto's server is not installed (${found.stderr?.trim().split('\n').at(-1) ?? 'no python3'})`
  }
  const started = performance.now()
  const port = await freePort()
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, MOTO_ACCOUNT_ID: '000000000000' },
  })
  endWithThisProcess(child)
  while (child.exitCode === null && performance.now() - started < 60_000) {
    const answer = await fetch(`http://127.0.0.1:${port}/moto-api/`).catch(() => undefined)
    if (answer) {
      await answer.arrayBuffer()
      return peerOf(child, { name: 'moto', port, startMs: performance.now() - started })
    }
    await wait(20)
  }
  child.kill('SIGKILL')
  return "moto's server did not start"
}

function peerOf(child: ChildProcess, facts: Pick<Peer, 'name' | 'port' | 'startMs'>): Peer {
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    ...facts,
    pid: child.pid ?? 0,
    credentials: administrator,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

const tickMicros =
  1e6 / Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout.trim() || 100)

/** Processor time, user and system, that a process has used so far, in microseconds. */
export function processorMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The fields after the command name, which may hold blanks: state is the first, utime the twelfth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMicros
}
