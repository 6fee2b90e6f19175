import type { Clock } from '../../../kernel/clock.ts'

/** Requests of a destination under way at a time: from the first, and at most. */
const firstWindow = 16
const smallestWindow = 8
const largestWindow = 64
/** A request that takes longer makes its destination's room smaller, a quicker one larger. */
const slowMs = 1_000
/** How long a request waits for room at a quick destination; at a slow one it leaves its place at once. */
const patienceMs = 500

interface Room {
  window: number
  /** When the requests under way began, the oldest first. */
  readonly underWay: Set<{ readonly startedMs: number }>
  readonly waiting: Set<() => void>
}

/**
 * Room for requests, destination by destination: quick ones soon get as much as there is, slow ones
 * keep to little, so that they do not hold up the others.
 */
export class Rooms {
  readonly #clock: Clock
  readonly #rooms = new Map<string, Room>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs a request when there is room for it; false when there was none for as long as it may wait. */
  async run(destination: string, request: () => Promise<void>): Promise<boolean> {
    const room = this.#roomOf(destination)
    if (room.underWay.size >= room.window && !(await this.#wait(room))) return false
    const own = { startedMs: this.#clock.monotonicMs() }
    room.underWay.add(own)
    try {
      await request()
      return true
    } finally {
      room.underWay.delete(own)
      this.#adjust(room, this.#clock.monotonicMs() - own.startedMs)
      this.#admit(room)
      if (room.underWay.size === 0 && room.window >= firstWindow) this.#rooms.delete(destination)
    }
  }

  #roomOf(destination: string): Room {
    const known = this.#rooms.get(destination)
    if (known) return known
    const room: Room = { window: firstWindow, underWay: new Set(), waiting: new Set() }
    this.#rooms.set(destination, room)
    return room
  }

  #adjust(room: Room, tookMs: number): void {
    room.window =
      tookMs < slowMs
        ? Math.min(room.window + 1, largestWindow)
        : Math.max(Math.floor(room.window / 2), smallestWindow)
  }

  #admit(room: Room): void {
    for (const enter of [...room.waiting].slice(0, room.window - room.underWay.size)) enter()
  }

  #isSlow({ window, underWay }: Room): boolean {
    const [oldest] = underWay
    const now = this.#clock.monotonicMs()
    return window < firstWindow || (oldest !== undefined && now - oldest.startedMs >= slowMs)
  }

  /** Whether room came free in time. */
  #wait(room: Room): Promise<boolean> {
    if (this.#isSlow(room)) return Promise.resolve(false)
    return new Promise((resolve) => {
      const done = (entered: boolean): void => {
        room.waiting.delete(enter)
        cancel()
        resolve(entered)
      }
      const enter = (): void => done(true)
      const cancel = this.#clock.after(patienceMs, () => done(false))
      room.waiting.add(enter)
    })
  }
}
