import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { TestContext } from 'node:test'

const root = resolve(import.meta.dirname, '..')

test('a run that passes ends with the counts and exit code 0', (t) => {
  const { status, stdout } = runFiles(t, { 'a.test.ts': `test('one', () => {})` })
  assert.equal(status, 0)
  assert.match(stdout, /ℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\n/)
})

test('a failing test fails the run and is shown with its message and line', (t) => {
  const { status, stdout } = runFiles(t, {
    'a.test.ts': `test('one', () => { throw new Error('the reason') })`,
    'b.test.ts': `test('two', () => {})`,
  })
  assert.equal(status, 1)
  assert.match(stdout, /✖ one \(.*a\.test\.ts:2\)\n {2}Error: the reason/)
  assert.match(stdout, /ℹ pass 1\nℹ fail 1\n/)
})

test('a test file that does not load fails the run', (t) => {
  const { status, stdout } = runFiles(t, { 'a.test.ts': `import './absent.ts'` })
  assert.equal(status, 1)
  assert.match(stdout, /ℹ fail 1\n/)
})

test('a skipped test is named with its reason', (t) => {
  const { status, stdout } = runFiles(t, {
    'a.test.ts': `test('one', { skip: 'no terraform here' }, () => {})`,
  })
  assert.equal(status, 0)
  assert.match(stdout, /﹣ one \(skipped: no terraform here\)/)
})

test('a run without any file fails', (t) => {
  assert.equal(runFiles(t, {}).status, 1)
})

function runFiles(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-run-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), `import { test } from 'node:test'\n${text}\n`)
  }
  const runner = join(folder, 'run.mjs')
  const patterns = JSON.stringify([`${relative(root, folder)}/*.test.ts`])
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'test-run.ts')).href)
  writeFileSync(runner, `import { runTests } from ${module}\nawait runTests(${patterns}, [])\n`)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return spawnSync(process.execPath, [runner], { cwd: root, env, encoding: 'utf8' })
}
