import type { Cancel, Clock } from './clock.ts'
import type { LastUsed } from './context.ts'
import type { Change, Store } from './store/store.ts'
import { placeOf } from './store/row-codec.ts'
import { defineTable, WriteConflict } from './store/store.ts'

type Facts = Readonly<Record<string, string>>

/** Facts as calls note them: times become ISO 8601, numbers text, and only when they are written or read. */
export type NotedFacts = Readonly<Record<string, string | number | Date>>

interface Noted {
  readonly kind: string
  readonly id: string
  readonly facts: NotedFacts
}

const lastUsedTable = defineTable<Facts>({ name: 'kernel.last-used', scope: 'system' })
const flushMs = 1000

/** Last-used facts that are written behind once a second, off the path of every call. */
export class WrittenBehind implements LastUsed {
  readonly #store: Store
  readonly #clock: Clock
  /** By kind and id, as most notes replace one of the same second. */
  #noted = new Map<string, Map<string, NotedFacts>>()
  #cancel: Cancel | undefined

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  note(kind: string, id: string, facts: NotedFacts): void {
    let ofKind = this.#noted.get(kind)
    if (!ofKind) this.#noted.set(kind, (ofKind = new Map()))
    ofKind.set(id, facts)
    this.#cancel ??= this.#clock.after(flushMs, () => {
      this.#cancel = undefined
      this.flush().catch(() => undefined)
    })
  }

  async of(kind: string, id: string): Promise<Facts | undefined> {
    const facts = this.#noted.get(kind)?.get(id)
    if (facts) return asText(facts)
    return (await this.#store.get(lastUsedTable, '-', keyOf(kind, id)))?.value
  }

  /** Writes what was noted; what another node wrote meanwhile is tried again with the next flush. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const noted = this.#everything()
    if (noted.length === 0) return
    const changes = await Promise.all(noted.map((each) => this.#change(each)))
    try {
      await this.#store.commit({ changes, expectations: [], audit: [] })
      for (const { kind, id, facts } of noted) {
        const ofKind = this.#noted.get(kind)
        if (ofKind?.get(id) === facts) ofKind.delete(id)
      }
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error
    }
  }

  /** Forgets what was not written yet, after a reset. */
  clear(): void {
    this.#noted = new Map()
  }

  #everything(): Noted[] {
    const noted: Noted[] = []
    for (const [kind, ofKind] of this.#noted) {
      for (const [id, facts] of ofKind) noted.push({ kind, id, facts })
    }
    return noted
  }

  async #change({ kind, id, facts }: Noted): Promise<Change> {
    const key = keyOf(kind, id)
    const value = asText(facts)
    const expectedVersion = (await this.#store.get(lastUsedTable, '-', key))?.version ?? 0
    return { ...placeOf(lastUsedTable, '-', key), expectedVersion, value }
  }
}

function keyOf(kind: string, id: string): string {
  return `${kind}|${id}`
}

function asText(facts: NotedFacts): Facts {
  const text: Record<string, string> = {}
  for (const [name, value] of Object.entries(facts)) {
    text[name] = value instanceof Date ? value.toISOString() : String(value)
  }
  return text
}
