import type { Clock } from '../../kernel/clock.ts'

/** Whoever has waited for so long goes on without a turn: the store sees to it that nothing is lost. */
const patienceMs = 5_000

interface Turn {
  readonly by: string
  readonly until: number
  readonly waiting: (() => void)[]
}

/**
 * Lets requests that are to change the same row come one after another, as they would else fail and
 * start over. Only a courtesy among the requests of one process: commits are checked all the same.
 */
export class Turns {
  readonly #clock: Clock
  readonly #turns = new Map<string, Turn>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits until nobody else has the turn, and takes it. */
  async take(key: string, requestId: string): Promise<void> {
    const deadline = this.#clock.monotonicMs() + patienceMs
    for (;;) {
      const turn = this.#turns.get(key)
      if (turn?.by === requestId) return
      const now = this.#clock.monotonicMs()
      if (!turn || turn.until <= now || now >= deadline) {
        const waiting = turn?.waiting ?? []
        this.#turns.set(key, { by: requestId, until: now + patienceMs, waiting })
        return
      }
      await this.#released(turn, Math.min(turn.until, deadline) - now)
    }
  }

  /** Gives the turn to the next. */
  release(key: string, requestId: string): void {
    const turn = this.#turns.get(key)
    if (turn?.by !== requestId) return
    const next = turn.waiting.shift()
    if (!next) {
      this.#turns.delete(key)
      return
    }
    this.#turns.set(key, { by: '', until: 0, waiting: turn.waiting })
    next()
  }

  #released({ waiting }: Turn, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        const place = waiting.indexOf(done)
        if (place >= 0) waiting.splice(place, 1)
        resolve()
      }
      const cancel = this.#clock.after(ms, done)
      waiting.push(done)
    })
  }
}
