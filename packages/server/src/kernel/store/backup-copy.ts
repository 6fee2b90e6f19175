import {
  chmodSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

// Run as a process of its own: closing a database file drops every lock its process has on it, and
// checking a large copy takes seconds that the server has no time for.
const [source = '', draft = '', path = ''] = process.argv.slice(2)
try {
  if (source) copyFileSync(source, draft)
  chmodSync(draft, 0o600)
  const copy = new DatabaseSync(draft)
  copy.exec('PRAGMA locking_mode = EXCLUSIVE')
  const verdict = String(copy.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'])
  copy.close()
  if (verdict !== 'ok') throw new Error(`the copy is damaged: ${verdict}`)
  const file = openSync(draft, 'r')
  fsyncSync(file)
  closeSync(file)
  renameSync(draft, path)
} catch (error) {
  rmSync(draft, { force: true })
  process.stderr.write(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
