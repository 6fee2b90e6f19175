import type { KeptDataKey } from '../../kernel/data-key.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { RuntimeHost } from '../../kernel/runtime.ts'
import { Gauges } from './gauges.ts'
import { Turns } from './turns.ts'

/** How long a message that a receive is about to take is passed over by others, in milliseconds. */
const claimMs = 5_000

/** The longest nap of a poll: another node's messages and a moved clock are noticed by then. */
const napMs = 1_000

const keptKeys = 10_000

/**
 * What SQS keeps in memory: who waits for messages, what is being taken right now, data keys that KMS
 * lets it use again, and the last sequence number.
 */
export class WaitingRoom {
  readonly #host: RuntimeHost
  readonly #waiters = new Map<string, Set<() => void>>()
  readonly #claims = new Map<string, Map<string, { readonly by: string; readonly until: number }>>()
  readonly #keys = new Map<string, KeptDataKey>()
  readonly #sweeps = new Map<string, number>()
  readonly gauges: Gauges
  /** Of message groups, by their keys. */
  readonly turns: Turns
  #sequence = 0n
  #isStopped = false

  constructor(host: RuntimeHost) {
    this.#host = host
    this.turns = new Turns(host.kernel.clock)
    this.gauges = new Gauges(host)
    host.onStopping(() => this.stop())
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** The server's time at this moment, in epoch milliseconds: a poll outlives its context's. */
  now(): number {
    return this.#host.kernel.clock.now().getTime()
  }

  /** Waits for a message of a queue, `ms` at most; `gone` ends it too. */
  wait(generation: string, ms: number, gone: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopped) return resolve()
      const waiters = this.#waiters.get(generation) ?? new Set()
      this.#waiters.set(generation, waiters)
      const done = (): void => {
        cancel()
        waiters.delete(done)
        if (waiters.size === 0 && this.#waiters.get(generation) === waiters) {
          this.#waiters.delete(generation)
        }
        resolve()
      }
      const cancel = this.#host.kernel.clock.after(Math.max(1, Math.min(ms, napMs)), done)
      waiters.add(done)
      gone(done)
    })
  }

  /** Wakes as many polls of a queue as it has got messages, the longest waiting first. */
  wake(generation: string, count: number): void {
    let left = count
    for (const done of this.#waiters.get(generation) ?? []) {
      if (left-- <= 0) return
      done()
    }
  }

  /** Whether another request of this node is about to take a message or group. */
  isClaimed(generation: string, key: string, requestId: string): boolean {
    const claim = this.#claims.get(generation)?.get(key)
    if (claim === undefined || claim.by === requestId) return false
    return claim.until > this.#host.kernel.clock.monotonicMs()
  }

  /** How many claims there are on a queue: a listing must be longer by as many. */
  claimsOn(generation: string): number {
    return this.#claims.get(generation)?.size ?? 0
  }

  /** Has others pass over messages until `release`, or for a few seconds if that never comes. */
  claim(generation: string, keys: readonly string[], requestId: string): void {
    const now = this.#host.kernel.clock.monotonicMs()
    const claims = this.#claims.get(generation) ?? new Map()
    this.#claims.set(generation, claims)
    for (const [key, { until }] of claims) if (until <= now) claims.delete(key)
    for (const key of keys) claims.set(key, { by: requestId, until: now + claimMs })
  }

  /** Gives up all that a request had claimed of a queue. */
  release(generation: string, requestId: string): void {
    const claims = this.#claims.get(generation)
    for (const [key, { by }] of claims ?? []) if (by === requestId) claims?.delete(key)
    if (claims?.size === 0) this.#claims.delete(generation)
  }

  /** A number of 20 digits, larger than all before it. */
  nextSequence(): string {
    const floor = 10n ** 19n + BigInt(this.now()) * 1_000_000n
    this.#sequence = this.#sequence < floor ? floor : this.#sequence + 1n
    return String(this.#sequence)
  }

  keyOf(name: string): KeptDataKey | undefined {
    const key = this.#keys.get(name)
    return key && key.until > this.now() ? key : undefined
  }

  keepKey(name: string, key: KeptDataKey): void {
    if (this.#keys.size >= keptKeys) this.#keys.clear()
    this.#keys.set(name, key)
  }

  /** Whether a queue's next sweep is known to be scheduled. */
  isSwept(generation: string): boolean {
    return (this.#sweeps.get(generation) ?? 0) > this.now()
  }

  sweepAt(generation: string, due: number): void {
    if (this.#sweeps.size >= keptKeys) this.#sweeps.clear()
    this.#sweeps.set(generation, due)
  }

  /** Ends every poll; later ones do not wait. */
  stop(): void {
    this.#isStopped = true
    this.gauges.stop()
    for (const waiters of this.#waiters.values()) for (const done of waiters) done()
  }
}

/** The waiting room of the server. */
export const waitingRoom = defineRuntime('sqs.waiting-room', (host) => new WaitingRoom(host))
