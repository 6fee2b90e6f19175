// Brings a MariaDB server in for the tests, where there is none: RDS runs its programs.
// Plain JavaScript without dependencies: it runs before anything is installed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installFromDebian } from './debian.mjs'

/** Debian's packages of the programs alone: no service is set up or started. */
const packages = ['mariadb-server-core', 'mariadb-client-core']
const programs = ['mariadbd', 'mariadb-install-db']

/** Makes sure that a server's programs are there; throws an Error that says what to install by hand. */
export function ensureMariadb() {
  if (hasMariadb()) return
  installFromDebian('MariaDB', packages)
  if (hasMariadb()) return
  throw new Error(
    'The tests need the programs of a MariaDB server and they could not be installed. ' +
      `Install them (Debian: apt-get install --no-install-recommends ${packages.join(' ')}).`,
  )
}

function hasMariadb() {
  const path = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '')
  const folders = [...path, '/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin']
  return programs.every((name) => folders.some((folder) => existsSync(join(folder, name))))
}
