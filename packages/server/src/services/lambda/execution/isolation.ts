import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CgroupKind } from './cgroups.ts'
import {
  isIsolated,
  sandboxCommand,
  startScript,
  templateCommand,
  type IsolationLevel,
  type ReadOnlyMount,
  type Template,
} from './sandbox.ts'

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

/** How functions are held here. */
export interface Isolation {
  readonly level: IsolationLevel
  readonly template?: Template
  close(): void
}

/**
 * The strongest isolation that this machine gives, found by running a process under it; or a given level, for tests.
 * `root` is an empty folder that the template's file system is mounted on, in its own namespace.
 */
export async function openIsolation(
  root: string,
  mounts: readonly ReadOnlyMount[],
  only?: IsolationLevel,
): Promise<Isolation> {
  for (const level of strongestFirst) {
    if ((only !== undefined && level !== only) || !isForThisUser(level)) continue
    const keeper = isIsolated(level) ? await keep(level, root, mounts) : undefined
    if (isIsolated(level) && !keeper) continue
    const isolation = {
      level,
      ...(keeper && { template: keeper.template }),
      close: () => keeper?.close(),
    }
    if (await works(isolation)) return isolation
    isolation.close()
  }
  throw new Error('no function can be run here (setpriv and prlimit of util-linux are needed)')
}

function isForThisUser(level: IsolationLevel): boolean {
  const isRoot = process.getuid?.() === 0
  if (level === 'namespaces' || level === 'user') return isRoot
  return level === 'process' || !isRoot
}

interface Keeper {
  readonly template: Template
  close(): void
}

/** Puts a template together and keeps it; undefined when the machine does not allow it. */
function keep(
  level: IsolationLevel,
  root: string,
  mounts: readonly ReadOnlyMount[],
): Promise<Keeper | undefined> {
  const [program = '', ...args] = templateCommand(level, root, mounts)
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: searchPath },
  })
  child.unref()
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined))
    child.once('exit', () => resolve(undefined))
    child.stdin.on('error', () => resolve(undefined))
    child.stdout.once('data', () => {
      const { pid = 0 } = child
      for (const stream of [child.stdin, child.stdout]) {
        if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
      }
      resolve({ template: { pid, root }, close: () => child.kill('SIGKILL') })
    })
  })
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

async function works({ level, template }: Isolation): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-probe-'))
  try {
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'probe'), 'here', { mode: 0o644 })
    const started = sandboxCommand({
      level,
      ...(template && { template }),
      uid: probeUid,
      mounts: template ? [{ from: folder, to: '/var/task' }] : [],
      cgroups: [],
      workingFolder: template ? '/var/task' : folder,
      temporaryMb: 16,
    })
    const command = ['sh', '-c', template ? 'test ! -w probe && cat probe' : 'cat probe']
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
