/** Stops a timer. */
export type Cancel = () => void

/** The only source of time. Signatures are judged by `machine()`, everything else by `now()`. */
export interface Clock {
  /** The server's own time, which development mode can move forward. */
  now(): Date
  /** The machine's time, by which clients sign. */
  machine(): Date
  /** Monotonic milliseconds for measuring durations. */
  monotonicMs(): number
  /** Calls back once after a real delay in milliseconds. */
  after(delayMs: number, callback: () => void): Cancel
  /** How far `now()` is ahead of `machine()`, in milliseconds. */
  readonly offsetMs: number
  /** Sets the offset, as read from the store or moved by `clock advance`. */
  setOffset(offsetMs: number): void
}

/** The real clock with a movable offset. */
export function systemClock(): Clock {
  let offset = 0
  return {
    now: () => new Date(Date.now() + offset),
    machine: () => new Date(),
    monotonicMs: () => performance.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
    get offsetMs() {
      return offset
    },
    setOffset(offsetMs) {
      offset = offsetMs
    },
  }
}
