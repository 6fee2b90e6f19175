import type { ServiceEvent } from './events.ts'
import type { TaskRow } from './tasks.ts'

/** A service's event with the place it happens in. */
export type PlacedEvent = ServiceEvent & {
  readonly account: string
  readonly region: string
  readonly now: Date
}

/** A task that a unit of work enqueued, under the key of its row. */
export interface EnqueuedTask {
  readonly key: string
  readonly row: TaskRow
}

const none: readonly never[] = []

/** What follows from a unit of work once it has committed; most have nothing to follow. */
export class Aftermath {
  #events: PlacedEvent[] | undefined
  #tasks: EnqueuedTask[] | undefined
  #effects: (() => void)[] | undefined

  get events(): readonly PlacedEvent[] {
    return this.#events ?? none
  }

  get tasks(): readonly EnqueuedTask[] {
    return this.#tasks ?? none
  }

  get effects(): readonly (() => void)[] {
    return this.#effects ?? none
  }

  event(event: PlacedEvent): void {
    ;(this.#events ??= []).push(event)
  }

  task(task: EnqueuedTask): void {
    ;(this.#tasks ??= []).push(task)
  }

  effect(effect: () => void): void {
    ;(this.#effects ??= []).push(effect)
  }
}
