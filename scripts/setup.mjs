// Makes a fresh clone ready to start or test: installs what package-lock.json names, makes sure that
// `node` in npm scripts is the pinned Node 26, and with --test that PostgreSQL, MariaDB and sqlmap are.
// Plain JavaScript for whatever Node (20 or newer) a machine has; it says nothing when all is there.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureMariadb } from './mariadb.mjs'
import { ensurePostgres } from './postgres.mjs'
import { offerSqlmap } from './sqlmap.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const windows = process.platform === 'win32'
const npm = windows ? 'npm.cmd' : 'npm'

try {
  requireNode(20)
  installDependencies()
  installRuntime()
  if (process.argv.includes('--test')) {
    ensurePostgres()
    ensureMariadb()
    offerSqlmap()
  }
} catch (error) {
  console.error(`setup: ${error.message}`)
  process.exit(1)
}

function requireNode(least) {
  const major = Number(process.versions.node.split('.')[0])
  if (major < least) {
    throw new Error(`Node ${least} or newer is needed to begin; this is ${process.version}.`)
  }
}

function installDependencies() {
  if (isInstalled()) return
  console.error('setup: installing dependencies (npm ci); this is done once')
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root })
}

/** npm writes what it installed to node_modules/.package-lock.json; the two lists must agree. */
function isInstalled() {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(join(modules, '.package-lock.json'))
  if (wanted === undefined) throw new Error('package-lock.json is missing or unreadable.')
  if (installed === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const there = installed[path]
    if (there === undefined) return entry.optional === true || entry.devOptional === true
    return entry.link === true
      ? there.resolved === entry.resolved
      : there.version === entry.version && there.integrity === entry.integrity
  })
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** The `node` package fetches its binary in an install script, which npm may have been told not to run. */
function installRuntime() {
  const folder = join(modules, 'node')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const binary = join(folder, 'bin', windows ? 'node.exe' : 'node')
  if (!answersVersion(binary, version)) {
    console.error(`setup: installing Node ${version}`)
    // The binary is a hard link into what the installer fetched, so a damaged one is damaged there too.
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
    rmSync(binary, { force: true })
    run(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder })
  }
  linkRuntime(binary)
  if (!answersVersion(binary, version)) {
    throw new Error(
      `node_modules/node/bin/node is not Node ${version}. Remove node_modules and try again; ` +
        `this platform (${process.platform}-${process.arch}) needs a node-${process.platform}-${process.arch} package on npm.`,
    )
  }
}

function answersVersion(binary, version) {
  if (!existsSync(binary)) return false
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  return stdout?.trim() === `v${version}`
}

/** npm links a package's programs before install scripts run, so a late binary may have no link yet. */
function linkRuntime(binary) {
  const link = join(modules, '.bin', 'node')
  if (windows || existsSync(link) || !existsSync(binary)) return
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(join('..', 'node', 'bin', 'node'), link)
}

function run(command, args, options) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: windows,
    ...options,
  })
  if (status === 0) return
  // npm follows its reason with its whole manual.
  const [reason] = `${stdout ?? ''}${stderr ?? ''}`.split(/^npm error Usage:/m)
  const why = error?.message ?? reason.trim().split('\n').slice(-30).join('\n')
  throw new Error(`${command} ${args.join(' ')} failed\n${why}`)
}
