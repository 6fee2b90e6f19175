import type { EnqueuedTask } from './aftermath.ts'
import { auditRecords, Draft } from './audit.ts'
import type { Cancel } from './clock.ts'
import type { Kernel } from './kernel.ts'
import { serviceContext, settle } from './settle.ts'
import { tasksTable, type Again, type Task, type TaskRow } from './tasks.ts'
import { beginWork } from './unit-of-work.ts'

const sweepMs = 1000
const sweepPage = 500
const firstRetryMs = 1000
const maxRetryMs = 3_600_000
/** Tasks of one name that run at a time: a service with slow targets holds up nobody else. */
const concurrency = 64
/** Tasks of one name kept waiting in memory; further ones are found again by the sweep. */
const maxWaiting = 50_000
const maxConflicts = 20
/** How long a stop waits for running tasks; those cut off run again after the next start. */
const drainMs = 5_000

/** Tasks with one order key: the head runs, or waits for its next attempt, and the others wait for it. */
interface Line {
  head: string
  readonly waiting: EnqueuedTask[]
}

/** Whether a task is off the queue, or waits for another attempt. */
type Outcome = 'done' | 'later'

/** Runs tasks as soon as they are committed, and again after a failure or a crash. */
export class TaskRunner {
  readonly #kernel: Kernel
  readonly #held = new Set<string>()
  readonly #waiting = new Map<string, EnqueuedTask[]>()
  readonly #running = new Map<string, number>()
  readonly #lines = new Map<string, Line>()
  #active = 0
  #idle: (() => void)[] = []
  #cancel: Cancel | undefined
  #stopped = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Takes over what an earlier process left undone, then looks every second for what has become due. */
  async start(): Promise<void> {
    if (!this.#kernel.store.isShared) await this.#takeOver()
    this.#schedule()
  }

  /** Lets what runs come to its end; what waits stays in the store. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    this.#waiting.clear()
    this.#lines.clear()
    if (this.#active === 0) return
    await new Promise<void>((idle) => {
      this.#idle.push(idle)
      this.#kernel.clock.after(drainMs, idle)
    })
  }

  /** Resolves when nothing runs and nothing is due. */
  async settled(): Promise<void> {
    await this.sweep()
    while (this.#active > 0) {
      await new Promise<void>((idle) => this.#idle.push(idle))
      await this.sweep()
    }
  }

  /** Runs committed tasks that wait for no time. */
  accept(tasks: readonly EnqueuedTask[]): void {
    if (this.#stopped) return
    for (const task of tasks) {
      if (!task.row.isHandedOver || this.#held.has(task.key)) continue
      const { order } = task.row
      if (order !== undefined && !this.#joinLine(order, task)) continue
      this.#enter(task)
    }
  }

  /** Takes up everything that is due. */
  async sweep(): Promise<void> {
    const { store, clock } = this.#kernel
    await store.fresh()
    const query = { index: 'due', upTo: clock.now().toISOString(), limit: sweepPage }
    const rows = await store.list(tasksTable, '-', query)
    const due = rows.map(({ key, value }) => ({ key, row: { ...value, isHandedOver: true } }))
    this.accept(due)
  }

  /** Nobody else uses the store: what was handed over to a process that is gone can be run at once. */
  async #takeOver(): Promise<void> {
    let after: string | undefined
    do {
      const page = { limit: sweepPage, ...(after !== undefined && { after }) }
      const rows = await this.#kernel.store.list(tasksTable, '-', page)
      for (const { key, value } of rows) {
        const { order, isHandedOver } = value
        if (isHandedOver) this.accept([{ key, row: value }])
        else if (order !== undefined && !this.#lines.has(order)) {
          this.#lines.set(order, { head: key, waiting: [] })
        }
      }
      after = rows.length < sweepPage ? undefined : rows.at(-1)?.key
    } while (after !== undefined)
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#cancel = this.#kernel.clock.after(sweepMs, () => {
      this.sweep()
        .catch((error: unknown) => this.#kernel.log.error({ err: error }, 'tasks cannot be read'))
        .finally(() => this.#schedule())
    })
  }

  /** True when the task is first in its line, and so may run. */
  #joinLine(order: string, task: EnqueuedTask): boolean {
    const line = this.#lines.get(order)
    if (!line) {
      this.#lines.set(order, { head: task.key, waiting: [] })
      return true
    }
    if (line.head === task.key) return true
    this.#held.add(task.key)
    line.waiting.push(task)
    return false
  }

  #enter(task: EnqueuedTask): void {
    const { task: name } = task.row
    const running = this.#running.get(name) ?? 0
    if (running < concurrency) {
      this.#held.add(task.key)
      this.#launch(task, name, running)
      return
    }
    const waiting = this.#waiting.get(name) ?? []
    if (waiting.length >= maxWaiting) return
    this.#held.add(task.key)
    waiting.push(task)
    this.#waiting.set(name, waiting)
  }

  #launch(task: EnqueuedTask, name: string, running: number): void {
    this.#running.set(name, running + 1)
    this.#active++
    this.#run(task)
      .catch((error: unknown) => {
        this.#kernel.log.error({ err: error, task: name }, 'task could not be run')
        return 'later' as const
      })
      .then((outcome) => this.#finished(task, name, outcome))
  }

  #finished(task: EnqueuedTask, name: string, outcome: Outcome): void {
    this.#held.delete(task.key)
    this.#running.set(name, (this.#running.get(name) ?? 1) - 1)
    this.#active--
    if (task.row.order !== undefined && outcome === 'done') this.#nextInLine(task.row.order)
    const next = this.#waiting.get(name)?.shift()
    if (next) this.#launch(next, name, this.#running.get(name) ?? 0)
    if (this.#active === 0) for (const idle of this.#idle.splice(0)) idle()
  }

  #nextInLine(order: string): void {
    const line = this.#lines.get(order)
    const next = line?.waiting.shift()
    if (!line || !next) {
      this.#lines.delete(order)
      return
    }
    line.head = next.key
    this.#enter(next)
  }

  async #run({ key, row }: EnqueuedTask): Promise<Outcome> {
    for (let conflict = 0; conflict < maxConflicts; conflict++) {
      try {
        return await this.#attempt(key, row)
      } catch (error) {
        if (!this.#kernel.isConflict(error)) throw error
        await this.#kernel.store.fresh()
      }
    }
    return 'later'
  }

  async #attempt(key: string, { task: name, account, region }: TaskRow): Promise<Outcome> {
    const { store, log } = this.#kernel
    const [serviceId = ''] = name.split('.')
    const service = await this.#kernel.services.load(serviceId)
    const task: Task<never> | undefined = service?.tasks.find((each) => each.name === name)
    const work = beginWork(store, account, region)
    const queue = work.store.table(tasksTable)
    const current = await queue.get(key)
    if (!current) return 'done'
    const draft = new Draft()
    const eventSource = service?.eventSource ?? name
    const ctx = serviceContext(this.#kernel, { account, region, service: eventSource }, work, draft)
    const attempt = { number: current.attempts + 1, enqueuedAt: new Date(current.enqueuedAt) }
    let again: Again | undefined
    try {
      if (!task) throw new Error(`no task is named ${name}`)
      again = await task.run(ctx, JSON.parse(current.payload) as never, attempt)
    } catch (error) {
      if (this.#kernel.isConflict(error)) throw error
      log.error({ err: error, task: name }, 'task failed and will be tried again')
      return this.#postpone(key, current)
    }
    if (again) queue.put(key, laterRow(current, again))
    else queue.delete(key)
    const facts = { ...ctx, eventSource, eventName: name }
    await settle(this.#kernel, work, auditRecords(facts, draft, undefined))
    return again ? 'later' : 'done'
  }

  async #postpone(key: string, row: TaskRow): Promise<Outcome> {
    const { store, clock } = this.#kernel
    const work = beginWork(store, row.account, row.region)
    const queue = work.store.table(tasksTable)
    if (!(await queue.get(key))) return 'done'
    const delayMs = Math.min(firstRetryMs * 2 ** row.attempts, maxRetryMs)
    const retryAt = new Date(clock.now().getTime() + delayMs)
    queue.put(key, laterRow(row, { retryAt }))
    await settle(this.#kernel, work, [])
    return 'later'
  }
}

function laterRow(row: TaskRow, { retryAt, payload }: Again): TaskRow {
  return {
    ...row,
    due: retryAt.toISOString(),
    attempts: row.attempts + 1,
    isHandedOver: false,
    ...(payload && { payload: JSON.stringify(payload) }),
  }
}
