import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, lchownSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A user that a program runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** A program to be run in a database's folder. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** Beside PATH and LANG; nothing else of the server's environment is handed on. */
  readonly environment?: Readonly<Record<string, string>>
}

/** How a program ended. */
export interface Ended {
  readonly code: number
  /** The last of what it wrote to standard output and error. */
  readonly output: string
}

/** Where the folder of a database is mounted for its own processes, when they cannot reach it otherwise. */
const mountPoint = '/mnt'
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const keptOutput = 64 * 1024
const runLimitMs = 300_000

/**
 * Runs the programs of one database as an unprivileged user when the server is root. The user need not
 * be able to walk to the folder: it is mounted at a place of its own where the machine allows that,
 * else the server's data directory lets others pass (but not look around).
 */
export class Launcher {
  readonly #folder: string
  readonly #isRoot = process.getuid?.() === 0
  readonly #isMounted: boolean

  /** `dataDir` is the folder, an ancestor of `folder`, whose mode may be changed. Throws when no way leads there. */
  constructor(folder: string, dataDir: string) {
    this.#folder = folder
    this.#isMounted = this.#isRoot && canMount()
    if (this.#isRoot && !this.#isMounted) openTheWay(folder, dataDir)
  }

  /** The folder as its processes see it. */
  get inside(): string {
    return this.#isMounted ? mountPoint : this.#folder
  }

  /** Starts a program that ends with the server, even when that is killed; `endSignal` ends it. */
  start(command: Command, account: Account, endSignal: 'INT' | 'TERM'): ChildProcess {
    const [program = '', ...args] = this.#commandLine(command, account, endSignal)
    return spawn(program, args, {
      cwd: this.#folder,
      env: { PATH: searchPath, LANG: 'C.UTF-8', ...command.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
  }

  /** Runs a program to its end, with a text as standard input. */
  run(command: Command, account: Account, input = ''): Promise<Ended> {
    const [program = '', ...args] = this.#commandLine(command, account, 'TERM')
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { PATH: searchPath, LANG: 'C.UTF-8', ...command.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: runLimitMs,
    })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-keptOutput)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    // A program that does not read to the end says so by its exit code.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ code: code ?? -1, output }))
    })
  }

  /** Hands everything in the folder to an account. */
  give(account: Account): void {
    if (this.#isRoot) giveTree(this.#folder, account)
  }

  #commandLine(
    { program, args }: Command,
    { uid, gid }: Account,
    endSignal: string,
  ): readonly string[] {
    const dies = process.platform === 'linux' ? ['setpriv', '--pdeathsig', endSignal] : []
    if (!this.#isRoot) return [...dies, program, ...args]
    const drop = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups']
    const dropped = [...dies, ...drop, '--no-new-privs', program, ...args]
    if (!this.#isMounted) return dropped
    const mount = `mount --bind "$1" ${mountPoint} && cd ${mountPoint} && shift && exec "$@"`
    return [...namespace, 'sh', '-c', mount, 'sh', this.#folder, ...dropped]
  }
}

const namespace = ['unshare', '--mount', '--propagation', 'private']

let mounts: boolean | undefined

function canMount(): boolean {
  const [program = '', ...args] = namespace
  const probe = [...args, 'mount', '--bind', '/tmp', mountPoint]
  mounts ??= spawnSync(program, probe, { stdio: 'ignore' }).status === 0
  return mounts
}

const passBit = 0o001

/** Lets others pass through the data directory and what lies below it, on the way to a folder. */
function openTheWay(folder: string, dataDir: string): void {
  let isOurs = true
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at)) {
    const { mode } = statSync(at)
    if ((mode & passBit) === 0) {
      if (!isOurs) {
        throw new Error(
          `${at} lets no unprivileged user pass on the way to the databases: give BARTIZAN_DATA_DIR another place`,
        )
      }
      chmodSync(at, (mode & 0o7777) | passBit)
    }
    if (at === dataDir) isOurs = false
  }
}

function giveTree(path: string, account: Account): void {
  try {
    lchownSync(path, account.uid, account.gid)
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = join(path, entry.name)
      if (entry.isDirectory()) giveTree(inner, account)
      else give(inner, account)
    }
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

function give(file: string, { uid, gid }: Account): void {
  try {
    lchownSync(file, uid, gid)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** A server that runs meanwhile makes and removes files of its own. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
