import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How this machine's control groups are laid out; `none` where they are absent or cannot be written. */
export type CgroupKind = 'v2' | 'v1' | 'none'

/** What an execution environment may use. */
export interface CgroupLimits {
  readonly memoryBytes: number
  /** Processes and threads. */
  readonly tasks: number
}

/** The control group of one execution environment. */
export interface Cgroup {
  /** Folders whose `cgroup.procs` the environment's first process writes itself into. */
  readonly folders: readonly string[]
  /** The most memory it has used, in bytes. */
  peakBytes(): number | undefined
  /** Whether the kernel killed a process of it for want of memory. */
  ranOutOfMemory(): boolean
  processes(): readonly number[]
  /** Removes the group; false while processes are still in it. */
  remove(): boolean
}

/** The control groups of one server. */
export interface Cgroups {
  readonly kind: CgroupKind
  create(name: string, limits: CgroupLimits): Cgroup | undefined
  /** Removes what is left; false while processes are still in it. */
  close(): boolean
}

const mount = '/sys/fs/cgroup'
/** A process may hold several servers, as tests do. */
let opened = 0

/** Opens a group of this server's own that environments get theirs below. */
export function openCgroups(): Cgroups {
  opened += 1
  for (const open of [openV2, openV1]) {
    try {
      const groups = open(`bartizan-lambda-${process.pid}-${opened}`)
      if (groups) return groups
    } catch {
      // Not mounted, read-only, or not ours to use: the next kind may be.
    }
  }
  return { kind: 'none', create: () => undefined, close: () => true }
}

function openV2(name: string): Cgroups | undefined {
  if (!existsSync(join(mount, 'cgroup.controllers'))) return undefined
  const parent = join(mount, name)
  const controllers = '+memory +pids'
  const enabled = readFileSync(join(mount, 'cgroup.subtree_control'), 'utf8')
  if (!enabled.includes('memory') || !enabled.includes('pids')) {
    writeFileSync(join(mount, 'cgroup.subtree_control'), controllers)
  }
  sweep([mount])
  mkdirSync(parent, { recursive: true })
  writeFileSync(join(parent, 'cgroup.subtree_control'), controllers)
  return {
    kind: 'v2',
    create(child, limits) {
      const folder = join(parent, child)
      mkdirSync(folder)
      writeFileSync(join(folder, 'memory.max'), String(limits.memoryBytes))
      writeIfThere(join(folder, 'memory.swap.max'), '0')
      writeFileSync(join(folder, 'pids.max'), String(limits.tasks))
      return group([folder], {
        peak: join(folder, 'memory.peak'),
        events: join(folder, 'memory.events'),
      })
    },
    close: () => removeAll(parent),
  }
}

function openV1(name: string): Cgroups | undefined {
  const parents = ['memory', 'pids'].map((controller) => join(mount, controller))
  if (!parents.every((parent) => existsSync(join(parent, 'cgroup.procs')))) return undefined
  sweep(parents)
  const [memory = '', pids = ''] = parents.map((parent) => join(parent, name))
  mkdirSync(memory, { recursive: true })
  mkdirSync(pids, { recursive: true })
  return {
    kind: 'v1',
    create(child, limits) {
      const folders = [join(memory, child), join(pids, child)] as const
      for (const folder of folders) mkdirSync(folder)
      const [memoryFolder, pidsFolder] = folders
      writeFileSync(join(memoryFolder, 'memory.limit_in_bytes'), String(limits.memoryBytes))
      writeIfThere(join(memoryFolder, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes))
      writeFileSync(join(pidsFolder, 'pids.max'), String(limits.tasks))
      return group(folders, {
        peak: join(memoryFolder, 'memory.max_usage_in_bytes'),
        events: join(memoryFolder, 'memory.oom_control'),
      })
    },
    close: () => [memory, pids].map(removeAll).every(Boolean),
  }
}

function group(
  folders: readonly string[],
  files: { readonly peak: string; readonly events: string },
): Cgroup {
  return {
    folders,
    peakBytes() {
      const bytes = Number(readIfThere(files.peak))
      return bytes > 0 ? bytes : undefined
    },
    ranOutOfMemory: () => /^oom_kill [1-9]/m.test(readIfThere(files.events)),
    processes: () =>
      readIfThere(join(folders[0] ?? '', 'cgroup.procs'))
        .split('\n')
        .map(Number)
        .filter((pid) => pid > 0),
    remove: () => folders.map(removeFolder).every(Boolean),
  }
}

/** Groups that servers left behind when they were killed. */
function sweep(parents: readonly string[]): void {
  for (const parent of parents) {
    for (const name of readdirSync(parent)) {
      const pid = /^bartizan-lambda-(\d+)-\d+$/.exec(name)?.[1]
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeAll(join(parent, name))
    }
  }
}

function removeAll(parent: string): boolean {
  if (!existsSync(parent)) return true
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolder(join(parent, entry.name))
  }
  return removeFolder(parent)
}

function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return !existsSync(folder)
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function writeIfThere(file: string, text: string): void {
  if (existsSync(file)) writeFileSync(file, text)
}
