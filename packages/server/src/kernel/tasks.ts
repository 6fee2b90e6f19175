import type { Context } from './context.ts'
import { defineTable } from './store/store.ts'

/** Which try of a task runs, from 1, and when it was enqueued. */
export interface Attempt {
  readonly number: number
  readonly enqueuedAt: Date
}

/** A task's wish to be run again, with a payload of its own if it has changed. */
export interface Again {
  readonly retryAt: Date
  readonly payload?: object
}

/**
 * Work that follows from a change: a delivery, a fan-out. It is committed with the change and runs
 * right after, at least once, also when the process was killed in between.
 */
export interface Task<Payload extends object = object> {
  /** Unique over the installation, `<service id>.<verb>`: `events.deliver`. */
  readonly name: string
  /**
   * Does the work as the service itself. What it writes commits together with the task's removal. A
   * throw has it tried again later; `retryAt` says when, for failures that are to be expected.
   */
  run(ctx: Context, payload: Payload, attempt: Attempt): Promise<Again | undefined>
}

/** Enough of a task to enqueue it: its name alone will do, where the task itself lies further up. */
export type TaskName<Payload extends object> = Pick<Task<Payload>, 'name'> &
  Partial<Pick<Task<Payload>, 'run'>>

/** When, in what order and where a task runs; right away, in no order, in the caller's place by default. */
export interface EnqueueOptions {
  readonly due?: Date
  /** Tasks with the same key run one after another, as they were enqueued. */
  readonly order?: string
  readonly account?: string
  readonly region?: string
}

/** A task that is not done yet. */
export interface TaskRow {
  readonly task: string
  readonly account: string
  readonly region: string
  /** JSON. */
  readonly payload: string
  /** ISO 8601: when any node may take it. A node that was handed a task has until then to do it. */
  readonly due: string
  readonly enqueuedAt: string
  readonly attempts: number
  /** Set while the task waits for no time but only to be done. */
  readonly isHandedOver: boolean
  readonly order?: string
}

/** The tasks of the installation; keys sort as they were enqueued. */
export const tasksTable = defineTable<TaskRow>({
  name: 'kernel.tasks',
  scope: 'system',
  sealed: ['payload'],
  indexes: { due: (row) => row.due },
})

/** How long the node that enqueued a task has before another takes it over, in milliseconds. */
const handOverMs = 60_000

/** The row of a new task. */
export function newTaskRow(
  task: Pick<Task, 'name'>,
  payload: object,
  place: { readonly account: string; readonly region: string; readonly now: Date },
  { due, order, account, region }: EnqueueOptions,
): TaskRow {
  const isHandedOver = due === undefined || due <= place.now
  const takeOver = new Date(place.now.getTime() + handOverMs)
  return {
    task: task.name,
    account: account ?? place.account,
    region: region ?? place.region,
    payload: JSON.stringify(payload),
    due: (isHandedOver ? takeOver : due).toISOString(),
    enqueuedAt: place.now.toISOString(),
    attempts: 0,
    isHandedOver,
    ...(order !== undefined && { order }),
  }
}
