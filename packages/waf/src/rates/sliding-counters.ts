import type { RateCounters } from '../surroundings.ts'

/** Requests under one key, by the second in which they came; the oldest first. */
interface Window {
  readonly seconds: number[]
  readonly counts: number[]
  total: number
}

/** So many keys of a rule are counted at most: the one that was asked for longest ago is forgotten first. */
const mostKeys = 100_000

/**
 * Rate counters in this process's memory, exact to the second: a request counts for as many seconds as the window has,
 * the running one included.
 */
export class SlidingCounters implements RateCounters {
  readonly #rules = new Map<string, Map<string, Window>>()
  readonly #mostKeys: number

  constructor(most: number = mostKeys) {
    this.#mostKeys = most
  }

  count(rule: string, key: string, windowSec: number, nowMs: number): number {
    const keys = this.#rules.get(rule) ?? new Map<string, Window>()
    this.#rules.set(rule, keys)
    const window = keys.get(key) ?? { seconds: [], counts: [], total: 0 }
    keys.delete(key)
    keys.set(key, window)
    if (keys.size > this.#mostKeys) forgetFirst(keys)
    const second = Math.floor(nowMs / 1000)
    forgetBefore(window, second - windowSec)
    const last = window.seconds.length - 1
    if (window.seconds[last] === second) window.counts[last] = (window.counts[last] ?? 0) + 1
    else {
      window.seconds.push(second)
      window.counts.push(1)
    }
    return ++window.total
  }
}

function forgetFirst(keys: Map<string, Window>): void {
  for (const [key] of keys) {
    keys.delete(key)
    return
  }
}

function forgetBefore(window: Window, oldest: number): void {
  const { seconds, counts } = window
  let gone = 0
  while ((seconds[gone] ?? Infinity) <= oldest) window.total -= counts[gone++] ?? 0
  if (gone === 0) return
  seconds.splice(0, gone)
  counts.splice(0, gone)
}
