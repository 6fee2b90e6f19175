import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Who holds the other end of a loopback connection, as the kernel tells. */
export interface Peer {
  readonly uid: number
  readonly inode: string
}

/** The process side of a loopback connection; undefined when the kernel does not list it. */
export function peerOf(socket: Socket): Peer | undefined {
  const local = hexAddress(socket.remoteAddress, socket.remotePort)
  const remote = hexAddress(socket.localAddress, socket.localPort)
  if (!local || !remote) return undefined
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const [, from, to, , , , , uid, , inode] = line.trim().split(/\s+/)
    if (from === local && to === remote && inode !== undefined) return { uid: Number(uid), inode }
  }
  return undefined
}

/** Whether one of these processes holds the socket of that inode. */
export function holdsSocket(pids: Iterable<number>, inode: string): boolean {
  const wanted = `socket:[${inode}]`
  for (const pid of pids) {
    try {
      const folder = `/proc/${pid}/fd`
      if (readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === wanted)) return true
    } catch {
      // The process, or one of its files, is gone: the others may hold the socket.
    }
  }
  return false
}

/** A process and all that descend from it. */
export function processTree(pid: number): readonly number[] {
  const found = [pid]
  for (let index = 0; index < found.length; index++) {
    try {
      for (const task of readdirSync(`/proc/${found[index]}/task`)) {
        const children = readFileSync(`/proc/${found[index]}/task/${task}/children`, 'latin1')
        found.push(...children.split(' ').filter(Boolean).map(Number))
      }
    } catch {
      // The process is gone.
    }
  }
  return found
}

/** `0100007F:1F90`, as /proc/net/tcp has it (https://docs.kernel.org/networking/proc_net_tcp.html). */
function hexAddress(address: string | undefined, port: number | undefined): string | undefined {
  const bytes = address?.replace(/^::ffff:/, '').split('.')
  if (bytes?.length !== 4 || port === undefined) return undefined
  const hex = (value: number, digits: number) =>
    value.toString(16).toUpperCase().padStart(digits, '0')
  return `${bytes
    .reverse()
    .map((byte) => hex(Number(byte), 2))
    .join('')}:${hex(port, 4)}`
}
