import { existsSync, globSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { availableParallelism } from 'node:os'
import { delimiter, join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { findPostgres } from './postgres.mjs'
import { compactReport } from './test-report.ts'

const root = resolve(import.meta.dirname, '..')
const compileCache = join(root, 'node_modules', '.cache', 'node-compile')
const fileTimeoutMs = 10 * 60_000

/**
 * Runs the test files that match the patterns, each in a process of its own, and sets the exit code.
 * `args` are the command line's: a word picks the files whose path contains it, `--name=TEXT` the
 * tests whose name contains it, `--serial` runs one file at a time.
 */
export async function runTests(patterns: readonly string[], args: readonly string[]) {
  const words = args.filter((arg) => !arg.startsWith('--'))
  const name = args.find((arg) => arg.startsWith('--name='))?.slice('--name='.length)
  const files = testFiles(patterns).filter(
    (file) => words.length === 0 || words.some((word) => file.includes(word.replace(/^\.\//, ''))),
  )
  if (files.length === 0) {
    console.error(`No test file matches ${[...patterns, ...words].join(' ')}`)
    process.exitCode = 1
    return
  }
  process.chdir(root)
  enableCompileCache(compileCache)
  process.env['NODE_COMPILE_CACHE'] = compileCache
  // Tests look for PostgreSQL on the path, where one that set-up brought in is not.
  process.env['PATH'] = [process.env['PATH'], findPostgres()].filter(Boolean).join(delimiter)
  const events = run({
    files: files.map((file) => join(root, file)),
    concurrency: args.includes('--serial') ? 1 : Math.min(4, Math.max(2, availableParallelism())),
    timeout: fileTimeoutMs,
    ...(name === undefined ? {} : { testNamePatterns: [name] }),
  })
  events.on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1
  })
  for await (const text of compactReport(events, root)) process.stdout.write(text)
}

function testFiles(patterns: readonly string[]): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }))
    .map((file) => relative(root, resolve(root, file)))
    .filter((file) => existsSync(join(root, file)))
    .sort()
}
