#!/usr/bin/env node
// Runs on whatever Node is there: the sources need the pinned Node 26, which is started when this one is older.
import { spawn } from 'node:child_process'
import * as modules from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
if (Number(process.versions.node.split('.')[0]) >= 26) {
  // Older Nodes lack it, so it is no import of its own.
  modules.enableCompileCache()
  await import('../src/main.ts')
} else {
  const manifest = modules.createRequire(import.meta.url).resolve('node/package.json')
  const node = join(dirname(manifest), 'bin', 'node')
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
