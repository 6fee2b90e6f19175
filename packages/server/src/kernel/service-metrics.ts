import type { Cancel, Clock } from './clock.ts'
import type { Context } from './context.ts'

/** One figure that a service publishes about itself. */
export interface MetricSample {
  /** `AWS/Events`. */
  readonly namespace: string
  readonly name: string
  readonly value: number
  /** CloudWatch's unit; `Count` by default. */
  readonly unit?: string
  readonly dimensions?: Readonly<Record<string, string>>
}

/** The samples of one metric in one minute, in one account and Region. */
export interface MetricMinute {
  readonly account: string
  readonly region: string
  readonly namespace: string
  readonly name: string
  readonly unit: string
  readonly dimensions: Readonly<Record<string, string>>
  /** ISO 8601, the minute's start. */
  readonly minute: string
  readonly values: readonly number[]
}

/** What takes the services' metrics off the kernel's hands: CloudWatch. */
export interface MetricSink {
  /** Called with the metrics of one account and Region, in a unit of work of its own. */
  onMetrics(minutes: readonly MetricMinute[], ctx: Context): Promise<void>
}

const flushMs = 5_000

/** Gathers the services' metrics in memory and hands them on every few seconds, off the path of calls. */
export class ServiceMetrics {
  readonly #clock: Clock
  readonly #deliver: (minutes: readonly MetricMinute[]) => Promise<void>
  #gathered = new Map<string, Omit<MetricMinute, 'values'> & { values: number[] }>()
  #cancel: Cancel | undefined

  constructor(clock: Clock, deliver: (minutes: readonly MetricMinute[]) => Promise<void>) {
    this.#clock = clock
    this.#deliver = deliver
  }

  note(place: { account: string; region: string }, sample: MetricSample): void {
    const { account, region } = place
    const { namespace, name, value, unit = 'Count', dimensions = {} } = sample
    const minute = `${this.#clock.now().toISOString().slice(0, 16)}:00.000Z`
    const key = JSON.stringify([account, region, namespace, name, unit, dimensions, minute])
    const known = this.#gathered.get(key)
    if (known) known.values.push(value)
    else {
      const values = [value]
      this.#gathered.set(key, {
        account,
        region,
        namespace,
        name,
        unit,
        dimensions,
        minute,
        values,
      })
    }
    this.#cancel ??= this.#clock.after(flushMs, () => {
      this.flush().catch(() => undefined)
    })
  }

  /** Hands on what was gathered. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const minutes = [...this.#gathered.values()]
    this.#gathered = new Map()
    if (minutes.length > 0) await this.#deliver(minutes)
  }
}
