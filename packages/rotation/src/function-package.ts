import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import type { RotationTemplate } from './templates.ts'

/** The same sources make the same package, whenever it is packed. */
const mtime = new Date('2020-01-01T00:00:00Z')
const functionFolder = join(import.meta.dirname, 'function')
/** What a driver is not run by: types, documents, tests. */
const notRun = /\.(d\.[cm]?ts|map|md|markdown|txt|flow)$|(^|\/)(test|tests|docs)\//i

/** Where a package's licence stands; some have it in the file that tells about them. */
const licence = /^(licen[cs]e|readme)/i

/** The handler of every packed function. */
export const packageHandler = 'index.handler'

/**
 * The deployment package of a rotation function: its sources as they are, which Node.js runs by stripping their types,
 * and the database driver with everything that it requires.
 */
export async function functionPackage({ module, drivers }: RotationTemplate): Promise<Buffer> {
  const files = new Map<string, Promise<Buffer>>()
  const start = `export { handler } from './function/${module}.ts'\n`
  files.set('index.mjs', Promise.resolve(Buffer.from(start)))
  files.set('package.json', Promise.resolve(Buffer.from('{ "type": "module" }\n')))
  for (const name of await reachable(module)) {
    files.set(`function/${name}`, readFile(join(functionFolder, name)))
  }
  for (const folder of driverFolders(drivers)) {
    for (const path of await runFiles(folder)) files.set(inPackage(path), readFile(path))
  }
  const zip = new ZipFile()
  for (const name of [...files.keys()].sort()) {
    zip.addBuffer((await files.get(name)) ?? Buffer.alloc(0), name, { mtime, mode: 0o100644 })
  }
  zip.end()
  return buffer(zip.outputStream)
}

/** The modules that one imports, itself among them. */
async function reachable(module: string): Promise<Set<string>> {
  const found = new Set<string>()
  const visit = async (name: string): Promise<void> => {
    if (found.has(name)) return
    found.add(name)
    const text = await readFile(join(functionFolder, name), 'utf8')
    for (const [, imported = ''] of text.matchAll(/ from '\.\/([\w-]+\.ts)'/g))
      await visit(imported)
  }
  await visit(`${module}.ts`)
  return found
}

/** The installed folders of packages and of all that they depend on. */
function driverFolders(names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (name: string, from: string): void => {
    const manifest = createRequire(from)
      .resolve.paths(name)
      ?.map((at) => join(at, name, 'package.json'))
    const path = manifest?.find((each) => existsSync(each))
    if (path === undefined) throw new Error(`${name} is not installed`)
    const folder = dirname(path)
    if (found.has(folder)) return
    found.add(folder)
    const { dependencies = {} } = createRequire(from)(path) as {
      dependencies?: Readonly<Record<string, string>>
    }
    for (const needed of Object.keys(dependencies)) visit(needed, path)
  }
  for (const name of names) visit(name, import.meta.filename)
  return found
}

async function runFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const own = relative(folder, path).split(sep).join('/')
      if (own.startsWith('node_modules/')) return false
      return licence.test(own) || !notRun.test(own)
    })
}

/** Where a file of an installed package lies in ours: under `node_modules` as here. */
function inPackage(path: string): string {
  const parts = path.split(sep)
  return parts.slice(parts.indexOf('node_modules')).join('/')
}
