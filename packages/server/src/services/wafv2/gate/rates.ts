import type { RateCounters } from '@bartizan/waf'

/** Requests of one key by the second in which they came, the oldest first. */
interface Counter {
  seconds: number[]
  counts: number[]
  total: number
  windowSec: number
}

const sweepEvery = 10_000

/** Exact counters of a web ACL's rules, in memory: what is older than the window is forgotten by the second. */
export class RateTable implements RateCounters {
  readonly #rules = new Map<string, Map<string, Counter>>()
  /** What other nodes have counted; by rule and key. */
  readonly #elsewhere = new Map<string, Map<string, number>>()
  #since = 0

  count(rule: string, key: string, windowSec: number, nowMs: number): number {
    const second = Math.floor(nowMs / 1000)
    let keys = this.#rules.get(rule)
    if (!keys) this.#rules.set(rule, (keys = new Map()))
    let counter = keys.get(key)
    if (!counter) keys.set(key, (counter = { seconds: [], counts: [], total: 0, windowSec }))
    forget(counter, second)
    const last = counter.seconds.length - 1
    if (counter.seconds[last] === second) counter.counts[last] = (counter.counts[last] ?? 0) + 1
    else {
      counter.seconds.push(second)
      counter.counts.push(1)
    }
    counter.total++
    if (++this.#since >= sweepEvery) this.#sweep(second)
    return counter.total + (this.#elsewhere.get(rule)?.get(key) ?? 0)
  }

  /** Keys of a rule's counters that are over a limit now; `rule` is how the counter's name begins. */
  over(rule: string, limit: number, nowMs: number): string[] {
    const second = Math.floor(nowMs / 1000)
    const found: string[] = []
    for (const [name, keys] of this.#rules) {
      if (!name.startsWith(`${rule} `)) continue
      for (const [key, counter] of keys) {
        forget(counter, second)
        const others = this.#elsewhere.get(name)?.get(key) ?? 0
        if (counter.total + others > limit) found.push(key)
      }
    }
    return found
  }

  /** What this node has counted within the windows, by rule and key. */
  totals(nowMs: number): Record<string, Record<string, number>> {
    this.#sweep(Math.floor(nowMs / 1000))
    const totals: Record<string, Record<string, number>> = {}
    for (const [rule, keys] of this.#rules) {
      totals[rule] = Object.fromEntries([...keys].map(([key, { total }]) => [key, total]))
    }
    return totals
  }

  /** Replaces what the other nodes have counted. */
  setElsewhere(nodes: readonly Readonly<Record<string, Readonly<Record<string, number>>>>[]): void {
    this.#elsewhere.clear()
    for (const [rule, keys] of nodes.flatMap((node) => Object.entries(node))) {
      const known = this.#elsewhere.get(rule) ?? new Map<string, number>()
      for (const [key, total] of Object.entries(keys)) {
        known.set(key, (known.get(key) ?? 0) + total)
      }
      this.#elsewhere.set(rule, known)
    }
  }

  #sweep(second: number): void {
    this.#since = 0
    for (const [rule, keys] of this.#rules) {
      for (const [key, counter] of keys) {
        forget(counter, second)
        if (counter.total === 0) keys.delete(key)
      }
      if (keys.size === 0) this.#rules.delete(rule)
    }
  }
}

function forget(counter: Counter, second: number): void {
  const oldest = second - counter.windowSec
  let gone = 0
  while ((counter.seconds[gone] ?? Infinity) <= oldest) {
    counter.total -= counter.counts[gone] ?? 0
    gone++
  }
  if (gone === 0) return
  counter.seconds.splice(0, gone)
  counter.counts.splice(0, gone)
}
