interface Waiting {
  readonly work: () => Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs pieces of work in groups that end together: what comes while a group runs is the next one. Calls
 * that wait for the disk then go on in one turn of the event loop, and share the commit that follows.
 */
export class Together {
  #waiting: Waiting[] = []
  #isRunning = false

  /** Resolves when the work is done, and with it everything that was started at the same time. */
  run(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      if (!this.#isRunning) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      const outcomes = await Promise.allSettled(group.map(({ work }) => work()))
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index]
        if (outcome?.status === 'rejected') reject(outcome.reason)
        else resolve()
      }
    }
    this.#isRunning = false
  }
}
