import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finding, isTest, root } from './source.ts'
import type { CodeFile, Finding } from './source.ts'

const permissive = (
  'MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-3-Clause Apache-2.0 BlueOak-1.0.0 CC0-1.0 Unlicense ' +
  'Python-2.0 Zlib'
).split(' ')

/** The part of a package.json that says what may be imported. */
export interface Manifest {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** One entry of package-lock.json. */
export interface LockEntry {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Reads the entries of package-lock.json by path. */
export function readLock(): Record<string, LockEntry> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  return packages
}

/**
 * Imports that are not declared where they must be: what runs in production in the file's own package.json;
 * tests, scripts and imports of types, which are erased, in any package.json of the workspace.
 */
export function undeclaredImports(
  files: readonly CodeFile[],
  manifests: Readonly<Record<string, Manifest>>,
): Finding[] {
  const anywhere = Object.values(manifests).flatMap((manifest) => [
    manifest.name,
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
  ])
  return files.flatMap((file) => {
    const folder = /^packages\/[^/]+(?=\/)/.exec(file.path)?.[0]
    const own = folder === undefined || isTest(file.path) ? undefined : manifests[folder]
    const shipped = own && [own.name, ...Object.keys(own.dependencies ?? {})]
    return file.imports
      .filter(({ specifier, target, typeOnly }) => {
        const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
        if (target !== undefined || specifier.startsWith('node:')) return false
        return !(typeOnly || shipped === undefined ? anywhere : shipped).includes(name)
      })
      .map(({ specifier, start }) => finding(file, start, `${specifier} is not declared`))
  })
}

/** Installed packages that Bartizan ships with and whose licence is not a permissive one. */
export function unfriendlyLicences(
  lock: Readonly<Record<string, LockEntry>>,
  licenceOf: (path: string, entry: LockEntry) => string | undefined,
): string[] {
  return Object.entries(lock)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.dev && !entry.link)
    .map(([path, entry]) => ({ path, licence: licenceOf(path, entry) ?? 'none stated' }))
    .filter(({ licence }) => !isPermissive(licence))
    .map(({ path, licence }) => `${path}: ${licence}`)
}

/** The licence in an installed package's package.json, else the one in the lock file. */
export function installedLicence(path: string, entry: LockEntry): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as {
      license?: string | { type?: string }
    }
    const { license } = manifest
    return typeof license === 'string' ? license : (license?.type ?? entry.license)
  } catch {
    return entry.license
  }
}

/**
 * Platform packages that package-lock.json names as optional dependencies but has no entry for. npm leaves
 * them out when its registry does not show them, and then refuses the lock file (`npm ci`) everywhere.
 */
export function missingLockEntries(lock: Readonly<Record<string, LockEntry>>): string[] {
  return Object.values(lock)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !Object.keys(lock).some((path) => path.endsWith(`node_modules/${name}`)))
}

function isPermissive(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(/ OR /i)
    .some((choice) =>
      choice.split(/ AND /i).every((licence) => permissive.includes(licence.trim())),
    )
}
