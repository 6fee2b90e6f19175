import { commonError } from '../kernel/errors.ts'
import type { Kernel, ListenerPlaces } from '../kernel/kernel.ts'
import { Entrance } from './entrance.ts'
import type { EntranceSettings } from './settings.ts'

/** How long a port is held for what is not committed yet, in milliseconds. */
const reservationMs = 30_000

/** A port in use, whether something that is committed has it, and whether it was served since the last sweep. */
interface Door {
  readonly entrance: Entrance
  isAdopted: boolean
  isServed: boolean
}

/** The ports that a service has opened, each under a key of its owner's. */
export class Doors {
  readonly #kernel: Pick<Kernel, 'clock' | 'listeners' | 'localEndpoint'>
  readonly #doors = new Map<string, Door>()

  constructor(kernel: Pick<Kernel, 'clock' | 'listeners' | 'localEndpoint'>) {
    this.#kernel = kernel
  }

  /**
   * Opens a port for an owner that is being made: the one asked for (0: none in particular), or another one if that
   * cannot be had. Nothing is answered there before `serve`; asked again, it is the same.
   */
  async reserve(owner: string, asked: number): Promise<number> {
    for (const [key, { entrance, isAdopted }] of this.#doors) {
      const isWanted = asked === 0 ? !isAdopted : entrance.port === asked
      if (isWanted && key === keyOf(owner, entrance.port)) return entrance.port
    }
    const entrance = await openPort(this.#kernel.listeners, asked)
    const key = keyOf(owner, entrance.port)
    this.#doors.set(key, { entrance, isAdopted: false, isServed: false })
    this.#kernel.clock.after(reservationMs, () => {
      if (this.#doors.get(key)?.isAdopted === false) this.#close(key)
    })
    return entrance.port
  }

  /** Answers at an owner's port by these settings from now on; opens it where it is not open. @returns the port */
  async serve(owner: string, port: number, settings: EntranceSettings): Promise<number> {
    const key = keyOf(owner, port)
    let door = this.#doors.get(key)
    if (!door) {
      const entrance = await openPort(this.#kernel.listeners, port)
      this.#doors.set(key, (door = { entrance, isAdopted: true, isServed: true }))
    }
    door.isAdopted = true
    door.isServed = true
    door.entrance.apply(settings)
    return door.entrance.port
  }

  /** Closes every port that once answered and has not been served since the last sweep. */
  sweep(): void {
    for (const [key, door] of this.#doors) {
      if (door.isAdopted && !door.isServed) this.#close(key)
      door.isServed = false
    }
  }

  /** Whether an address is the API's own, which nobody gets through a door. */
  isOwnAddress(host: string, port: number): boolean {
    const own = URL.parse(this.#kernel.localEndpoint())
    const bare = host.replace(/^\[|\]$/g, '')
    const isLocal =
      bare.startsWith('127.') || bare === '::1' || bare === 'localhost' || host === own?.hostname
    return isLocal && Number(own?.port) === port
  }

  /** Closes everything. */
  stop(): void {
    for (const key of this.#doors.keys()) this.#close(key)
  }

  #close(key: string): void {
    this.#doors.get(key)?.entrance.close()
    this.#doors.delete(key)
  }
}

const keyOf = (owner: string, port: number): string => `${owner} ${port}`

/** Opens a port: the one that is asked for if it is free and allowed, else the first free one of the range. */
async function openPort({ host, ports }: ListenerPlaces, asked: number): Promise<Entrance> {
  const [first, last] = ports
  const own = asked === 0 ? undefined : await tried(host, asked)
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
