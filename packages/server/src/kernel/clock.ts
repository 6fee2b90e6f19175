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

/** Keeps the process from ending for want of work, which timers of `after` do not, until the work is done. */
export async function awake(work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, longestDelayMs)
  await work().finally(() => clearInterval(timer))
}

/** The longest delay that timers know, in milliseconds. */
const longestDelayMs = 2 ** 31 - 1

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
