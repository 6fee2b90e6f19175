import { existsSync, lstatSync, readlinkSync } from 'node:fs'

/** A host path shown to a function, read-only, at a path of its own. */
export interface ReadOnlyMount {
  readonly from: string
  readonly to: string
  readonly file?: boolean
}

/** How strongly a function is held, strongest first; see SECURITY.md. */
export type IsolationLevel = 'namespaces' | 'user-namespace' | 'user' | 'process'

/** A file system made once, in a mount namespace of its own that a process keeps open. */
export interface Template {
  readonly pid: number
  /** Where it is put together, in that namespace. */
  readonly root: string
}

/** What one execution environment's sandbox is made of. */
export interface Sandbox {
  readonly level: IsolationLevel
  /** What its file system is taken from; absent where it has none of its own. */
  readonly template?: Template
  /** The unprivileged user it runs as; not used where the server itself has no privileges. */
  readonly uid: number
  /** What its file system has beyond the template's. */
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
  '/etc/hosts',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/mime.types',
  '/etc/nsswitch.conf',
  '/etc/os-release',
  '/etc/pki',
  '/etc/protocols',
  '/etc/resolv.conf',
  '/etc/services',
  '/etc/ssl',
]

/** Whether functions of this level have a file system of their own. */
export function isIsolated(level: IsolationLevel): boolean {
  return level === 'namespaces' || level === 'user-namespace'
}

const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']

/** What keeps a template open until its standard input ends; it says `ready` first. */
export function templateCommand(
  level: IsolationLevel,
  root: string,
  mounts: readonly ReadOnlyMount[],
): readonly string[] {
  const spaces = level === 'namespaces' ? ['--mount'] : ['--user', '--map-root-user', '--mount']
  const script = [
    'set -e',
    `mount -t tmpfs -o mode=755,size=8m,nosuid,nodev tmpfs ${quote(root)}`,
    `cd ${quote(root)}`,
    'umask 022',
    'mkdir -p usr etc proc dev tmp opt old home var/task var/lang/bin var/runtime',
    ...systemFolders.flatMap(systemFolder),
    ...bind({ from: '/usr', to: '/usr' }),
    ...systemFiles.filter((file) => existsSync(file)).flatMap(systemFile),
    ...devices.flatMap((name) => [`: > dev/${name}`, `mount --bind /dev/${name} dev/${name}`]),
    'ln -s /home/passwd etc/passwd; ln -s /home/group etc/group',
    'ln -s /proc/self/fd dev/fd',
    'ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr',
    ...mounts.flatMap(bind),
    `mount -o remount,bind,ro,nosuid,nodev ${quote(root)}`,
    'echo ready',
    'exec cat',
  ].join('\n')
  return [...dieWithParent, 'unshare', ...spaces, '--', 'sh', '-c', script]
}

/** The program and arguments that start a sandbox. It dies with the server, and all in it with it. */
export function sandboxCommand(sandbox: Sandbox): readonly string[] {
  const { template, level } = sandbox
  const script = ['set -e', ...joining(sandbox), ...body(sandbox)].join('\n')
  if (!template) return [...dieWithParent, 'sh', '-c', script]
  const users = level === 'user-namespace' ? ['--user', '--preserve-credentials'] : []
  const enter = ['nsenter', '--target', String(template.pid), ...users, '--mount', '--']
  const spaces = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child=KILL']
  return [...dieWithParent, ...enter, 'unshare', ...spaces, '--', 'sh', '-c', script]
}

function joining({ cgroups }: Sandbox): string[] {
  return cgroups.map((folder) => `echo 0 > ${quote(`${folder}/cgroup.procs`)}`)
}

function body(sandbox: Sandbox): string[] {
  return [
    ...fileSystem(sandbox),
    `cd ${quote(sandbox.workingFolder)}`,
    ...limits(sandbox),
    ...start(sandbox),
  ]
}

/** Completes the template for one function and leaves the host's file system behind. */
function fileSystem({ template, mounts, temporaryMb, uid, level }: Sandbox): string[] {
  if (!template) return []
  const user = level === 'namespaces' ? uid : 0
  return [
    `cd ${quote(template.root)}`,
    'mount -t proc -o nosuid,nodev,noexec proc proc',
    `mount -t tmpfs -o mode=1777,size=${temporaryMb}m,nosuid,nodev tmpfs tmp`,
    ...mounts.map(
      ({ from, to }) => `mount --bind -o ro,nosuid,nodev ${quote(from)} ${quote(`.${to}`)}`,
    ),
    ...names(user),
    'pivot_root . old',
    'umount -l /old',
  ]
}

/** The function's user has a name and a home, as on AWS: SDKs ask for them. */
function names(user: number): string[] {
  const account = `sbx_user1051:x:${user}:${user}::/home/sbx_user1051:/sbin/nologin`
  return [
    'mount -t tmpfs -o mode=755,size=64k,nosuid,nodev tmpfs home',
    `echo ${quote(account)} > home/passwd`,
    `echo ${quote(`sbx_user1051:x:${user}:`)} > home/group`,
    'mkdir home/sbx_user1051',
    'mount -o remount,bind,ro,nosuid,nodev home',
  ]
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
    `mount --bind -o ro,nosuid,nodev ${quote(from)} ${target}`,
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
function start({ level, uid, template }: Sandbox): string[] {
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
  return template ? [`${line} <&3 3<&- &`, 'wait $!'] : [`exec ${line} <&3 3<&-`]
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
  // The shell remembers where it came from, and would hand the host's path on.
  return ['unset OLDPWD', ...exports, `exec ${command.map(quote).join(' ')} </dev/null`, ''].join(
    '\n',
  )
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
