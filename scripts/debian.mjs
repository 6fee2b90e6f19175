// How set-up runs programs of the machine, Debian's package manager among them.
// Plain JavaScript without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Installs Debian packages, as root or by sudo where that asks for no password; says so when it fails. */
export function installFromDebian(what, packages) {
  if (!existsSync('/usr/bin/apt-get')) return
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  console.error(`setup: installing ${what} for the tests from Debian packages`)
  run([...sudo, 'apt-get', 'update', '-qq'])
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages]
  run([...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', ...install])
}

/** Runs a program to its end and tells when it fails. */
export function run([command, ...args], options = {}) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    ...options,
  })
  if (status === 0) return
  const why = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n')
  console.error(`setup: ${command} ${args.join(' ')} failed\n${why}`)
}
