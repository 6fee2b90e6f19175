import type { Kernel } from '../kernel/kernel.ts'
import type { Table } from '../kernel/store/store.ts'

/** An account in a Region. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** How often another node's changes are looked for, in milliseconds. */
const lookMs = 1_000

/** Has what carries traffic follow what is committed: the places that have any are read again after each change. */
export class Follower {
  readonly #kernel: Kernel
  readonly #places: Table<Place>
  readonly #refreshAll: (places: readonly Place[]) => Promise<void>
  readonly #known = new Map<string, Place>()
  #refreshing: Promise<void> | undefined
  #isDirty = false
  #isStopped = false

  /** `refreshAll` puts the rows of these places in force; it never runs twice at once. */
  constructor(
    kernel: Kernel,
    places: Table<Place>,
    refreshAll: (places: readonly Place[]) => Promise<void>,
  ) {
    this.#kernel = kernel
    this.#places = places
    this.#refreshAll = refreshAll
  }

  /** Takes up what an earlier process, or another node, has made. */
  async resume(): Promise<void> {
    const { store } = this.#kernel
    for (const { value } of await store.list(this.#places, '-', {})) this.#know(value)
    await this.refresh()
    if (store.isShared) this.#lookAgain()
  }

  /** Takes over what has been committed in a place. */
  changed(place: Place): void {
    this.#know(place)
    this.refresh().catch((error: unknown) => this.#tell(error))
  }

  /** Reads everything again; while it does, further changes only have it done once more. */
  refresh(): Promise<void> {
    this.#isDirty = true
    this.#refreshing ??= this.#run().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Follows no more. */
  stop(): void {
    this.#isStopped = true
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false
      await this.#refreshAll([...this.#known.values()])
    }
  }

  #know({ account, region }: Place): void {
    this.#known.set(`${account}/${region}`, { account, region })
  }

  #lookAgain(): void {
    this.#kernel.clock.after(lookMs, () => {
      if (this.#isStopped) return
      this.resume().catch((error: unknown) => {
        this.#tell(error)
        this.#lookAgain()
      })
    })
  }

  #tell(error: unknown): void {
    this.#kernel.log.error(
      { err: error, places: this.#places.name },
      'changes could not be followed',
    )
  }
}
