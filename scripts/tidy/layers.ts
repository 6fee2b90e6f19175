import type { CodeRule } from './rule.ts'
import { finding, isTest } from './source.ts'
import type { CodeFile, Finding, Import } from './source.ts'

/** Which of our packages a package may import; tests may use the testkit too. */
const allowedPackages: Readonly<Record<string, readonly string[]>> = {
  policy: [],
  waf: [],
  wire: [],
  rotation: [],
  server: ['policy', 'waf', 'wire', 'rotation'],
  cli: ['policy', 'waf', 'wire', 'server'],
  testkit: ['policy', 'waf', 'wire', 'server'],
}
const services = 'packages/server/src/services/'
const kernel = 'packages/server/src/kernel/'
const compositionRoot = ['packages/server/src/main.ts', `${services}index.ts`]
// Backups and scrubs run in processes of their own: opening the file twice in one drops SQLite's lock.
const soleImporters: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': ['sqlite-open', 'sqlite-scrub', 'backup-copy'].map(
    (name) => `${kernel}store/${name}.ts`,
  ),
  pg: [
    `${kernel}store/postgres-open.ts`,
    `${services}rds/engines/postgres.ts`,
    'packages/rotation/src/function/postgresql.ts',
  ],
}

/** The direction of arrows between packages, and within the server. */
export const layerRules: readonly CodeRule[] = [
  {
    name: 'a package imports only the packages below it',
    check: (file) => eachImport(file, packageProblem),
    bad: [
      { path: 'packages/policy/src/a.ts', text: `import { x } from '@bartizan/server'` },
      { path: 'packages/wire/src/a.ts', text: `import type { X } from '../../policy/src/a.ts'` },
      { path: 'packages/rotation/src/a.ts', text: `import { x } from '@bartizan/wire'` },
      { path: 'packages/server/src/a.ts', text: `export { x } from '@bartizan/testkit'` },
      { path: 'conformance/a.test.ts', text: `import { x } from '@bartizan/wire'` },
    ],
  },
  {
    name: 'the kernel knows no service, and no service knows another',
    check: (file) => eachImport(file, serviceProblem),
    bad: [
      { path: `${kernel}a.ts`, text: `import { kms } from '../services/kms/index.ts'` },
      { path: `${services}kms/a.ts`, text: `import { role } from '../iam/roles.ts'` },
      { path: `${services}kms/a.ts`, text: `const iam = await import('../iam/roles.ts')` },
      {
        path: 'packages/server/src/index.ts',
        text: `export { kms } from './services/kms/index.ts'`,
      },
    ],
  },
  {
    name: 'only the composition root imports main',
    check: (file) => eachImport(file, mainProblem),
    bad: [{ path: `${kernel}a.ts`, text: `import { start } from '../main.ts'` }],
  },
  {
    name: 'each database driver is imported where its database is opened',
    check: (file) => eachImport(file, driverProblem),
    bad: [
      { path: `${kernel}store/cache.ts`, text: `import { DatabaseSync } from 'node:sqlite'` },
      { path: `${services}kms/store.ts`, text: `import pg from 'pg'` },
    ],
  },
]

function eachImport(
  file: CodeFile,
  problem: (path: string, imported: Import) => string | undefined,
): Finding[] {
  return file.imports.flatMap((imported) => {
    const message = problem(file.path, imported)
    return message === undefined ? [] : [finding(file, imported.start, message)]
  })
}

function packageProblem(path: string, { specifier, target }: Import): string | undefined {
  const from = packageOf(path)
  if (path.startsWith('scripts/') || path.startsWith('bench/')) return undefined
  const to = target === undefined ? ourPackage(specifier) : packageOf(target)
  if (to === undefined || to === from) return undefined
  if (from === undefined) return `${folderOf(path)} must not import ${specifier}`
  if (target !== undefined) return `imports ${specifier} by path instead of by package name`
  const allowed = allowedPackages[from] ?? []
  if (allowed.includes(to) || (isTest(path) && to === 'testkit')) return undefined
  return `package ${from} must not import package ${to}`
}

function serviceProblem(path: string, { target, specifier }: Import): string | undefined {
  const to = target === undefined ? undefined : serviceOf(target)
  if (to === undefined || compositionRoot.includes(path) || !path.startsWith('packages/')) {
    return undefined
  }
  const from = serviceOf(path)
  if (from === to || (isTest(path) && from === undefined)) return undefined
  return from === undefined
    ? `only main.ts and services/index.ts import services, not this file (${specifier})`
    : `service ${from} must not import service ${to}; call it through ctx.call`
}

function mainProblem(path: string, { target }: Import): string | undefined {
  if (target !== compositionRoot[0] || isTest(path)) return undefined
  return path === 'packages/server/src/index.ts' ? undefined : 'must not import main.ts'
}

function driverProblem(path: string, { specifier, typeOnly }: Import): string | undefined {
  const sole = soleImporters[specifier]
  if (sole === undefined || typeOnly || sole.includes(path) || isTest(path)) return undefined
  return path.startsWith('packages/')
    ? `only ${sole.join(' and ')} imports ${specifier}`
    : undefined
}

function ourPackage(specifier: string): string | undefined {
  return specifier === 'bartizan' ? 'cli' : /^@bartizan\/([^/]+)/.exec(specifier)?.[1]
}

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1]
}

function serviceOf(path: string): string | undefined {
  if (path === `${services}index.ts`) return '(all)'
  return path.startsWith(services) ? path.slice(services.length).split('/')[0] : undefined
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? path
}
