/** Lets work that stands in each other's way go one after the other, by what it is about. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves when the turn has come; the returned function ends it. */
  async take(name: string): Promise<() => void> {
    const before = this.#last.get(name)
    let end = (): void => {}
    const own = new Promise<void>((resolve) => (end = resolve))
    this.#last.set(name, own)
    await before
    return () => {
      if (this.#last.get(name) === own) this.#last.delete(name)
      end()
    }
  }
}
