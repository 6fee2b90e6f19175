import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { generatedFiles, orphanedPages, staleFiles } from './generated.ts'
import { completeLock } from './lockfile.ts'

const root = resolve(import.meta.dirname, '..')

if (process.argv.includes('--check')) {
  const stale = await staleFiles()
  for (const path of stale) console.error(`${path} is stale; npm run fix writes it`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  const fresh = await generatedFiles()
  for (const { path, text } of fresh) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const path of orphanedPages(fresh)) rmSync(join(root, path))
  completeLock(join(root, 'package-lock.json'))
}
