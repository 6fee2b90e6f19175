import { existsSync, lstatSync, readlinkSync } from 'node:fs'

/** A host path shown to a function, read-only, at a path of its own. */
export interface ReadOnlyMount {
  readonly from: string
  readonly to: string
  readonly file?: boolean
}

/** How strongly a function is held, strongest first; see SECURITY.md. */
export type IsolationLevel = 'namespaces' | 'user-namespace' | 'user' | 'process'

/** What one execution environment's sandbox is made of. */
export interface Sandbox {
  readonly level: IsolationLevel
  /** An empty folder on the host that its file system is put together on. */
  readonly root: string
  /** The unprivileged user it runs as; not used where the server itself has no privileges. */
  readonly uid: number
  readonly mounts: readonly ReadOnlyMount[]
  /** Control groups to join. */
  readonly cgroups: readonly string[]
  readonly workingFolder: string
  readonly temporaryMb: number
  /** A ceiling on private memory where no control group keeps one. */
  readonly dataMb?: number
}

/** Processes and threads, and open files, of an environment (AWS's own limits). */
export const maxTasks = 1024
const maxOpenFiles = 1024

const systemFolders = ['bin', 'sbin', 'lib', 'lib64', 'lib32']
const devices = ['null', 'zero', 'full', 'random', 'urandom']
const systemFiles = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/group',
  '/etc/hosts',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/mime.types',
  '/etc/nsswitch.conf',
  '/etc/os-release',
  '/etc/passwd',
  '/etc/pki',
  '/etc/protocols',
  '/etc/resolv.conf',
  '/etc/services',
  '/etc/ssl',
]

/** The program and arguments that start a sandbox. It dies with the server, and all in it with it. */
export function sandboxCommand(sandbox: Sandbox): readonly string[] {
  const script = ['set -e', ...joining(sandbox), ...body(sandbox)].join('\n')
  const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']
  const spaces = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child=KILL']
  if (sandbox.level === 'namespaces') {
    return [...dieWithParent, 'unshare', ...spaces, '--', 'sh', '-c', script]
  }
  if (sandbox.level === 'user-namespace') {
    const unshare = ['unshare', '--user', '--map-root-user', ...spaces, '--', 'sh', '-c', script]
    return [...dieWithParent, ...unshare]
  }
  return [...dieWithParent, 'sh', '-c', script]
}

function joining({ cgroups }: Sandbox): string[] {
  return cgroups.map((folder) => `echo 0 > ${quote(`${folder}/cgroup.procs`)}`)
}

function body(sandbox: Sandbox): string[] {
  const isolated = sandbox.level === 'namespaces' || sandbox.level === 'user-namespace'
  return [
    ...(isolated ? fileSystem(sandbox) : []),
    `cd ${quote(sandbox.workingFolder)}`,
    ...limits(sandbox),
    ...start(sandbox, isolated),
  ]
}

/** Builds the function's own file system and leaves the host's behind. */
function fileSystem({ root, mounts, temporaryMb }: Sandbox): string[] {
  const lines = [
    `mount -t tmpfs -o mode=755,size=8m,nosuid,nodev tmpfs ${quote(root)}`,
    `cd ${quote(root)}`,
    'umask 022',
    'mkdir -p usr etc proc dev tmp var/task var/lang/bin var/runtime opt old',
    ...systemFolders.flatMap(systemFolder),
    ...bind({ from: '/usr', to: '/usr' }),
    ...systemFiles.filter((file) => existsSync(file)).flatMap(systemFile),
    ...devices.flatMap((name) => [`: > dev/${name}`, `mount --bind /dev/${name} dev/${name}`]),
    'ln -s /proc/self/fd dev/fd',
    'ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr',
    `mount -t tmpfs -o mode=1777,size=${temporaryMb}m,nosuid,nodev tmpfs tmp`,
    'mount -t proc -o nosuid,nodev,noexec proc proc',
    ...mounts.flatMap(bind),
    'pivot_root . old',
    'umount -l /old',
    'rmdir /old',
    'mount -o remount,ro,nosuid,nodev /',
  ]
  return lines
}

function systemFolder(name: string): string[] {
  const path = `/${name}`
  if (!existsSync(path)) return []
  if (lstatSync(path).isSymbolicLink()) return [`ln -s ${quote(readlinkSync(path))} ${name}`]
  return bind({ from: path, to: path })
}

function systemFile(path: string): string[] {
  const stat = lstatSync(path)
  return bind({ from: path, to: path, file: !stat.isDirectory() })
}

function bind({ from, to, file }: ReadOnlyMount): string[] {
  const target = quote(`.${to}`)
  const folder = quote(`.${file ? to.slice(0, to.lastIndexOf('/')) || '/' : to}`)
  return [
    `mkdir -p ${folder}`,
    ...(file ? [`: > ${target}`] : []),
    `mount --bind ${quote(from)} ${target}`,
    `mount -o remount,bind,ro,nosuid,nodev ${target}`,
  ]
}

function limits({ temporaryMb, dataMb }: Sandbox): string[] {
  const blocks = temporaryMb * 2048
  return [
    'ulimit -c 0',
    `ulimit -n ${maxOpenFiles}`,
    `ulimit -f ${blocks}`,
    ...(dataMb === undefined ? [] : [`ulimit -d ${dataMb * 1024}`]),
  ]
}

/** The first process of the sandbox stays behind to see how the function's process ends. */
function start({ level, uid }: Sandbox, isolated: boolean): string[] {
  const drop = ['setpriv', '--no-new-privs', '--inh-caps=-all', '--pdeathsig', 'KILL']
  const bounding = level === 'process' ? [] : ['--bounding-set=-all']
  const user =
    level === 'namespaces' || level === 'user'
      ? [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
      : []
  const tasks = ['prlimit', `--nproc=${maxTasks}:${maxTasks}`]
  const line = [
    ...drop,
    ...user,
    ...bounding,
    '--',
    ...(level === 'process' ? [] : tasks),
    'sh',
    '-s',
  ]
    .map(quote)
    .join(' ')
  return isolated ? [`${line} <&3 3<&- &`, 'wait $!'] : [`exec ${line} <&3 3<&-`]
}

/**
 * What the sandbox's shell reads from descriptor 3 once it has no privileges any more. The function's variables come
 * in only here: before, LD_PRELOAD among them would be obeyed by programs that still have privileges.
 */
export function startScript(
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
): string {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`)
  return [...exports, `exec ${command.map(quote).join(' ')} </dev/null`, ''].join('\n')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
