import type { Logger } from 'pino'
import type { Cancel, Clock } from './clock.ts'
import type { Store } from './store/store.ts'

/** How long the event history reaches back: 90 days, as CloudTrail's. */
export const auditLifeMs = 90 * 24 * 60 * 60 * 1000

/** Records looked at in one step: a few milliseconds, between which calls are served. */
const stepSize = 500
const firstSweepMs = 60_000
const sweepEveryMs = 3_600_000

/** What the retention of the audit log works with. */
export interface RetentionDeps {
  readonly store: Pick<Store, 'pruneAudit'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'error'>
}

/** Removes audit records that are older than 90 days by the server's clock, every hour. */
export class AuditRetention {
  readonly #deps: RetentionDeps
  #cancel: Cancel | undefined
  #running: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(deps: RetentionDeps) {
    this.#deps = deps
  }

  start(delayMs = firstSweepMs): void {
    this.#cancel = this.#deps.clock.after(delayMs, () => {
      this.sweep()
        .catch((error: unknown) => this.#deps.log.error({ err: error }, 'audit retention failed'))
        .finally(() => this.#stopped || this.start(sweepEveryMs))
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#running.catch(() => undefined)
  }

  /** Removes what is too old now, in steps; resolves to how many records went. */
  sweep(): Promise<number> {
    const sweeping = this.#running.catch(() => undefined).then(() => this.#sweep())
    this.#running = sweeping
    return sweeping
  }

  async #sweep(): Promise<number> {
    const { store, clock } = this.#deps
    const olderThan = clock.now().getTime() - auditLifeMs
    let removed = 0
    let after = 0
    while (!this.#stopped) {
      const step = await store.pruneAudit({ olderThan, after, limit: stepSize })
      removed += step.removed
      // Records come in the order of their times but for a few: past a step of young ones all are.
      if (step.removed === 0 || step.last === undefined) break
      after = step.last
      await new Promise((turn) => setImmediate(turn))
    }
    return removed
  }
}
