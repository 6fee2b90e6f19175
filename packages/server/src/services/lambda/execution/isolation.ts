import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CgroupKind } from './cgroups.ts'
import { sandboxCommand, startScript, type IsolationLevel } from './sandbox.ts'

/** What each level is made of, as the log and the documentation name it. */
export const isolationLevels: Readonly<Record<IsolationLevel, string>> = {
  namespaces:
    'an unprivileged user of its own, mount, process, IPC and host name namespaces, and a file system of its own',
  'user-namespace':
    "the server's user without privileges in user, mount, process, IPC and host name namespaces, and a file system of its own",
  user: "an unprivileged user of its own on the host's file system",
  process:
    "a process of the server's own user on the host's file system, with resource limits only",
}

const strongestFirst = Object.keys(isolationLevels) as readonly IsolationLevel[]

/** The strongest level that this machine lets a function run under, found by running one. */
export async function strongestIsolation(): Promise<IsolationLevel> {
  for (const level of strongestFirst) {
    if (await works(level)) return level
  }
  throw new Error('no process can be started here (setpriv and prlimit of util-linux are needed)')
}

/** What the operator should know of how functions are held. */
export function isolationNotice(level: IsolationLevel, cgroups: CgroupKind): string {
  const memory =
    cgroups === 'none'
      ? 'memory is limited per process (RLIMIT_DATA), as no control group can be made'
      : `memory and processes are limited by cgroup ${cgroups}`
  return `functions run as ${isolationLevels[level]}; ${memory}; the network is the host's`
}

const probeMs = 10_000
const probeUid = 1_900_000_000

async function works(level: IsolationLevel): Promise<boolean> {
  const isRoot = process.getuid?.() === 0
  if ((level === 'namespaces' || level === 'user') && !isRoot) return false
  if (level === 'user-namespace' && isRoot) return false
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-probe-'))
  try {
    chmodSync(folder, 0o755)
    const root = join(folder, 'root')
    const task = join(folder, 'task')
    mkdirSync(root)
    mkdirSync(task)
    writeFileSync(join(task, 'probe'), 'here')
    const isolated = level === 'namespaces' || level === 'user-namespace'
    const workingFolder = isolated ? '/var/task' : task
    const command = ['sh', '-c', isolated ? 'test ! -w probe && cat probe' : 'cat probe']
    const mounts = [{ from: task, to: '/var/task' }]
    const sandbox = { level, root, uid: probeUid, mounts, cgroups: [], workingFolder }
    const started = sandboxCommand({ ...sandbox, temporaryMb: 16 })
    return (await outputOf(started, startScript(command, {}))) === 'here'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function outputOf(
  [program = '', ...args]: readonly string[],
  script: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      timeout: probeMs,
      env: { PATH: searchPath },
    })
    let text = ''
    const [, output, , start] = child.stdio
    output?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    start?.on('error', () => resolve(undefined))
    if (start && 'end' in start) start.end(script)
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 ? text : undefined))
  })
}

/** Where the sandbox's own programs are found. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
