import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  readonly dev?: boolean
  readonly license?: string
  readonly engines?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  packages: Record<string, Entry>
}

const platform =
  /-(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|x64|ppc64|riscv64|s390x|ia32)(-(?<abi>\w+))?$/

/**
 * Adds the platform packages that npm left out of a lock file because the registry in use does not
 * show them: without an entry each, `npm ci` refuses the file on every machine.
 */
export function completeLock(file: string): void {
  const text = readFileSync(file, 'utf8')
  const lock = JSON.parse(text) as Lock
  const added: Record<string, Entry> = {}
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      const groups = platform.exec(name)?.groups
      if (lock.packages[path] === undefined && groups) {
        added[path] = platformEntry(parent, version, groups)
      }
    }
  }
  if (Object.keys(added).length === 0) return
  const sorted = Object.entries({ ...lock.packages, ...added }).sort(([left], [right]) =>
    left.localeCompare(right, 'en'),
  )
  const indent = /^\t/m.test(text) ? '\t' : 2
  writeFileSync(
    file,
    JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, indent) + '\n',
  )
}

function platformEntry(
  { dev, license, engines }: Entry,
  version: string,
  { os, cpu, abi }: Record<string, string>,
): object {
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(os === 'linux' ? { libc: [abi?.startsWith('musl') ? 'musl' : 'glibc'] } : {}),
    ...(license ? { license } : {}),
    optional: true,
    os: [os],
    ...(engines ? { engines } : {}),
  }
}
