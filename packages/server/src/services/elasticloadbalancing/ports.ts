import { Entrance } from '../../dataplane/entrance.ts'
import { commonError } from '../../kernel/errors.ts'
import type { ListenerPlaces } from '../../kernel/kernel.ts'

/** Opens a port: the one that is asked for if it is free and allowed, else the first free one of the range. */
export async function openPort({ host, ports }: ListenerPlaces, asked: number): Promise<Entrance> {
  const [first, last] = ports
  const own = await tried(host, asked)
  if (own) return own
  if (first === 0) return Entrance.open({ host, port: 0 })
  for (let port = first; port <= last; port++) {
    const entrance = await tried(host, port)
    if (entrance) return entrance
  }
  throw commonError('ServiceUnavailable', 'No port is free for another listener', 503)
}

async function tried(host: string, port: number): Promise<Entrance | undefined> {
  try {
    return await Entrance.open({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES') return undefined
    throw error
  }
}
