import type { Cancel, Clock } from './clock.ts'
import type { LastUsed } from './context.ts'
import type { Change, Store } from './store/store.ts'
import { defineTable, WriteConflict } from './store/store.ts'

type Facts = Readonly<Record<string, string>>

const lastUsedTable = defineTable<Facts>({ name: 'kernel.last-used', scope: 'system' })
const flushMs = 1000

/** Last-used facts that are written behind once a second, off the path of every call. */
export class WrittenBehind implements LastUsed {
  readonly #store: Store
  readonly #clock: Clock
  #noted = new Map<string, Facts>()
  #cancel: Cancel | undefined

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  note(kind: string, id: string, facts: Facts): void {
    this.#noted.set(`${kind}|${id}`, facts)
    this.#cancel ??= this.#clock.after(flushMs, () => {
      this.#cancel = undefined
      this.flush().catch(() => undefined)
    })
  }

  async of(kind: string, id: string): Promise<Facts | undefined> {
    const key = `${kind}|${id}`
    return this.#noted.get(key) ?? (await this.#store.get(lastUsedTable, '-', key))?.value
  }

  /** Writes what was noted; what another node wrote meanwhile is tried again with the next flush. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const noted = this.#noted
    if (noted.size === 0) return
    const changes = await Promise.all([...noted].map(([key, value]) => this.#change(key, value)))
    try {
      await this.#store.commit({ changes, expectations: [], audit: [] })
      for (const [key, value] of noted) if (this.#noted.get(key) === value) this.#noted.delete(key)
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error
    }
  }

  /** Forgets what was not written yet, after a reset. */
  clear(): void {
    this.#noted = new Map()
  }

  async #change(key: string, value: Facts): Promise<Change> {
    const table = lastUsedTable
    const expectedVersion = (await this.#store.get(table, '-', key))?.version ?? 0
    return { table: table as unknown as Change['table'], scope: '-', key, expectedVersion, value }
  }
}
