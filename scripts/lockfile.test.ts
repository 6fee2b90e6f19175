import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { completeLock } from './lockfile.ts'

test('a platform package that npm left out gets its entry, and a second run changes nothing', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-lock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'package-lock.json')
  const parent = {
    dev: true,
    license: 'MIT',
    optionalDependencies: {
      '@x/binding-linux-arm64-musl': '1.2.3',
      '@x/binding-darwin-x64': '1.2.3',
    },
  }
  const present = { version: '1.2.3', integrity: 'sha512-x' }
  const packages = { 'node_modules/@x/binding-darwin-x64': present, 'node_modules/x': parent }
  writeFileSync(file, JSON.stringify({ lockfileVersion: 3, packages }, null, 2))
  completeLock(file)
  const once = readFileSync(file, 'utf8')
  const entries = (JSON.parse(once) as { packages: Record<string, unknown> }).packages
  assert.deepEqual(entries['node_modules/@x/binding-linux-arm64-musl'], {
    version: '1.2.3',
    cpu: ['arm64'],
    dev: true,
    libc: ['musl'],
    license: 'MIT',
    optional: true,
    os: ['linux'],
  })
  assert.deepEqual(entries['node_modules/@x/binding-darwin-x64'], present)
  completeLock(file)
  assert.equal(readFileSync(file, 'utf8'), once)
})
