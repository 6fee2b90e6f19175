import type { Cancel } from './clock.ts'
import { Draft, auditRecords } from './audit.ts'
import type { Context, Principal } from './context.ts'
import type { Job } from './jobs.ts'
import type { Kernel } from './kernel.ts'
import { defineTable } from './store/store.ts'
import { beginWork } from './unit-of-work.ts'

/** Work that waits for its time. */
export interface DueJobRow {
  readonly job: string
  readonly account: string
  readonly region: string
  readonly subject: string
  /** ISO 8601. */
  readonly due: string
  readonly attempts: number
}

/** All scheduled work of the installation, found by due time. */
export const dueJobs = defineTable<DueJobRow>({
  name: 'kernel.due-jobs',
  scope: 'system',
  indexes: { due: (row) => row.due },
})

/** The key of a scheduled entry: one per job, place and subject. */
export function dueKey(row: Pick<DueJobRow, 'job' | 'account' | 'region' | 'subject'>): string {
  return [row.job, row.account, row.region, row.subject].join('|')
}

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
    const kernel = this.#kernel
    const place = { account: row.account, region: row.region }
    const principal: Principal = {
      kind: 'service',
      accountId: row.account,
      arn: '',
      principalId: service,
      service,
    }
    const queue = work.store.table(dueJobs)
    return {
      ...place,
      principal,
      requestId: kernel.ids.uuid(),
      eventId: kernel.ids.uuid(),
      now: new Date(row.due),
      machineNow: kernel.clock.machine(),
      sourceIp: service,
      userAgent: service,
      secureTransport: true,
      ids: kernel.ids,
      store: work.store,
      audit: draft,
      lastUsed: kernel.lastUsed,
      secrets: kernel.box,
      development: kernel.development,
      schedule: {
        at: (job, subject, due, other) => {
          const next = {
            job: job.name,
            ...place,
            ...other,
            subject,
            due: due.toISOString(),
            attempts: 0,
          }
          queue.put(dueKey(next), next)
        },
        cancel: (job, subject, other) =>
          queue.delete(dueKey({ job: job.name, ...place, ...other, subject })),
      },
      call: () => Promise.reject(new Error('a job has no caller to act for')),
      lookupAudit: (query) => kernel.store.lookupAudit({ ...query, account: row.account }),
      conditions: () => ({}),
    }
  }
}
