import type { Cancel } from './clock.ts'
import { Draft, auditRecords } from './audit.ts'
import { CallContext } from './call-context.ts'
import type { Context, Principal } from './context.ts'
import type { Job } from './jobs.ts'
import { dueJobs, dueKey, type DueJobRow } from './due-jobs.ts'
import type { Kernel } from './kernel.ts'
import { beginWork } from './unit-of-work.ts'

const pageSize = 100
const tickMs = 1000
const firstRetryMs = 60_000
const maxRetryMs = 86_400_000

/** Runs scheduled work when its time has come, in order of due time. */
export class JobsRunner {
  readonly #kernel: Kernel
  readonly #jobs: ReadonlyMap<string, { job: Job; service: string }>
  #cancel: Cancel | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#jobs = new Map(
      kernel.services.flatMap((service) =>
        service.jobs.map((job) => [job.name, { job, service: service.eventSource }]),
      ),
    )
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

  /** Runs everything due at or before a time; work that schedules more work before then runs too. */
  runDue(until: Date): Promise<void> {
    const run = this.#running.then(() => this.#drain(until))
    this.#running = run.catch(() => undefined)
    return run
  }

  async #drain(until: Date): Promise<void> {
    const { store } = this.#kernel
    for (;;) {
      await store.fresh()
      const query = { index: 'due', upTo: until.toISOString(), limit: pageSize }
      const [next] = await store.list(dueJobs, '-', query)
      if (!next) return
      await this.#runOne(next.value, until)
    }
  }

  async #runOne(row: DueJobRow, until: Date): Promise<void> {
    const { store, log } = this.#kernel
    const known = this.#jobs.get(row.job)
    const draft = new Draft()
    const work = beginWork(store, row.account, row.region)
    const queue = work.store.table(dueJobs)
    const current = await queue.get(dueKey(row))
    if (current?.due !== row.due) return
    queue.delete(dueKey(row))
    const ctx = this.#context(row, known?.service ?? 'bartizan', { draft, work })
    try {
      if (!known) throw new Error(`no job is named ${row.job}`)
      await known.job.run(ctx, row.subject)
      const facts = { ...ctx, eventSource: known.service, eventName: row.job }
      const audit = auditRecords(facts, draft, undefined)
      await store.commit({ ...(await work.batch()), audit })
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

  #context(
    row: DueJobRow,
    service: string,
    { draft, work }: { draft: Draft; work: ReturnType<typeof beginWork> },
  ): Context {
    const { ids } = this.#kernel
    const principal: Principal = {
      kind: 'service',
      accountId: row.account,
      arn: '',
      principalId: service,
      service,
    }
    const caller = {
      principal,
      region: row.region,
      sourceIp: service,
      userAgent: service,
      secureTransport: true,
      now: new Date(row.due),
    }
    return new CallContext(this.#kernel, caller, {
      requestId: ids.uuid(),
      eventId: ids.uuid(),
      work,
      audit: draft,
      call: () => Promise.reject(new Error('a job has no caller to act for')),
      conditions: () => ({}),
    })
  }
}
