import { readFileSync } from 'node:fs'
import type { Account } from '../processes/launcher.ts'

/** The account `nobody`, which every system knows by name; where the server is not root, its own. */
export function initialAccount(): Account {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()]
  if (uid !== 0) return { uid, gid }
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('nobody:'))
  const [, , id = '65534', group = '65534'] = line?.split(':') ?? []
  return { uid: Number(id), gid: Number(group) }
}
