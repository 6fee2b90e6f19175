// Brings sqlmap in for the tests, where there is none: it attacks what web ACLs protect.
// Plain JavaScript without dependencies: it runs before anything is installed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installFromDebian } from './debian.mjs'

/** Tries to have sqlmap here; the test that needs it is skipped where that fails. */
export function offerSqlmap() {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '')
  if (folders.some((folder) => existsSync(join(folder, 'sqlmap')))) return
  installFromDebian('sqlmap', ['sqlmap'])
}
