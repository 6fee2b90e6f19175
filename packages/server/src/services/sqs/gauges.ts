import type { Cancel } from '../../kernel/clock.ts'
import type { RuntimeHost } from '../../kernel/runtime.ts'
import { scopeOf } from '../../kernel/store/store.ts'
import { countMessages } from './counts.ts'
import { messages, queues } from './store.ts'
import type { QueueRow } from './store.ts'

const sampleMs = 60_000
/** A queue counts as active, and is measured, for six hours after it was used (SQS Developer Guide). */
const activeMs = 21_600_000

interface Active {
  readonly name: string
  readonly account: string
  readonly region: string
  until: number
}

/** Measures the queues in use once a minute: how many messages there are, and how old the oldest is. */
export class Gauges {
  readonly #host: RuntimeHost
  readonly #active = new Map<string, Active>()
  #cancel: Cancel | undefined
  #isStopped = false

  constructor(host: RuntimeHost) {
    this.#host = host
  }

  /** Notes that a queue is in use. */
  note({ arn, name, account, region }: QueueRow): void {
    const until = this.#now() + activeMs
    const known = this.#active.get(arn)
    if (known) known.until = until
    else this.#active.set(arn, { name, account, region, until })
    this.#schedule()
  }

  /** Measures every queue in use. */
  async sample(): Promise<void> {
    for (const [arn, active] of this.#active) {
      const isThere = active.until > this.#now() && (await this.#measure(active))
      if (!isThere) this.#active.delete(arn)
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  #now(): number {
    return this.#host.kernel.clock.now().getTime()
  }

  #schedule(): void {
    if (this.#cancel || this.#isStopped) return
    const { clock, log } = this.#host.kernel
    this.#cancel = clock.after(sampleMs, () => {
      this.sample()
        .catch((error: unknown) => log.error({ err: error }, 'queues cannot be measured'))
        .finally(() => {
          this.#cancel = undefined
          if (this.#active.size > 0) this.#schedule()
        })
    })
  }

  async #measure({ name, account, region }: Active): Promise<boolean> {
    const { store, serviceMetrics } = this.#host.kernel
    const scope = scopeOf('region', account, region)
    const row = await store.get(queues, scope, name)
    if (!row) return false
    const view = {
      list: (query = {}) => store.list(messages, scope, query),
      count: (query = {}) => store.count(messages, scope, query),
    }
    const counts = await countMessages(view, row.value, this.#now())
    const note = (metric: string, value: number, unit = 'Count'): void =>
      serviceMetrics.note(
        { account, region },
        { namespace: 'AWS/SQS', name: metric, value, unit, dimensions: { QueueName: name } },
      )
    note('ApproximateNumberOfMessagesVisible', counts.available)
    note('ApproximateNumberOfMessagesDelayed', counts.delayed)
    note('ApproximateNumberOfMessagesNotVisible', counts.inFlight)
    note('ApproximateAgeOfOldestMessage', Math.floor(counts.oldestAgeMs / 1000), 'Seconds')
    return true
  }
}
