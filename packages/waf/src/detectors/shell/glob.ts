import { unixCommands } from './data/unix-commands.ts'

const files = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/hosts',
  '/etc/issue',
  '/etc/hostname',
  '/etc/sudoers',
  '/proc/self/environ',
  '/proc/version',
  '/bin/sh',
  '/bin/bash',
]
const programs = [...unixCommands.keys()].flatMap((name) => [`/bin/${name}`, `/usr/bin/${name}`])

/** Whether a path with wildcards would expand to a file that attackers read, or to a program. */
export function globReaches(path: string): boolean {
  if (!/^\/?[^/]+\/./.test(path) || !/[a-z?]/.test(path) || path.length > 60) return false
  const pattern = wildcard(path.startsWith('/') ? path : `/${path}`)
  return (
    pattern !== undefined &&
    (files.some((file) => pattern.test(file)) || programs.some((file) => pattern.test(file)))
  )
}

/** A regular expression for a path with `?`, `*` and `[…]`; each star stops at a slash, so that it stays linear. */
function wildcard(path: string): RegExp | undefined {
  if (path.split('*').length > 6) return undefined
  const source = path
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]')
    .replace(/\[!/g, '[^')
    .replace(/\/+/g, '/')
  try {
    return new RegExp(`^${source}$`)
  } catch {
    return undefined
  }
}
