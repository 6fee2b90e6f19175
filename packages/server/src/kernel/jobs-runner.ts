import type { Cancel } from './clock.ts'
import { Draft, auditRecords } from './audit.ts'
import { dueJobs, dueKey, type DueJobRow } from './due-jobs.ts'
import type { Kernel } from './kernel.ts'
import { serviceContext, settle } from './settle.ts'
import { beginWork } from './unit-of-work.ts'

const pageSize = 100
const tickMs = 1000
const firstRetryMs = 60_000
const maxRetryMs = 86_400_000

/** Runs scheduled work when its time has come, in order of due time. */
export class JobsRunner {
  readonly #kernel: Kernel
  #cancel: Cancel | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Looks for due work every second until `stop`. */
  start(): void {
    this.#cancel = this.#kernel.clock.after(tickMs, () => {
      this.runDue(this.#kernel.clock.now())
        .catch((error: unknown) => this.#kernel.log.error({ err: error }, 'jobs failed'))
        .finally(() => this.#cancel && this.start())
    })
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#running
  }

  /**
   * Runs everything due at or before a time; work that schedules more work before then runs too.
   * `reach` is told the time of each before it runs.
   */
  runDue(until: Date, reach?: (due: Date) => Promise<void>): Promise<void> {
    const run = this.#running.then(() => this.#drain(until, reach))
    this.#running = run.catch(() => undefined)
    return run
  }

  async #drain(until: Date, reach?: (due: Date) => Promise<void>): Promise<void> {
    const { store } = this.#kernel
    for (;;) {
      await store.fresh()
      const query = { index: 'due', upTo: until.toISOString(), limit: pageSize }
      const [next] = await store.list(dueJobs, '-', query)
      if (!next) return
      await reach?.(new Date(next.value.due))
      await this.#runOne(next.value, until)
    }
  }

  async #runOne(row: DueJobRow, until: Date): Promise<void> {
    const { store, log, services } = this.#kernel
    const [serviceId = ''] = row.job.split('.')
    const service = await services.load(serviceId)
    const job = service?.jobs.find(({ name }) => name === row.job)
    const work = beginWork(store, row.account, row.region)
    const queue = work.store.table(dueJobs)
    const current = await queue.get(dueKey(row))
    if (current?.due !== row.due) return
    queue.delete(dueKey(row))
    const draft = new Draft()
    const eventSource = service?.eventSource ?? row.job
    const { account, region } = row
    const place = { account, region, service: eventSource, now: new Date(row.due) }
    const ctx = serviceContext(this.#kernel, place, work, draft)
    try {
      if (!job) throw new Error(`no job is named ${row.job}`)
      await job.run(ctx, row.subject)
      const facts = { ...ctx, eventSource, eventName: row.job }
      await settle(this.#kernel, work, auditRecords(facts, draft, undefined))
    } catch (error) {
      if (this.#kernel.isConflict(error)) return
      log.error({ err: error, job: row.job }, 'job failed and will be tried again')
      await this.#postpone(row, until)
    }
  }

  async #postpone(row: DueJobRow, until: Date): Promise<void> {
    const work = beginWork(this.#kernel.store, row.account, row.region)
    const delayMs = Math.min(firstRetryMs * 2 ** row.attempts, maxRetryMs)
    const due = new Date(until.getTime() + delayMs).toISOString()
    work.store.table(dueJobs).put(dueKey(row), { ...row, due, attempts: row.attempts + 1 })
    await this.#kernel.store.commit({ ...(await work.batch()), audit: [] })
  }
}
